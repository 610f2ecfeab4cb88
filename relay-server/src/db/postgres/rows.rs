//! Rows as they are stored, for whoever runs the relay.

use shared_types::ids::AccountId;
use sqlx::{Postgres, QueryBuilder, Row};

use super::Connection;
use crate::db::DbError;
use crate::db::tables::{Cell, Table};

/// All rows of an account in one table, ordered by all columns.
pub(super) async fn list(
    connection: &mut Connection,
    account: &AccountId,
    table: &Table,
) -> Result<Vec<Vec<Cell>>, DbError> {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let names = names.join(", ");
    let mut query = QueryBuilder::<Postgres>::new(format!("SELECT {names} FROM {} WHERE account_id = ", table.name));
    query.push_bind(&account.0[..]).push(format!(" ORDER BY {names}"));
    let rows = query.build().fetch_all(connection).await?;
    let cells = rows.iter().map(|row| {
        let cell = |(index, column): (usize, &crate::db::tables::Column)| {
            if column.class.is_number() {
                row.try_get(index).map(Cell::Number)
            } else {
                row.try_get(index).map(Cell::Bytes)
            }
        };
        table.columns.iter().enumerate().map(cell).collect::<Result<Vec<Cell>, sqlx::Error>>()
    });
    Ok(cells.collect::<Result<Vec<_>, _>>()?)
}
