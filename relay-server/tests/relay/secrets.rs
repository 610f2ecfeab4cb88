//! Row 32 of the attack table: what a relay that logs all it can says of secrets, with a provider that repeats them.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use serde_json::json;
use shared_types::account::{SignInStartResponse, TicketResponse};
use shared_types::ids::TurnId;
use tokio::net::TcpListener;

use crate::harness::{Keys, Person, Process, Request, Socket, World, free_address, random};

/// A word of which there is no second one.
fn canary(what: &str) -> String {
    format!("{what}-{}", HEXLOWER.encode(&random::<8>()))
}

/// A secret in every form in which a log could show it.
fn forms(secret: &[u8]) -> Vec<String> {
    let mut forms = vec![HEXLOWER.encode(secret), HEXUPPER.encode(secret)];
    forms.extend(std::str::from_utf8(secret).map(str::to_owned));
    // Base64 at each place of a longer text, without the letters that its neighbours change.
    for offset in 0..3 {
        let shifted = [&vec![0; offset][..], secret].concat();
        let whole = &shifted[..shifted.len() / 3 * 3];
        let skipped = if offset == 0 { 0 } else { 4 };
        forms.extend(
            [BASE64.encode(whole), BASE64URL_NOPAD.encode(whole)].map(|text| text.chars().skip(skipped).collect()),
        );
    }
    for separator in [", ", ","] {
        forms.push(secret.iter().map(u8::to_string).collect::<Vec<_>>().join(separator));
    }
    forms
}

/// What a provider was sent: headers and bodies.
type Heard = Arc<Mutex<Vec<u8>>>;

/// Repeats the key and the question in what it says: as an answer, or as a refusal if that is asked for.
async fn repeat(State(heard): State<Heard>, headers: HeaderMap, body: Bytes) -> Response {
    let key = headers.get(header::AUTHORIZATION).map(|key| key.to_str().unwrap().to_owned()).unwrap_or_default();
    let said = format!("{key} {}", String::from_utf8_lossy(&body));
    heard.lock().unwrap().extend_from_slice(said.as_bytes());
    if said.contains("/refused") {
        return (StatusCode::UNAUTHORIZED, json!({ "error": { "message": said } }).to_string()).into_response();
    }
    if said.contains("/garbage") {
        return ([(header::CONTENT_TYPE, "text/event-stream")], format!("data: {said}\n\n")).into_response();
    }
    let delta = json!({ "choices": [{ "index": 0, "delta": { "content": said }, "finish_reason": "stop" }] });
    let events = format!("data: {delta}\n\ndata: [DONE]\n\n");
    ([(header::CONTENT_TYPE, "text/event-stream")], events).into_response()
}

/// A provider that wants a key; its address, and what it hears.
async fn provider() -> (String, Heard) {
    let heard = Heard::default();
    let models = async || axum::Json(json!({ "object": "list", "data": [{ "id": "parrot" }] }));
    let routes = Router::new().route("/v1/models", get(models)).route("/v1/chat/completions", post(repeat));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/v1", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, routes.with_state(Arc::clone(&heard))).into_future());
    (address, heard)
}

fn prompt(question: &str) -> Vec<u8> {
    let messages = json!([{ "role": "user", "content": question }]);
    let turn_id = TurnId(random());
    let body =
        json!({ "turn_id": turn_id, "model": "parrot", "messages": messages, "sampling": {}, "max_tokens": 100 });
    serde_json::to_vec(&body).unwrap()
}

