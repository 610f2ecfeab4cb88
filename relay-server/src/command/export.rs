//! `sotto-relay export-account`: everything that the tables hold of an account, byte for byte, as JSON.
//!
//! ```text
//! { "account_id": "…", "tables": { "log_entries": { "columns": ["account_id", …], "rows": [["…", 0, …], …] }, … } }
//! ```
//! Numbers are numbers, bytes are base64url without padding.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value, json};
use shared_types::ids::AccountId;

use super::CommandError;
use crate::db::Db;
use crate::db::tables::{Cell, TABLES};

/// The whole of one account.
pub(super) async fn json_text(db: &dyn Db, account: &AccountId) -> Result<String, CommandError> {
    if db.find_log_head(account).await?.is_none() {
        return Err(CommandError::NoAccount);
    }
    let mut tables = Map::new();
    for table in TABLES {
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
        let rows = db.list_rows(account, table).await?;
        let rows: Vec<Vec<Value>> = rows.iter().map(|row| row.iter().map(value_of).collect()).collect();
        tables.insert(table.name.to_owned(), json!({ "columns": columns, "rows": rows }));
    }
    let whole = json!({ "account_id": account.to_base64url(), "tables": tables });
    Ok(format!("{whole:#}\n"))
}

fn value_of(cell: &Cell) -> Value {
    match cell {
        Cell::Number(number) => Value::from(*number),
        Cell::Bytes(bytes) => Value::from(BASE64URL_NOPAD.encode(bytes)),
    }
}
