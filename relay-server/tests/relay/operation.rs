//! What whoever runs a relay relies on: health, readiness, logs that can be read by anybody, an orderly end.

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use shared_types::account::TicketResponse;
use shared_types::error::ErrorCode;
use shared_types::ids::{PartyId, TurnId};
use shared_types::prompt::{AnswerEnd, PromptFrame};
use shared_types::sync::{Cursor, PageBody, RelayEvent};
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{Answer, Person, Process, Request, Socket, World, forms, free_address, log_lines_of};

fn prompt(question: &str) -> Vec<u8> {
    let body = json!({
        "turn_id": TurnId([7; 16]),
        "model": "scripted",
        "messages": [{ "role": "user", "content": question }],
        "sampling": {},
        "max_tokens": 100,
    });
    serde_json::to_vec(&body).unwrap()
}

fn status_and_size(answer: &Answer) -> (u16, usize) {
    (answer.status, answer.body.len())
}

#[tokio::test]
async fn a_relay_without_its_database_is_alive() {
    let world = World::start().await;
    assert_eq!(status_and_size(&world.send(Request::new("GET", "/healthz", "")).await), (204, 0));
    world.break_database().await;
    assert_eq!(status_and_size(&world.send(Request::new("GET", "/healthz", "")).await), (204, 0));
}

#[tokio::test]
async fn a_relay_without_its_database_is_not_ready() {
    let world = World::start().await;
    assert_eq!(status_and_size(&world.send(Request::new("GET", "/readyz", "")).await), (204, 0));
    world.break_database().await;
    let refused = world.send(Request::new("GET", "/readyz", "")).await;
    assert_eq!((refused.status, refused.error().code), (500, ErrorCode::Internal));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_begun_before_a_restart_is_finished_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let address = free_address();
    let first = Process::start(folder.path(), address).await;
    let world = World::beside(None, folder.path(), address).await;
    let (mut newcomer, sign_up) = Person::ready_to_sign_up(&world).await;
    let mut person = Person::signed_up(&world).await;
    let sign_in = person.words_sign_in(&world, &crate::harness::Keys::generate()).await;
    let ticket = person.ticket(&world).await;
    drop(first);

    let _second = Process::start(folder.path(), address).await;
    newcomer.finish_sign_up(&world, &sign_up).await;
    newcomer.call(&world, "GET", "/v1/log", "").await.assert_ok();
    world.post_json("/v1/sign-in/finish", &sign_in).await.assert_ok();
    assert_eq!(Socket::open(&world, &ticket).await.hear().await, Some(RelayEvent::Hello));
}

