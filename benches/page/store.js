// Writes or reads all rows once, by one contestant, and tells how many milliseconds that took.
import init, { Rows } from "/bench_wasm.js";

const ready = init({ module_or_path: "/bench_wasm_bg.wasm" });
const TABLE = "rows";
const made = new Map();

async function keep(name, make) {
  if (!made.has(name)) made.set(name, await make());
  return made.get(name);
}

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
const complete = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });

// The plain API, as fast as it goes: one strict transaction, every put issued at once, completion awaited once.
async function plain(n_rows, n_bytes) {
  const opening = indexedDB.open("bench-plain", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(TABLE);
  const database = await done(opening);
  const value = crypto.getRandomValues(new Uint8Array(n_bytes));
  const keys = Array.from({ length: n_rows }, (_, number) => {
    const key = new Uint8Array(32);
    new DataView(key.buffer).setUint32(0, Math.imul(number, 0x9e3779b1));
    return key;
  });
  const begin = (mode) => database.transaction(TABLE, mode, { durability: "strict" });
  return {
    async write() {
      const transaction = begin("readwrite");
      const table = transaction.objectStore(TABLE);
      for (const key of keys) table.put(value, key);
      await complete(transaction);
    },
    async read() {
      const table = begin("readonly").objectStore(TABLE);
      const [found] = await Promise.all([done(table.getAll()), done(table.getAllKeys())]);
      return found.reduce((sum, row) => sum + row.byteLength, 0);
    },
    async erase() {
      const transaction = begin("readwrite");
      transaction.objectStore(TABLE).clear();
      await complete(transaction);
    },
  };
}

const CONTESTANTS = { ours: (n_rows, n_bytes) => Rows.open(n_rows, n_bytes), plain };

async function measure({ contestant, verb, n_rows, n_bytes }) {
  await ready;
  const rows = await keep(contestant, () => CONTESTANTS[contestant](n_rows, n_bytes));
  if (verb === "write") await rows.erase();
  const begun = performance.now();
  await rows[verb]();
  return performance.now() - begun;
}

onmessage = ({ data }) =>
  measure(data).then(
    (ms) => postMessage({ measured: ms }),
    (error) => postMessage({ failure: String(error?.stack ?? error) }),
  );
