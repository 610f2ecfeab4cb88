//! `sotto-relay backup` and `restore`: a whole database to a file and back. SQLite copies itself; for Postgres its
//! own programs are called.

use std::path::Path;
use std::process::Command as Program;

use super::CommandError;
use crate::config::{Config, Database};
use crate::db::SqliteDb;

/// Copies the database as it is at one moment; a relay may go on meanwhile.
pub(super) async fn back_up(config: &Config, file: &Path) -> Result<String, CommandError> {
    if file.exists() {
        return Err(CommandError::File { path: file.to_owned(), why: "exists already, and nothing is written over" });
    }
    match config.database()? {
        Database::Postgres(url) => {
            let target = format!("--file={}", file.display());
            run("pg_dump", &["--format=custom", "--no-owner", &target, &format!("--dbname={url}")])?;
        }
        Database::Sqlite(options) => {
            if !options.get_filename().is_file() {
                return Err(CommandError::File { path: options.get_filename().to_owned(), why: "is no database" });
            }
            SqliteDb::open(*options).await?.copy_to(file).await?;
        }
    }
    sync(file)?;
    Ok(format!("Copied to {}.\n", file.display()))
}

/// Makes a new database; one that is there is never touched.
pub(super) async fn restore(config: &Config, file: &Path) -> Result<String, CommandError> {
    if !file.is_file() {
        return Err(CommandError::File { path: file.to_owned(), why: "is no file" });
    }
    match config.database()? {
        Database::Postgres(url) => {
            let words = ["--exit-on-error", "--single-transaction", "--no-owner", &format!("--dbname={url}")];
            run("pg_restore", &[&words[..], &[&file.display().to_string()]].concat())?;
        }
        Database::Sqlite(options) => restore_file(file, options.get_filename()).await?,
    }
    crate::state::open_db(config).await?;
    Ok(format!("Restored from {}.\n", file.display()))
}

async fn restore_file(file: &Path, target: &Path) -> Result<(), CommandError> {
    if target.exists() {
        return Err(CommandError::File { path: target.to_owned(), why: "exists already: move it away first" });
    }
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder).map_err(|source| disk(folder, source))?;
    }
    let fresh = target.with_extension("restoring");
    std::fs::copy(file, &fresh).map_err(|source| disk(&fresh, source))?;
    if !SqliteDb::is_whole(&fresh).await {
        std::fs::remove_file(&fresh).map_err(|source| disk(&fresh, source))?;
        return Err(CommandError::File { path: file.to_owned(), why: "is no whole copy of a relay's database" });
    }
    sync(&fresh)?;
    std::fs::rename(&fresh, target).map_err(|source| disk(target, source))
}

fn sync(file: &Path) -> Result<(), CommandError> {
    let synced = std::fs::File::open(file).and_then(|file| file.sync_all());
    synced.map_err(|source| disk(file, source))
}

fn disk(path: &Path, source: std::io::Error) -> CommandError {
    CommandError::Disk { path: path.to_owned(), source }
}

fn run(program: &'static str, words: &[&str]) -> Result<(), CommandError> {
    let status = Program::new(program).args(words).status();
    if status.is_ok_and(|status| status.success()) { Ok(()) } else { Err(CommandError::Program { program }) }
}
