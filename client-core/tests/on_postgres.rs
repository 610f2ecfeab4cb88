//! The core against a true relay on Postgres.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what it calls")]

#[expect(dead_code, reason = "the tests over HTTP use the rest")]
#[path = "relay_http/authenticator.rs"]
mod authenticator;
#[expect(dead_code, reason = "the test of the migrations uses the rest")]
#[path = "../../tests/postgres/cluster.rs"]
mod cluster;
#[path = "relay_http/stored.rs"]
mod stored;

use cluster::Cluster;
use data_encoding::{BASE64, HEXLOWER};
use stored::Account;

/// Makes an empty database; returns its address.
fn fresh_database(cluster: &Cluster, name: &str) -> String {
    cluster.create_database(name).unwrap();
    format!("postgres:///{name}?user=postgres&host={}", cluster.socket().display())
}

// Adversary: A1, or A2 with a hand in the database: moves any ciphertext to any other row of the relay's Postgres.
// Invariant: whatever stands in a row that it was not sealed for is refused.
// Regression caught: a row that Postgres keeps or gives back in another way than SQLite, so that a client believes it.
#[tokio::test]
async fn no_stored_ciphertext_opens_in_another_row_of_postgres() {
    let cluster = Cluster::start().unwrap();
    stored::move_every_ciphertext(Some(fresh_database(&cluster, "stored"))).await;
}

// Adversary: A2, a thief of a dump of the relay's Postgres.
// Invariant: no text and no title of the owner is in it, raw, in hex as Postgres writes bytes, or in base64.
// Regression caught: a column that keeps what was pushed before it was sealed, or a log of statements in the dump.
#[tokio::test]
async fn nothing_readable_is_in_a_dump_of_postgres() {
    let cluster = Cluster::start().unwrap();
    let account = Account::with_two_devices_and_three_epochs(Some(fresh_database(&cluster, "dumped"))).await;
    let dump = cluster.dump("dumped").unwrap();
    let forms = |bytes: &[u8]| {
        let whole = &bytes[..bytes.len() / 3 * 3];
        [String::from_utf8_lossy(bytes).into_owned(), HEXLOWER.encode(bytes), BASE64.encode(whole)]
    };
    // The search finds what is there.
    assert!(dump.contains(&forms(&account.log.account_id().0)[1]), "the dump does not even name the account");
    let written = stored::written(&account).await;
    assert_eq!(written.len(), account.n_records);
    for text in &written {
        assert!(text.len() > 12 && !forms(text.as_bytes()).iter().any(|form| dump.contains(form)), "{text}");
    }
}
