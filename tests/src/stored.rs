//! What a browser profile has stored, as whoever holds the profile reads and changes it.

/// An expression over the rows of a table, by key; `open` opens the table for writing, `done` awaits a request.
pub fn rows(table: &str, expression: &str) -> String {
    format!(
        "(async () => {{
            const done = (request) => new Promise((resolve, reject) => {{
                request.onsuccess = () => resolve(request.result);
                request.onerror = () => reject(request.error);
            }});
            const database = await done(indexedDB.open('sotto'));
            const open = () => database.transaction('{table}', 'readwrite').objectStore('{table}');
            const [keys, values] = await Promise.all([done(open().getAllKeys()), done(open().getAll())]);
            const rows = Object.fromEntries(keys.map((key, place) => [new Uint8Array(key).join(','), values[place]]));
            const found = await ({expression});
            database.close();
            return found;
        }})()"
    )
}

/// An expression that makes the profile's database one of another schema, as another release does.
pub fn change_schema(version: u32) -> String {
    format!(
        "new Promise((resolve, reject) => {{
            const request = indexedDB.open('sotto', {version});
            request.onsuccess = () => {{ request.result.close(); resolve(true); }};
            request.onerror = () => reject(request.error);
        }})"
    )
}

/// Everything that is stored: names of tables, keys and values, and the schema.
pub const EVERYTHING: &str = "
    new Promise((resolve, reject) => {
        const request = indexedDB.open('sotto');
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
            const database = request.result;
            const names = Array.from(database.objectStoreNames);
            const transaction = database.transaction(names);
            const tables = names.map((name) => {
                const table = transaction.objectStore(name);
                return [name, table.getAllKeys(), table.getAll()];
            });
            transaction.oncomplete = () => {
                const version = database.version;
                database.close();
                const text = (bytes) => new Uint8Array(bytes).join(',');
                resolve([version, tables.map(([name, keys, values]) => [name, keys.result.map(text), values.result.map(text)])]);
            };
        };
    })";