/// Does one of everything, and asks wrongly too; returns what no log may show.
async fn play(world: &World, person: &mut Person) -> Vec<(&'static str, Vec<u8>)> {
    let (question, query, body) = ("quince-lantern-5519", "heron-valley-8208", "otter-copper-3340");
    let batch = person.next_batch(&[b"sealed-walnut-7741"]);
    person.push(world, vec![batch]).await.assert_ok();
    person.call(world, "POST", "/v1/prompts", prompt(question)).await.assert_ok();
    person.call(world, "POST", "/v1/prompts", prompt("/refused marten-slate-1193")).await;
    let device = PartyId::from(person.device.device().id);
    let own = device.to_base64url();
    person.call(world, "GET", &format!("/v1/epochs?recipient={own}"), "").await.assert_ok();
    person.call(world, "GET", &format!("/v1/batches?after={query}"), "").await;
    person.call(world, "POST", "/v1/log", format!("{{\"{body}\": 1}}")).await;
    let ticket: TicketResponse = person.call(world, "POST", "/v1/tickets", "").await.assert_ok().json();
    let text = BASE64URL_NOPAD.encode(&ticket.ticket.0);
    let (mut socket, _) = tokio_tungstenite::connect_async(format!("ws://{}/v1/events", world.address)).await.unwrap();
    socket.send(Message::text(text)).await.unwrap();
    socket.next().await.unwrap().unwrap();
    let sign_in = person.words_sign_in(world, &crate::harness::Keys::generate()).await;
    let nonce = sign_in.statement.0.clone();
    world.post_json("/v1/sign-in/finish", &sign_in).await.assert_ok();
    vec![
        ("the question", question.as_bytes().to_vec()),
        ("the refused question", b"marten-slate-1193".to_vec()),
        ("a query", query.as_bytes().to_vec()),
        ("a body", body.as_bytes().to_vec()),
        ("an envelope", b"sealed-walnut-7741".to_vec()),
        ("the session's token", BASE64URL_NOPAD.decode(person.signing.token.as_bytes()).unwrap()),
        ("the ticket", ticket.ticket.0.clone()),
        ("the account", person.account.0.to_vec()),
        ("the words' lookup id", person.lookup.to_vec()),
        ("the credential id", person.credential_id.clone()),
        ("a sign-in statement", nonce),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn logs_are_json_and_hold_no_secret_at_any_level() {
    let folder = tempfile::tempdir().unwrap();
    let address = free_address();
    let process = Process::start(folder.path(), address).await;
    let world = World::beside(None, folder.path(), address).await;
    let mut person = Person::signed_up(&world).await;
    let secrets = play(&world, &mut person).await;

    let log = process.log();
    let mut answered = BTreeSet::new();
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
        let fields = &line["fields"];
        let message = fields["message"].as_str().unwrap_or_default();
        if matches!(message, "answered" | "refused" | "failed") {
            assert!(fields["request.id"].is_string() && fields["method"].is_string(), "{line}");
            assert!(fields["status"].is_u64() && fields["ms"].is_u64(), "{line}");
            assert_eq!(fields["code"].is_string(), message != "answered", "{line}");
            answered.insert(fields["route"].as_str().unwrap().to_owned());
        }
        let names_a_peer = line.to_string().contains("127.0.0.1") && message != "listening";
        assert!(!names_a_peer, "an address is in the log: {line}");
    }
    for route in ["/v1/sign-up/finish", "/v1/batches", "/v1/prompts", "/v1/epochs", "/v1/log", "/v1/events"] {
        assert!(answered.contains(route), "{route} has no line: {answered:?}");
    }
    for (what, secret) in secrets {
        for form in forms(&secret) {
            assert!(!log.contains(&form), "{what} is in the log as {form}");
        }
    }
}

#[tokio::test]
async fn whatever_is_logged_on_the_way_of_a_request_carries_its_id() {
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let ticket = person.ticket(&world).await;
    let mut connection = world.database().await;
    sqlx::query("ALTER TABLE tickets RENAME TO lost").execute(&mut connection).await.unwrap();
    let events = format!("ws://{}/v1/events", world.address);
    let (mut socket, upgraded) = tokio_tungstenite::connect_async(events).await.unwrap();
    socket.send(Message::text(ticket)).await.unwrap();
    assert!(!matches!(socket.next().await, Some(Ok(Message::Text(_)))));
    let id = upgraded.headers()["x-request-id"].to_str().unwrap();
    let lines = log_lines_of(id);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("answered") && lines[1].contains("a ticket could not be looked up"), "{lines:?}");
}

fn frames(body: &[u8]) -> Vec<PromptFrame> {
    let body = std::str::from_utf8(body).unwrap();
    let lines = body.split("\n\n").filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_str(line.strip_prefix("data: ").unwrap()).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_to_end_a_relay_ends_what_is_open_and_exits_with_0() {
    for signal in ["-TERM", "-INT"] {
        let folder = tempfile::tempdir().unwrap();
        let address = free_address();
        let mut process = Process::start(folder.path(), address).await;
        let world = World::beside(None, folder.path(), address).await;
        let mut person = Person::signed_up(&world).await;
        let parcel = person.next_batch(&[b"sealed"]);
        person.push(&world, vec![parcel.clone()]).await.assert_ok();

        let ticket: TicketResponse = person.call(&world, "POST", "/v1/tickets", "").await.assert_ok().json();
        let events = format!("ws://{address}/v1/events");
        let (mut socket, _) = tokio_tungstenite::connect_async(events).await.unwrap();
        socket.send(Message::text(BASE64URL_NOPAD.encode(&ticket.ticket.0))).await.unwrap();
        let hello = socket.next().await.unwrap().unwrap();
        assert_eq!(serde_json::from_str::<RelayEvent>(hello.to_text().unwrap()).unwrap(), RelayEvent::Hello);
        let mut answer = world.begin(person.signed(&world, "POST", "/v1/prompts", prompt("/slow 20000"))).await;
        let mut body = answer.chunk().await.unwrap().unwrap().to_vec();

        process.signal(signal);
        while let Some(chunk) = answer.chunk().await.unwrap() {
            body.extend_from_slice(&chunk);
        }
        assert_eq!(frames(&body).last().unwrap().end, Some(AnswerEnd::Stopped), "{signal}: a reader learns why");
        let rest: Vec<_> = socket.collect().await;
        assert!(rest.iter().all(|message| !matches!(message, Ok(Message::Text(_)))), "{signal}: {rest:?}");
        assert_eq!(process.wait().code(), Some(0), "{signal}");
        let log = process.log();
        assert!(log.contains("shutting down") && !log.contains("did not end in time"), "{signal}: {log}");

        let _again = Process::start(folder.path(), address).await;
        let page = person.call(&world, "GET", "/v1/batches", "").await;
        let page = PageBody::parse(&page.assert_ok().body).unwrap();
        assert_eq!(page, PageBody { next: Cursor(1), more: false, parcels: vec![parcel] }, "{signal}");
    }
}
