//! The relay over HTTP: the true one in this process behaves as every relay, and hostile servers get nowhere.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what it calls")]

#[path = "relay_http/authenticator.rs"]
mod authenticator;
#[path = "relay_http/canned.rs"]
mod canned;
#[expect(dead_code, reason = "the tests on Postgres use the rest")]
#[path = "relay_http/stored.rs"]
mod stored;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use authenticator::SoftwareAuthenticator;
use canned::Canned;
use client_core::keys::DeviceKeys;
use client_core::keys::seeded::SeededRng;
use client_core::relay::conformance::{self, Answer, Asserted, Registered, Stage};
use client_core::relay::http::{BadOrigin, HttpRelay};
use client_core::relay::{Relay, RelayError, Session};
use relay_server::config::ScriptedProvider;
use relay_server::{Config, Relay as TrueRelay, serve_relay};
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, TurnId};
use shared_types::sync::{Cursor, PushBody};
use tokio::net::TcpListener;

struct HttpStage {
    relay: Arc<TrueRelay>,
    origin: String,
    authenticators: RefCell<BTreeMap<AccountId, SoftwareAuthenticator>>,
    _data: tempfile::TempDir,
}

impl HttpStage {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let data = tempfile::tempdir().unwrap();
        let mut config =
            Config { data_dir: data.path().to_owned(), scripted: ScriptedProvider::Offered, ..Config::default() };
        config.limits.sign_ins_per_hour = 10_000;
        config.limits.requests_per_minute = 10_000;
        config.limits.address_requests_per_minute = 100_000;
        let relay = TrueRelay::open(config, address).await.unwrap();
        tokio::spawn(serve_relay(Arc::clone(&relay), listener, std::future::pending()));
        let origin = format!("http://localhost:{}", address.port());
        Self { relay, origin, authenticators: RefCell::default(), _data: data }
    }
}

impl Stage for HttpStage {
    type Link = HttpRelay;

    fn link(&self) -> HttpRelay {
        let clock = self.relay.clock.clone();
        HttpRelay::new(&self.origin, Rc::new(move || clock.now_s())).unwrap()
    }

    fn now_s(&self) -> u64 {
        self.relay.clock.now_s()
    }

    fn rp_id(&self) -> String {
        "localhost".to_owned()
    }

    async fn register(&self, account: AccountId, challenge: &[u8]) -> Registered {
        let mut authenticator = SoftwareAuthenticator::new(&self.origin);
        let registered = authenticator.register(account, challenge).await;
        self.authenticators.borrow_mut().insert(account, authenticator);
        registered
    }

    async fn assert(&self, account: AccountId, _credential_id: &[u8], challenge: &[u8]) -> Asserted {
        let mut authenticator = self.authenticators.borrow_mut().remove(&account).unwrap();
        let asserted = authenticator.assert(challenge).await;
        self.authenticators.borrow_mut().insert(account, authenticator);
        asserted
    }

    fn question(&self, answer: Answer) -> String {
        match answer {
            Answer::Words(n_words) => format!("/words {n_words}"),
            Answer::WordByWord(n_words) => format!("/slow {n_words}"),
            Answer::Endless => "/slow 10000".to_owned(),
            Answer::Refused => "/refused".to_owned(),
        }
    }

    fn let_words_out(&self, _n_words: usize) {}
}

#[tokio::test]
async fn the_true_relay_behaves_as_every_relay() {
    conformance::run(&HttpStage::open().await).await;
}

// Adversary: A1, or A2 with a hand in the database: moves any ciphertext to any other row of the relay's SQLite file.
// Invariant: whatever stands in a row that it was not sealed for is refused.
// Regression caught: a field of a place that no key derivation covers, or bytes from the relay that are not compared
// with what was signed.
#[tokio::test]
async fn no_stored_ciphertext_opens_in_another_row() {
    stored::move_every_ciphertext(None).await;
}

fn link_to(origin: &str) -> HttpRelay {
    HttpRelay::new(origin, Rc::new(|| 1_700_000_000)).unwrap()
}

fn session() -> Session {
    Session { token: vec![7; 32], device: Rc::new(DeviceKeys::generate(&mut SeededRng::new(1))) }
}

