//! Every table and column that the relay has, each with its class and what it is in plain words.
//!
//! `sotto-relay show` prints rows by this list, and docs/operations.md shows it; a test compares both with the
//! migrations, so that no column is stored unclassified.

/// What a column may tell whoever reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A random-looking identifier.
    Id,
    /// A public key or what was signed with one.
    Public,
    /// Ciphertext, padded to a size class.
    Sealed,
    /// The hash of something secret.
    Hash,
    /// Random, sent to whoever asked, good once and for minutes.
    Challenge,
    /// A number.
    Counter,
    /// Days since 1970.
    Day,
    /// Unix seconds at which something ends.
    Time,
}

impl Class {
    /// The word of docs/operations.md.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Public => "public",
            Self::Sealed => "sealed",
            Self::Hash => "hash",
            Self::Challenge => "challenge",
            Self::Counter => "counter",
            Self::Day | Self::Time => "time",
        }
    }

    /// Whether the column is an integer; all others are bytes.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Counter | Self::Day | Self::Time)
    }
}

/// One column.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in SQL.
    pub name: &'static str,
    /// What it may tell.
    pub class: Class,
    /// What it is.
    pub words: &'static str,
}

/// One table; every one has a column `account_id`.
#[derive(Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name in SQL.
    pub name: &'static str,
    /// What its rows are.
    pub words: &'static str,
    /// In the order of the migrations.
    pub columns: &'static [Column],
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// An integer.
    Number(i64),
    /// Bytes.
    Bytes(Vec<u8>),
}

const fn column(name: &'static str, class: Class, words: &'static str) -> Column {
    Column { name, class, words }
}

const ACCOUNT: Column = column("account_id", Class::Id, "account");

/// Tables that hold nothing which lets anybody in or opens anything.
const WITHOUT_KEYS: [&str; 7] =
    ["accounts", "finished_sign_ups", "batches", "envelopes", "prompt_days", "seen_hours", "seen_days"];

/// Whether rows of a table let somebody in or open something: of a deleted account they go first.
pub fn has_keys(table: &str) -> bool {
    !WITHOUT_KEYS.contains(&table)
}

