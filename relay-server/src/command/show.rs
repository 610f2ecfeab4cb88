//! `sotto-relay show`: everything that is stored of an account, row by row, in plain words.

use std::fmt::Write as _;

use data_encoding::HEXLOWER;
use shared_types::ids::AccountId;
use time::OffsetDateTime;

use super::CommandError;
use crate::db::Db;
use crate::db::tables::{Cell, Class, Column, TABLES, Table};

const DAY_S: i64 = 24 * 60 * 60;
/// Longest bytes that are shown whole, as hex: ids, keys and hashes.
const MAX_SHOWN_BYTES: usize = 32;

/// All accounts, a line each.
pub(super) async fn list(db: &dyn Db) -> Result<String, CommandError> {
    let accounts = db.list_accounts().await?;
    let noun = if accounts.len() == 1 { "account" } else { "accounts" };
    let mut page = format!("This relay stores {} {noun}.\n", accounts.len());
    let table = TABLES.first().expect("the accounts are a table");
    for account in accounts {
        for row in db.list_rows(&account, table).await? {
            write!(page, "{}{}", account.to_base64url(), line_of(table, &row)).expect("a String takes any text");
        }
    }
    Ok(page)
}

/// The page of one account.
pub(super) async fn text(db: &dyn Db, account: &AccountId) -> Result<String, CommandError> {
    if db.find_log_head(account).await?.is_none() {
        return Err(CommandError::NoAccount);
    }
    let mut page = format!("Everything that this relay stores of account {}.\n", account.to_base64url());
    page.push_str("«sealed» is ciphertext whose key no relay has; «public» is made to be shown.\n");
    for table in TABLES {
        let rows = db.list_rows(account, table).await?;
        let noun = if rows.len() == 1 { "row" } else { "rows" };
        write!(page, "\n{}: {} {noun} — {}\n", table.name, rows.len(), table.words).expect("a String takes any text");
        for row in rows {
            page.push_str(&line_of(table, &row));
        }
    }
    Ok(page)
}

/// One row, without the account, which stands above.
fn line_of(table: &Table, row: &[Cell]) -> String {
    let said = table.columns.iter().zip(row).filter(|(column, _)| column.name != "account_id");
    let parts: Vec<String> = said.map(|(column, cell)| part_of(column, cell)).collect();
    format!("  {}\n", parts.join("; "))
}

fn part_of(column: &Column, cell: &Cell) -> String {
    let words = column.words;
    match (cell, column.class) {
        (Cell::Number(number), Class::Day) => format!("{words} {}", date(*number)),
        (Cell::Number(number), Class::Time) => format!("{words} {}", moment(*number)),
        (Cell::Number(number), _) => format!("{words} {number}"),
        (Cell::Bytes(bytes), class) if class == Class::Sealed || bytes.len() > MAX_SHOWN_BYTES => {
            format!("{words}: {} bytes, {}", bytes.len(), class.word())
        }
        (Cell::Bytes(bytes), _) => format!("{words} {}", HEXLOWER.encode(bytes)),
    }
}

/// Unix seconds as a date and time; as they are, if no calendar has them.
fn moment(seconds: i64) -> String {
    let Ok(moment) = OffsetDateTime::from_unix_timestamp(seconds) else { return seconds.to_string() };
    format!("{} {:02}:{:02} UTC", moment.date(), moment.hour(), moment.minute())
}

/// A day since 1970 as a date.
fn date(day: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(day.saturating_mul(DAY_S));
    moment.map_or_else(|_| day.to_string(), |moment| moment.date().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_become_dates() {
        let known: [(i64, &str); 5] = [
            (0, "1970-01-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_785, "2026-11-28"),
            (i64::MAX, "9223372036854775807"),
        ];
        for (day, expected) in known {
            assert_eq!(date(day), expected);
        }
    }

    #[test]
    fn sealed_bytes_are_counted_and_never_shown() {
        let sealed = Column { name: "envelope", class: Class::Sealed, words: "the envelope" };
        assert_eq!(part_of(&sealed, &Cell::Bytes(vec![1; 20])), "the envelope: 20 bytes, sealed");
        let until = Column { name: "expires_at", class: Class::Time, words: "until" };
        assert_eq!(part_of(&until, &Cell::Number(86_400 + 3_660)), "until 1970-01-02 01:01 UTC");
    }
}
