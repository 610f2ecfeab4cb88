//! The relay on Postgres: the suite of every database, a process that is killed, and two processes side by side.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what it calls")]

#[expect(dead_code, reason = "the test of the migrations uses the rest")]
#[path = "../../../tests/postgres/cluster.rs"]
mod cluster;
#[expect(dead_code, unused_imports, reason = "the tests on SQLite use all of it")]
mod harness;

use relay_server::db::{PostgresDb, conformance};
use serde_json::json;
use shared_types::account::SessionGrant;
use shared_types::error::ErrorCode;
use shared_types::ids::TurnId;
use shared_types::log::{DeviceStatus, EntryBody};
use shared_types::sync::{Cursor, PageBody, RelayEvent};

use cluster::Cluster;
use harness::{Keys, Person, Process, Socket, World, copy_and_restore, free_address, kill_during_pushes, removed};

/// Makes an empty database; returns its address.
fn fresh_database(cluster: &Cluster, name: &str) -> String {
    cluster.create_database(name).unwrap();
    format!("postgres:///{name}?user=postgres&host={}", cluster.socket().display())
}

#[tokio::test]
async fn the_postgres_database_behaves_as_every_database() {
    let cluster = Cluster::start().unwrap();
    for (number, case) in conformance::cases().into_iter().enumerate() {
        let db = PostgresDb::open_url(&fresh_database(&cluster, &format!("case_{number}"))).await.unwrap();
        case(&db).await;
        db.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_killed_on_postgres_keeps_every_acknowledged_batch_and_no_half_one() {
    let cluster = Cluster::start().unwrap();
    kill_during_pushes(Some(&fresh_database(&cluster, "killed"))).await;
}

#[tokio::test]
async fn a_copy_of_postgres_is_restored_into_an_empty_database() {
    let cluster = Cluster::start().unwrap();
    let (first, second) = (fresh_database(&cluster, "first"), fresh_database(&cluster, "second"));
    copy_and_restore(Some(&first), Some(&second)).await;
}

/// Two relays with one address to the outside, on one database.
async fn two_processes(url: &str) -> (World, World) {
    let first = World::start_with(|config| config.database_url = Some(url.to_owned())).await;
    let second = World::start_with(|config| {
        config.database_url = Some(url.to_owned());
        config.origins = vec![first.relay.site.first_origin().clone()];
    })
    .await;
    (first, second)
}

#[tokio::test]
async fn two_processes_on_one_postgres_serve_one_account() {
    let cluster = Cluster::start().unwrap();
    let url = fresh_database(&cluster, "together");
    let (first, second) = two_processes(&url).await;
    let mut person = Person::signed_up(&first).await;
    let ticket = person.ticket(&second).await;
    let mut socket = Socket::open(&second, &ticket).await;
    assert_eq!(socket.hear().await, Some(RelayEvent::Hello));

    let batch = person.next_batch(&[b"sealed"]);
    person.push(&first, vec![batch.clone()]).await.assert_ok();
    assert_eq!(socket.hear().await, Some(RelayEvent::CursorMoved { cursor: Cursor(1) }));
    let page = person.call(&second, "GET", "/v1/batches?after=0", "").await;
    assert_eq!(PageBody::parse(&page.assert_ok().body).unwrap().parcels, [batch]);

    let own = person.device.device().id.to_base64url();
    person.call(&first, "DELETE", &format!("/v1/devices/{own}/session"), "").await.assert_ok();
    assert_eq!(socket.hear().await, Some(RelayEvent::SignedOut));
}

#[tokio::test]
async fn a_device_that_one_process_signs_out_asks_nothing_at_another() {
    // Adversary: A7, a device whose session was ended, at a process that has answered it a moment ago.
    // Invariant: what ended or was revoked anywhere asks nothing from that moment on, whatever a process remembers.
    // Regression caught: a session or log in the memory of one process stands for what the database says.
    let cluster = Cluster::start().unwrap();
    let url = fresh_database(&cluster, "signed_out");
    let (first, second) = two_processes(&url).await;
    let mut person = Person::signed_up(&first).await;
    let ask = |turn: u8| {
        let body = json!({
            "turn_id": TurnId([turn; 16]), "model": "scripted", "sampling": {}, "max_tokens": 100,
            "messages": [{ "role": "user", "content": "hello" }],
        });
        serde_json::to_vec(&body).unwrap()
    };
    person.call(&second, "POST", "/v1/prompts", ask(1)).await.assert_ok();

    let now = first.relay.clock.now_s();
    let phone = Keys::generate();
    let body = EntryBody::DeviceAdd { device: phone.device(), status: DeviceStatus::Unconfirmed };
    let add = person.entry(now, body, vec![phone.device().id.into(), person.passkey_part().id.into()]);
    let request = person.append_request(&add, &[&phone]);
    person.append(&first, &request).await.assert_ok();
    person.call(&second, "POST", "/v1/prompts", ask(2)).await.assert_ok();

    let own = person.device.device().id.to_base64url();
    person.call(&first, "DELETE", &format!("/v1/devices/{own}/session"), "").await.assert_ok();
    let late = person.call(&second, "POST", "/v1/prompts", ask(3)).await;
    assert_eq!(late.error().code, ErrorCode::UnknownSession);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_process_begins_another_finishes_and_nobody_uses_it_twice() {
    // Adversary: whoever captures a sign-in or a ticket and tries it at another process of the same relay.
    // Invariant: a nonce and a ticket are good once in all processes together.
    // Regression caught: ceremonies and tickets in the memory of the process that began them.
    let cluster = Cluster::start().unwrap();
    let url = fresh_database(&cluster, "processes");
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (free_address(), free_address());
    let one = World::beside(Some(&url), folder.path(), here).await;
    let other = World::beside(Some(&url), folder.path(), there).await;
    let origin = one.origin();
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let _here = Process::start_on(Some(&url), folders[0].path(), here, Some(&origin)).await;
    let _there = Process::start_on(Some(&url), folders[1].path(), there, Some(&origin)).await;

    let finish = "/v1/sign-up/finish";
    let (mut person, sign_up) = Person::ready_to_sign_up(&one).await;
    other.post_json(finish, &sign_up).await.assert_ok();
    person.finish_sign_up(&one, &sign_up).await;
    person.call(&other, "GET", "/v1/log", "").await.assert_ok();

    let finish = "/v1/sign-in/finish";
    let phone = Keys::generate();
    let by_passkey = person.passkey_sign_in(&one, &phone).await;
    let by_words = person.words_sign_in(&other, &phone).await;
    for (begun, ended, request) in [(&one, &other, by_passkey), (&other, &one, by_words)] {
        let grant: SessionGrant = ended.post_json(finish, &request).await.assert_ok().json();
        assert_eq!(grant.token.0.len(), 32);
        for world in [begun, ended] {
            assert_eq!(world.post_json(finish, &request).await.error().code, ErrorCode::SignInRefused);
        }
    }

    let ticket = person.ticket(&one).await;
    let mut socket = Socket::open(&other, &ticket).await;
    assert_eq!(socket.hear().await, Some(RelayEvent::Hello));
    for world in [&one, &other] {
        assert_eq!(Socket::open(world, &ticket).await.hear().await, None, "a ticket is good once");
    }
    let batch = person.next_batch(&[b"sealed"]);
    person.push(&one, vec![batch]).await.assert_ok();
    assert_eq!(socket.hear().await, Some(RelayEvent::CursorMoved { cursor: Cursor(1) }));
}

#[tokio::test]
async fn the_job_loops_of_two_processes_remove_each_row_once() {
    let cluster = Cluster::start().unwrap();
    let url = fresh_database(&cluster, "jobs");
    let start = async || {
        World::start_with(|config| {
            config.database_url = Some(url.clone());
            config.metrics_listen = Some(([127, 0, 0, 1], 0).into());
        })
        .await
    };
    let worlds = [start().await, start().await];
    let mut person = Person::signed_up(&worlds[0]).await;
    for n_rounds in 1..=5_u64 {
        for _ in 0..8 {
            person.ticket(&worlds[0]).await;
        }
        let mut rounds = worlds.each_ref().map(|world| world.relay.rounds());
        for (world, rounds) in worlds.iter().zip(&mut rounds) {
            rounds.mark_unchanged();
            world.relay.clock.advance(61);
        }
        for rounds in &mut rounds {
            rounds.changed().await.unwrap();
        }
        let mut n_removed = 0;
        for world in &worlds {
            assert!(!world.counters().await.contains("outcome=\"failed\""), "neither is in the other's way");
            n_removed += removed(world, ["tickets"]).await[0].1;
        }
        assert_eq!(n_removed, 8 * n_rounds);
    }
}