fn refusal(code: ErrorCode, more: &str) -> String {
    let body = format!(r#"{{"code":"{}","request_id":"r"{more}}}"#, code.word());
    format!("HTTP/1.1 {} No\r\ncontent-length: {}\r\n\r\n{body}", code.status(), body.len())
}

fn answer(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn an_expired_request_is_signed_again_at_the_relays_time() {
    let expired = refusal(ErrorCode::ExpiredRequest, r#","now":1700007200"#);
    let canned = Canned::serve(vec![expired, answer(r#"{"entries":[]}"#), answer(r#"{"entries":[]}"#)]).await;
    let link = link_to(&canned.origin);
    link.load_log(&session()).await.unwrap();
    link.load_log(&session()).await.unwrap();
    let created: Vec<bool> =
        canned.requests().await.iter().map(|request| request.contains(";created=1700007200;")).collect();
    assert_eq!(created, [false, true, true]);
}

#[tokio::test]
async fn a_relay_that_always_finds_the_time_wrong_is_not_asked_for_ever() {
    let expired = refusal(ErrorCode::ExpiredRequest, r#","now":1700007200"#);
    let canned = Canned::serve(vec![expired.clone(), expired]).await;
    let refused = link_to(&canned.origin).load_log(&session()).await;
    let now = Some(1_700_007_200);
    assert_eq!(refused, Err(RelayError::Refused { code: ErrorCode::ExpiredRequest, retry_after_s: None, now }));
    assert_eq!(canned.requests().await.len(), 2);
}

#[tokio::test]
async fn a_call_whose_connection_breaks_is_made_once_more() {
    let canned = Canned::serve(vec![String::new(), answer(r#"{"entries":[]}"#)]).await;
    assert!(link_to(&canned.origin).load_log(&session()).await.is_ok());
    assert_eq!(canned.requests().await.len(), 2);

    let canned = Canned::serve(vec![String::new(), String::new()]).await;
    assert_eq!(link_to(&canned.origin).load_log(&session()).await, Err(RelayError::Unreachable));
    assert_eq!(canned.requests().await.len(), 2);
}

#[tokio::test]
async fn a_prompt_is_never_sent_a_second_time() {
    let canned = Canned::serve(vec![String::new(), answer("")]).await;
    let asked = link_to(&canned.origin).ask(&session(), b"{}".to_vec()).await;
    assert_eq!(asked.map(|_| ()), Err(RelayError::Unreachable), "a second try would be answered");
}

#[tokio::test]
async fn a_relay_that_is_not_there_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert_eq!(link_to(&origin).about().await, Err(RelayError::Unreachable));
    assert_eq!(link_to(&origin).events(&session()).await.map(|_| ()), Err(RelayError::Unreachable));
}

#[tokio::test]
async fn refusals_are_read_and_anything_else_is_told_apart() {
    let limited = refusal(ErrorCode::RateLimited, r#","retry_after_s":7"#);
    let limited_as = RelayError::Refused { code: ErrorCode::RateLimited, retry_after_s: Some(7), now: None };
    let gateway = "HTTP/1.1 502 Bad\r\ncontent-length: 6\r\n\r\n<html>".to_owned();
    let page = "HTTP/1.1 404 No\r\ncontent-length: 6\r\n\r\n<html>".to_owned();
    let elsewhere = "HTTP/1.1 302 Go\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_owned();
    for (sent, expected) in [
        (vec![limited], limited_as),
        (vec![gateway.clone(), gateway], RelayError::Unreachable),
        (vec![page], RelayError::Malformed),
        (vec![elsewhere], RelayError::Malformed),
        (vec![answer("[]")], RelayError::Malformed),
        (vec![answer("{\"entries\":[1]}")], RelayError::Malformed),
    ] {
        let canned = Canned::serve(sent).await;
        assert_eq!(link_to(&canned.origin).load_log(&session()).await, Err(expected));
    }
}

/// What the device does about each of them is told by the stories in `refusals`.
#[tokio::test]
async fn every_code_comes_through_with_its_wait_whatever_was_called() {
    for code in ErrorCode::ALL.iter().copied().filter(|code| *code != ErrorCode::ExpiredRequest) {
        let canned = Canned::serve(vec![refusal(code, r#","retry_after_s":9"#); 5]).await;
        let (link, session) = (link_to(&canned.origin), session());
        let refused = RelayError::Refused { code, retry_after_s: Some(9), now: None };
        assert_eq!(link.push(&session, PushBody::default()).await, Err(refused), "{code:?}");
        assert_eq!(link.pull(&session, Cursor(0)).await.err(), Some(refused), "{code:?}");
        assert_eq!(link.load_log(&session).await.err(), Some(refused), "{code:?}");
        assert_eq!(link.events(&session).await.err(), Some(refused), "{code:?}");
        assert_eq!(link.ask(&session, b"{}".to_vec()).await.err(), Some(refused), "{code:?}");
        assert_eq!(canned.requests().await.len(), 5, "{code:?}: each was asked once");
    }
}

#[tokio::test]
async fn an_answer_over_its_limit_is_not_read_to_its_end() {
    let announced = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n".to_owned();
    let canned = Canned::serve(vec![announced]).await;
    assert_eq!(link_to(&canned.origin).pull(&session(), Cursor(0)).await, Err(RelayError::Malformed));

    let chunk = format!("{:x}\r\n{}\r\n", 1024 * 1024, "x".repeat(1024 * 1024));
    let endless = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{}", chunk.repeat(6));
    let canned = Canned::serve(vec![endless]).await;
    assert_eq!(link_to(&canned.origin).pull(&session(), Cursor(0)).await, Err(RelayError::Malformed));
}

#[tokio::test]
async fn every_request_names_the_protocol_and_only_sessions_are_signed() {
    let canned = Canned::serve(vec![answer("{}"), refusal(ErrorCode::NotFound, "")]).await;
    let link = link_to(&canned.origin);
    assert_eq!(link.about().await, Err(RelayError::Malformed));
    assert!(link.stop(&session(), TurnId([1; 16])).await.is_err());
    let requests = canned.requests().await;
    let has = |needle: &str| requests.iter().map(|request| request.contains(needle)).collect::<Vec<_>>();
    assert_eq!(has("\r\nx-sotto-protocol: 1\r\n"), [true, true]);
    assert_eq!(has("\r\nsignature: sotto=:"), [false, true]);
    assert_eq!(has("DELETE /v1/prompts/AQEBAQEBAQEBAQEBAQEBAQ HTTP"), [false, true]);
}

#[test]
fn an_origin_is_scheme_host_and_port_only() {
    let clock: client_core::relay::http::Clock = Rc::new(|| 0);
    for good in ["http://localhost:8080", "https://example.org", "http://[::1]:8080/"] {
        assert!(HttpRelay::new(good, Rc::clone(&clock)).is_ok(), "{good}");
    }
    for bad in ["localhost:8080", "ftp://example.org", "http://example.org/path", "http://a@b", "http://a/?q", ""] {
        assert_eq!(HttpRelay::new(bad, Rc::clone(&clock)).err(), Some(BadOrigin), "{bad}");
    }
}