/// Somebody's whole day with a relay, wrong calls included; returns what no log may show.
async fn live(world: &World) -> Vec<(&'static str, Vec<u8>)> {
    let (mut person, sign_up) = Person::ready_to_sign_up(world).await;
    person.finish_sign_up(world, &sign_up).await;
    let [question, refused, garbage, query, body, envelope] =
        ["question", "refused", "garbage", "query", "body", "envelope"].map(canary);
    let parcel = person.next_batch(&[envelope.as_bytes()]);
    person.push(world, vec![parcel.clone()]).await.assert_ok();
    person.call(world, "GET", "/v1/batches?after=0", "").await.assert_ok();
    for (question, is_answered) in
        [(question.clone(), true), (format!("/refused {refused}"), false), (format!("/garbage {garbage}"), false)]
    {
        let answer = person.call(world, "POST", "/v1/prompts", prompt(&question)).await;
        assert_eq!(answer.status < 300 && answer.text().contains(&question), is_answered, "{}", answer.text());
    }
    person.call(world, "GET", &format!("/v1/batches?after={query}"), "").await;
    person.call(world, "POST", "/v1/log", format!("{{\"{body}\": 1}}")).await;
    let ticket: TicketResponse = person.call(world, "POST", "/v1/tickets", "").await.assert_ok().json();
    Socket::open(world, &BASE64URL_NOPAD.encode(&ticket.ticket.0)).await.hear().await.unwrap();
    let started = world.post_json("/v1/sign-in/start", &json!({ "with": "passkey" })).await;
    let started: SignInStartResponse = started.assert_ok().json();
    let other = Keys::generate();
    let passkey_sign_in = person.passkey_sign_in(world, &other).await;
    world.post_json("/v1/sign-in/finish", &passkey_sign_in).await.assert_ok();
    let words_sign_in = person.words_sign_in(world, &Keys::generate()).await;
    world.post_json("/v1/sign-in/finish", &words_sign_in).await.assert_ok();
    let invented = BASE64URL_NOPAD.encode(&random::<32>());
    let stolen = person.signed(world, "GET", "/v1/log", "").set("x-sotto-session", invented.clone());
    world.send(stolen).await;
    vec![
        ("a question", question.into_bytes()),
        ("a question that was refused", refused.into_bytes()),
        ("a question that was answered with garbage", garbage.into_bytes()),
        ("a query", query.into_bytes()),
        ("a body", body.into_bytes()),
        ("an envelope", envelope.into_bytes()),
        ("a signed batch", parcel.batch),
        ("the session's token", BASE64URL_NOPAD.decode(person.signing.token.as_bytes()).unwrap()),
        ("a token that nobody was granted", BASE64URL_NOPAD.decode(invented.as_bytes()).unwrap()),
        ("the ticket of a socket", ticket.ticket.0),
        ("the nonce of a sign-up", sign_up.nonce.0.to_vec()),
        ("the nonce of a sign-in", started.nonce.0.to_vec()),
        ("the challenge of a sign-in", started.challenge.0),
        ("the words' lookup id", person.lookup.to_vec()),
        ("the passkey's id", person.credential_id.clone()),
        ("the account", person.account.0.to_vec()),
        ("a statement with the passkey", passkey_sign_in.statement.0),
        ("a statement with the words", words_sign_in.statement.0),
        ("a method's signature", words_sign_in.method_signature.0.to_vec()),
    ]
}

// Adversary: a thief of the log, or whoever the operator shows it to; a provider that repeats keys and questions.
// Invariant: no line at any level holds a token, an id of somebody, a nonce, a key, or a word that a person wrote.
// Regression caught: a value in a log macro, a `Debug` that shows a secret, a provider's words as the cause of an error.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_logged() {
    let folder = tempfile::tempdir().unwrap();
    let address = free_address();
    let (provider, heard) = provider().await;
    let key = canary("sk");
    let settings = [("SOTTO_OPENAI_BASE_URL", provider.as_str()), ("SOTTO_OPENAI_API_KEY", key.as_str())];
    let process = Process::start_with(folder.path(), address, settings).await;
    let world = World::beside(None, folder.path(), address).await;
    let mut secrets = live(&world).await;
    let last = world.send(Request::new("GET", "/v1/about", "")).await;
    let log = process.log();

    // The search finds what is there: the id of a request, and at the provider the key and what was asked.
    let id = last.headers["x-request-id"].to_str().unwrap();
    assert!(log.contains(id) && log.lines().count() > 20, "{log}");
    let heard = String::from_utf8(heard.lock().unwrap().clone()).unwrap();
    for asked in [key.as_bytes(), &secrets[0].1, &secrets[1].1, &secrets[2].1] {
        assert!(forms(asked).iter().any(|form| heard.contains(form)), "{heard}");
    }

    secrets.push(("the provider's key", key.into_bytes()));
    for (what, secret) in secrets {
        for form in forms(&secret) {
            assert!(form.len() >= 16 && !log.contains(&form), "{what} is in the log as {form}");
        }
    }
}
