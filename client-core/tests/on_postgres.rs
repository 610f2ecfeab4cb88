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

// Adversary: A1, or A2 with a hand in the database: moves any ciphertext to any other row of the relay's Postgres.
// Invariant: whatever stands in a row that it was not sealed for is refused.
// Regression caught: a row that Postgres keeps or gives back in another way than SQLite, so that a client believes it.
#[tokio::test]
async fn no_stored_ciphertext_opens_in_another_row_of_postgres() {
    let cluster = Cluster::start().unwrap();
    cluster.create_database("stored").unwrap();
    let url = format!("postgres:///stored?user=postgres&host={}", cluster.socket().display());
    stored::move_every_ciphertext(Some(url)).await;
}
