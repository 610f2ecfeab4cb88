//! What `sotto-relay` does when it is not asked to serve: it answers its operator and ends.
//!
//! ```text
//! sotto-relay show             the accounts that are stored
//! sotto-relay show ACCOUNT     every row that is stored of an account, in plain words
//! sotto-relay export-account ACCOUNT     the same, byte for byte, as JSON
//! sotto-relay check-config     every setting as it is in force, and what would not work
//! sotto-relay migrate          brings the database up to date
//! sotto-relay backup FILE      a whole copy of the database, also while a relay runs
//! sotto-relay restore FILE     a new database from such a copy
//! ```
//! The flags of serving may follow.

mod check_config;
mod export;
mod keep;
mod show;

use std::path::PathBuf;

use shared_types::ids::AccountId;
use thiserror::Error;

use crate::config::{ConfigError, Flags, load};
use crate::db::DbError;
use crate::state::{StartError, open_db};

/// What the program is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Serve until it is told to stop.
    Serve,
    /// Print which accounts are stored.
    List,
    /// Print what is stored of an account.
    Show(AccountId),
    /// Print what is stored of an account, for a machine to read.
    ExportAccount(AccountId),
    /// Print the settings in force and what would not work.
    CheckConfig,
    /// Bring the database up to date.
    Migrate,
    /// Copy the database to a file.
    Backup(PathBuf),
    /// Make a new database from a file.
    Restore(PathBuf),
}

/// What a command answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// It did its work, and says what came of it.
    Good(String),
    /// It did its work, and something is not as it should be.
    Bad(String),
}

/// Why a command did not do its work.
#[derive(Debug, Error)]
pub enum CommandError {
    /// The words are not understood.
    #[error(
        "usage: sotto-relay [show [ACCOUNT] | export-account ACCOUNT | check-config | migrate | backup FILE | restore FILE] [FLAGS]"
    )]
    Usage,
    /// The configuration is wrong.
    #[error("the configuration is wrong: {0}")]
    Config(#[from] ConfigError),
    /// The database could not be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The database refused.
    #[error("the database refused: {0}")]
    Db(#[from] DbError),
    /// No such account is stored.
    #[error("no account of this id is stored here")]
    NoAccount,
    /// A file that must not be there is, or one that must be is not.
    #[error("{path}: {why}")]
    File {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Disk {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A program of Postgres is missing or failed; it has said why.
    #[error("{program} is not installed or did not succeed")]
    Program {
        /// Which.
        program: &'static str,
    },
}

impl Command {
    /// Reads the arguments after the program's name.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<(Self, Flags), CommandError> {
        let mut rest = arguments.into_iter().peekable();
        let Some(word) = rest.next_if(|word| !word.starts_with("--")) else {
            return Ok((Self::Serve, Flags::parse(rest)?));
        };
        let argument = rest.next_if(|word| !word.starts_with("--"));
        let command = match (word.as_str(), argument) {
            ("show", None) => Self::List,
            ("show", Some(account)) => Self::Show(AccountId::from_base64url(&account).ok_or(CommandError::Usage)?),
            ("export-account", Some(account)) => {
                Self::ExportAccount(AccountId::from_base64url(&account).ok_or(CommandError::Usage)?)
            }
            ("check-config", None) => Self::CheckConfig,
            ("migrate", None) => Self::Migrate,
            ("backup", Some(file)) => Self::Backup(PathBuf::from(file)),
            ("restore", Some(file)) => Self::Restore(PathBuf::from(file)),
            _ => return Err(CommandError::Usage),
        };
        Ok((command, Flags::parse(rest)?))
    }

    /// Does it and returns what to print; nothing for [`Command::Serve`], which the caller does.
    pub async fn run(self, flags: &Flags, environment: impl Fn(&str) -> Option<String>) -> Result<Reply, CommandError> {
        let config = load(flags, environment)?;
        match self {
            Self::Serve => Ok(Reply::Good(String::new())),
            Self::List => show::list(&*open_db(&config).await?).await.map(Reply::Good),
            Self::Show(account) => show::text(&*open_db(&config).await?, &account).await.map(Reply::Good),
            Self::ExportAccount(account) => {
                export::json_text(&*open_db(&config).await?, &account).await.map(Reply::Good)
            }
            Self::CheckConfig => check_config::text(&config).await,
            Self::Migrate => {
                open_db(&config).await?;
                Ok(Reply::Good("The database is up to date.\n".to_owned()))
            }
            Self::Backup(file) => keep::back_up(&config, &file).await.map(Reply::Good),
            Self::Restore(file) => keep::restore(&config, &file).await.map(Reply::Good),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Result<Command, CommandError> {
        Command::parse(words.split_whitespace().map(str::to_owned)).map(|(command, _)| command)
    }

    #[test]
    fn commands_come_before_the_flags() {
        let account = AccountId([7; 16]);
        let show = format!("show {} --data folder", account.to_base64url());
        assert_eq!(parse(&show).unwrap(), Command::Show(account));
        assert_eq!(parse("--data folder").unwrap(), Command::Serve);
        assert_eq!(parse("").unwrap(), Command::Serve);
        assert_eq!(parse("backup a.sqlite --data folder").unwrap(), Command::Backup(PathBuf::from("a.sqlite")));
        assert_eq!(parse("check-config").unwrap(), Command::CheckConfig);
    }

    #[test]
    fn what_is_not_understood_is_answered_with_the_usage() {
        for wrong in [
            "serve",
            "show not-an-id",
            "export-account",
            "export-account not-an-id",
            "backup",
            "restore --data",
            "migrate now",
        ] {
            assert!(matches!(parse(wrong), Err(CommandError::Usage | CommandError::Config(_))), "{wrong}");
        }
    }
}