/// All tables.
pub const TABLES: &[Table] = &[
    Table {
        name: "accounts",
        words: "the account itself",
        columns: &[
            ACCOUNT,
            column("created_day", Class::Day, "made on"),
            column("stored_bytes", Class::Counter, "bytes stored"),
        ],
    },
    Table {
        name: "log_entries",
        words: "entries of its account log: which devices and methods belong to it, signed by them",
        columns: &[
            ACCOUNT,
            column("seq", Class::Counter, "number"),
            column("hash", Class::Public, "hash of the entry"),
            column("entry", Class::Public, "the entry"),
        ],
    },
    Table {
        name: "words_lookups",
        words: "how the account is found by recovery words",
        columns: &[
            column("lookup_id", Class::Hash, "derived from the words"),
            ACCOUNT,
            column("method_id", Class::Id, "method"),
        ],
    },
    Table {
        name: "credentials",
        words: "passkeys, so that their signatures can be checked",
        columns: &[
            column("credential_id", Class::Id, "passkey"),
            ACCOUNT,
            column("method_id", Class::Id, "method"),
            column("public_key", Class::Public, "its public key, use counter and flags"),
        ],
    },
    Table {
        name: "passwords",
        words: "what a password and the codes of an authenticator app are checked against",
        columns: &[
            column("handle_hash", Class::Hash, "its name, under a key that is not in the database"),
            ACCOUNT,
            column("method_id", Class::Id, "method"),
            column("record", Class::Sealed, "what the password is checked against"),
            column("totp_secret", Class::Sealed, "what the codes are checked against"),
            column("totp_step", Class::Counter, "last code used in half a minute number"),
        ],
    },
    Table {
        name: "epoch_copies",
        words: "keys of epochs, each sealed to one device or method",
        columns: &[
            ACCOUNT,
            column("epoch", Class::Counter, "epoch"),
            column("recipient", Class::Id, "sealed to"),
            column("sealed", Class::Sealed, "the key"),
        ],
    },
    Table {
        name: "back_links",
        words: "keys of older epochs, sealed under newer ones",
        columns: &[
            ACCOUNT,
            column("sealing_epoch", Class::Counter, "sealed under the epoch"),
            column("sealed_epoch", Class::Counter, "key of the epoch"),
            column("envelope", Class::Sealed, "the key"),
        ],
    },
    Table {
        name: "anchors",
        words: "what a method keeps to tell the true account log from an old one",
        columns: &[
            ACCOUNT,
            column("method_id", Class::Id, "method"),
            column("counter", Class::Counter, "kept for the time"),
            column("envelope", Class::Sealed, "the anchor"),
        ],
    },
    Table {
        name: "sessions",
        words: "devices that are signed in",
        columns: &[
            column("token_hash", Class::Hash, "hash of its token"),
            ACCOUNT,
            column("device_id", Class::Id, "device"),
            column("device_key", Class::Public, "its public key"),
            column("method_id", Class::Id, "signed in by the method (zeros: let in by a device)"),
            column("expires_at", Class::Time, "until"),
        ],
    },
    Table {
        name: "ceremonies",
        words: "sign-ups and sign-ins that are under way",
        columns: &[
            column("nonce_hash", Class::Hash, "hash of its nonce"),
            ACCOUNT,
            column("state", Class::Challenge, "what its end is checked against"),
            column("expires_at", Class::Time, "until"),
        ],
    },
    Table {
        name: "finished_sign_ups",
        words: "that the account was made, for a device that lost the answer",
        columns: &[
            column("nonce_hash", Class::Hash, "hash of its nonce"),
            ACCOUNT,
            column("expires_at", Class::Time, "until"),
        ],
    },
    Table {
        name: "tickets",
        words: "tickets for events that no device has used yet",
        columns: &[
            column("ticket_hash", Class::Hash, "hash of the ticket"),
            ACCOUNT,
            column("device_id", Class::Id, "device"),
            column("expires_at", Class::Time, "until"),
        ],
    },
    Table {
        name: "hand_overs",
        words: "devices that one of the account lets in",
        columns: &[
            column("answer_hash", Class::Hash, "hash of where it looks for the answer"),
            ACCOUNT,
            column("offer", Class::Public, "its public keys"),
            column("answer", Class::Sealed, "the answer"),
            column("expires_at", Class::Time, "until"),
        ],
    },
    Table {
        name: "batches",
        words: "what devices did, one signed batch a step: which sealed streams it touched, never what is in them",
        columns: &[
            ACCOUNT,
            column("position", Class::Counter, "position"),
            column("device_id", Class::Id, "by the device"),
            column("seq", Class::Counter, "number of that device"),
            column("hash", Class::Public, "hash of the batch"),
            column("log_seq", Class::Counter, "names the log entry"),
            column("n_bytes", Class::Counter, "bytes with its envelopes"),
            column("batch", Class::Public, "the batch"),
        ],
    },
    Table {
        name: "envelopes",
        words: "everything written, sealed",
        columns: &[
            ACCOUNT,
            column("position", Class::Counter, "of the batch at position"),
            column("leaf_index", Class::Counter, "its part"),
            column("stream_tag", Class::Id, "in the stream"),
            column("envelope", Class::Sealed, "the envelope"),
        ],
    },
    Table {
        name: "prompt_days",
        words: "how many questions passed through, by day; none of them is kept",
        columns: &[ACCOUNT, column("day", Class::Day, "on"), column("n_prompts", Class::Counter, "questions")],
    },
    Table {
        name: "seen_hours",
        words: "how often something was saved, by hour",
        columns: &[
            ACCOUNT,
            column("day", Class::Day, "on"),
            column("hour", Class::Counter, "in the hour from"),
            column("n_saves", Class::Counter, "saves"),
        ],
    },
    Table {
        name: "seen_days",
        words: "what was counted of a day, for the account to look up",
        columns: &[
            ACCOUNT,
            column("day", Class::Day, "on"),
            column("n_records", Class::Counter, "records saved"),
            column("n_bytes", Class::Counter, "bytes saved"),
            column("n_to_1k", Class::Counter, "saves of up to 1 KiB"),
            column("n_to_4k", Class::Counter, "of up to 4 KiB"),
            column("n_to_16k", Class::Counter, "of up to 16 KiB"),
            column("n_to_64k", Class::Counter, "of up to 64 KiB"),
            column("n_larger", Class::Counter, "larger ones"),
            column("n_sign_ins", Class::Counter, "sign-ins"),
            column("input_tokens", Class::Counter, "tokens of questions"),
            column("output_tokens", Class::Counter, "tokens of answers"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Table and column of every line of the migrations that makes one; a table that is made anew is the newer one.
    fn in_migrations() -> Vec<(String, String)> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/sqlite");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let mut found = Vec::new();
        let mut table = None;
        for text in files.iter().map(|path| std::fs::read_to_string(path).unwrap()) {
            for line in text.lines() {
                let first = line.split_whitespace().next().unwrap_or_default();
                match (line.strip_prefix("CREATE TABLE "), &table) {
                    (Some(rest), _) => {
                        table = rest.split_whitespace().next().map(str::to_owned);
                        found.retain(|(earlier, _): &(String, String)| Some(earlier) != table.as_ref());
                    }
                    (None, Some(table)) if line.starts_with("    ") && first.starts_with(char::is_lowercase) => {
                        found.push((table.clone(), first.to_owned()));
                    }
                    _ => {}
                }
            }
        }
        found
    }

    #[test]
    fn every_column_is_classified() {
        // Adversary: a thief of the database, and whoever adds a column that tells more than it should.
        // Invariant: each column has a class, said to the operator in the same words.
        // Regression caught: a migration that stores something nobody has thought about.
        let classified: Vec<(String, String)> = TABLES
            .iter()
            .flat_map(|table| table.columns.iter().map(|column| (table.name.to_owned(), column.name.to_owned())))
            .collect();
        let (mut known, mut made) = (classified.clone(), in_migrations());
        known.sort();
        made.sort();
        assert_eq!(known, made);

        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/operations.md");
        let page = std::fs::read_to_string(page).unwrap();
        let mut table = "";
        let mut said = Vec::new();
        for cells in page.lines().map(|line| line.split('|').map(str::trim).collect::<Vec<_>>()) {
            if let [_, name, column, class, _] = cells[..]
                && column.starts_with('`')
            {
                table = if name.is_empty() { table } else { name.trim_matches('`') };
                said.push((table, column.trim_matches('`'), class.split(' ').next().unwrap()));
            }
        }
        let expected: Vec<(&str, &str, &str)> = TABLES
            .iter()
            .flat_map(|table| table.columns.iter().map(|column| (table.name, column.name, column.class.word())))
            .collect();
        assert_eq!(said, expected);
    }

    #[test]
    fn every_table_belongs_to_an_account() {
        assert!(TABLES.iter().all(|table| table.columns.contains(&ACCOUNT)));
    }
}
