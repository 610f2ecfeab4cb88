//! `sotto-relay backup` and `restore`: a whole database to a file and back. SQLite copies itself; for Postgres its
//! own programs are called.

use std::path::{Path, PathBuf};
use std::process::Command as Program;

use super::{CommandError, postgres_url};
use crate::config::Config;
use crate::db::SqliteDb;

/// Copies the database as it is at one moment; a relay may go on meanwhile.
pub(super) async fn back_up(config: &Config, file: &Path) -> Result<String, CommandError> {
    if file.exists() {
        return Err(CommandError::File { path: file.to_owned(), why: "exists already, and nothing is written over" });
    }
    match postgres_url(config) {
        Some(url) => {
            let target = format!("--file={}", file.display());
            run("pg_dump", &["--format=custom", "--no-owner", &target, &format!("--dbname={url}")])?;
        }
        None => open(config).await?.copy_to(file).await?,
    }
    sync(file)?;
    Ok(format!("Copied to {}.\n", file.display()))
}

/// Makes a new database; one that is there is never touched.
pub(super) async fn restore(config: &Config, file: &Path) -> Result<String, CommandError> {
    if !file.is_file() {
        return Err(CommandError::File { path: file.to_owned(), why: "is no file" });
    }
    if let Some(url) = postgres_url(config) {
        let words = ["--exit-on-error", "--single-transaction", "--no-owner", &format!("--dbname={url}")];
        run("pg_restore", &[&words[..], &[&file.display().to_string()]].concat())?;
    } else {
        let target = sqlite_file(config);
        if target.exists() {
            return Err(CommandError::File { path: target, why: "exists already: move it away first" });
        }
        std::fs::create_dir_all(&config.data_dir).map_err(|source| disk(&config.data_dir, source))?;
        let fresh = target.with_extension("restoring");
        std::fs::copy(file, &fresh).map_err(|source| disk(&fresh, source))?;
        if !SqliteDb::is_whole(&fresh).await {
            std::fs::remove_file(&fresh).map_err(|source| disk(&fresh, source))?;
            return Err(CommandError::File { path: file.to_owned(), why: "is no whole copy of a relay's database" });
        }
        sync(&fresh)?;
        std::fs::rename(&fresh, &target).map_err(|source| disk(&target, source))?;
    }
    crate::state::open_db(config).await?;
    Ok(format!("Restored from {}.\n", file.display()))
}

async fn open(config: &Config) -> Result<SqliteDb, CommandError> {
    let file = sqlite_file(config);
    if !file.is_file() {
        return Err(CommandError::File { path: file, why: "is no database" });
    }
    Ok(SqliteDb::open_file(&file).await?)
}

fn sqlite_file(config: &Config) -> PathBuf {
    let named = config.database_url.as_deref().and_then(|url| url.strip_prefix("sqlite://"));
    named.map_or_else(|| SqliteDb::file_in(&config.data_dir), PathBuf::from)
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
