//! Which database an address names: the one place that reads it, for serving and for every command.

use std::path::Path;
use std::str::FromStr;

use sqlx::sqlite::SqliteConnectOptions;
use url::Url;

use super::{Config, ConfigError};

const REFUSED: ConfigError = ConfigError::Value { name: "SOTTO_DATABASE_URL" };
/// The file in the data folder, where no address is set.
const FILE: &str = "relay.sqlite";

/// A database that can be opened.
#[derive(Debug, Clone)]
pub enum Database {
    /// A SQLite file, with what its address asks for besides.
    Sqlite(Box<SqliteConnectOptions>),
    /// What a Postgres address names.
    Postgres(String),
}

impl Config {
    /// The configured database.
    pub fn database(&self) -> Result<Database, ConfigError> {
        let Some(text) = &self.database_url else {
            return Ok(Database::sqlite_file(&self.data_dir.join(FILE)));
        };
        match text.split_once(':') {
            Some(("sqlite", _)) if !is_in_memory(text) => {
                let options = SqliteConnectOptions::from_str(text).map_err(|_| REFUSED)?;
                Ok(Database::Sqlite(Box::new(options)))
            }
            Some(("postgres" | "postgresql", _)) if Url::parse(text).is_ok() => Ok(Database::Postgres(text.clone())),
            _ => Err(REFUSED),
        }
    }
}

impl Database {
    /// The database in a file.
    pub fn sqlite_file(file: &Path) -> Self {
        Self::Sqlite(Box::new(SqliteConnectOptions::new().filename(file)))
    }
}

/// A database in memory would forget every account with the process.
fn is_in_memory(text: &str) -> bool {
    text.contains(":memory:") || text.split_once('?').is_some_and(|(_, asked)| asked.contains("mode=memory"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(url: Option<&str>) -> Config {
        Config { data_dir: "folder".into(), database_url: url.map(str::to_owned), ..Config::default() }
    }

    fn file(url: Option<&str>) -> String {
        match with(url).database().unwrap() {
            Database::Sqlite(options) => options.get_filename().display().to_string(),
            Database::Postgres(url) => panic!("{url}"),
        }
    }

    #[test]
    fn a_sqlite_address_names_its_file_whatever_it_asks_for_besides() {
        for (url, expected) in [
            (None, "folder/relay.sqlite"),
            (Some("sqlite:///var/lib/sotto.sqlite"), "/var/lib/sotto.sqlite"),
            (Some("sqlite:///var/lib/sotto.sqlite?mode=rwc"), "/var/lib/sotto.sqlite"),
            (Some("sqlite:here.sqlite?cache=private"), "here.sqlite"),
            (Some("sqlite://with%20space%3F.sqlite"), "with space?.sqlite"),
        ] {
            assert_eq!(file(url), expected);
        }
    }

    #[test]
    fn a_postgres_address_is_handed_on_as_it_is() {
        for url in ["postgres://relay@localhost/sotto", "postgresql:///sotto?host=/run/postgresql"] {
            assert!(matches!(with(Some(url)).database(), Ok(Database::Postgres(found)) if found == url), "{url}");
        }
    }

    #[test]
    fn any_other_address_is_refused_by_the_name_of_its_setting() {
        for url in [
            "mysql://localhost/relay",
            "relay.sqlite",
            "postgresx://localhost/relay",
            "postgres:// not an address",
            "sqlite::memory:",
            "sqlite://relay.sqlite?mode=memory",
            "sqlite://relay.sqlite?mode=perhaps",
        ] {
            let refused = with(Some(url)).database().unwrap_err();
            assert!(matches!(refused, ConfigError::Value { name: "SOTTO_DATABASE_URL" }), "{url}: {refused}");
        }
    }
}
