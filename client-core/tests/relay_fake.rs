//! The fake relay behaves as every relay when it is honest, and otherwise as a story wants it.
#![cfg(not(target_arch = "wasm32"))]

#[path = "relay_fake/evil.rs"]
mod evil;
#[path = "relay_fake/forgetful.rs"]
mod forgetful;
#[path = "relay_fake/member.rs"]
mod member;

use client_core::relay::conformance::{self, Answer, Asserted, Registered, Stage};
use client_core::relay::fake::evil::To;
use client_core::relay::fake::{FakeLink, FakeRelay, Script, ScriptEnd};
use client_core::relay::{FrameStream, Relay, RelayError};
use futures_util::{FutureExt, StreamExt};
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, Hash, TurnId};
use shared_types::prompt::{AnswerEnd, PromptFrame};
use shared_types::sync::RelayEvent;

const NOW_S: u64 = 1_700_000_000;
const TURN: TurnId = TurnId([1; 16]);

struct FakeStage(FakeRelay);

impl Stage for FakeStage {
    type Link = FakeLink;

    fn link(&self) -> FakeLink {
        self.0.link("any")
    }

    fn now_s(&self) -> u64 {
        NOW_S
    }

    fn rp_id(&self) -> String {
        "localhost".to_owned()
    }

    async fn register(&self, account: AccountId, challenge: &[u8]) -> Registered {
        let credential_id = Hash::of(&[b"credential", &account.0, challenge]).0.to_vec();
        let registration = serde_json::json!({ "id": data_encoding::BASE64URL_NOPAD.encode(&credential_id) });
        Registered { credential_id, registration }
    }

    async fn assert(&self, _account: AccountId, _credential_id: &[u8], challenge: &[u8]) -> Asserted {
        let client_data_json = [b"client data for ", challenge].concat();
        let encoded = data_encoding::BASE64URL_NOPAD.encode(&client_data_json);
        let assertion = serde_json::json!({ "response": { "clientDataJSON": encoded } });
        Asserted { client_data_json, assertion }
    }

    fn question(&self, answer: Answer) -> String {
        match answer {
            Answer::Words(n_words) | Answer::WordByWord(n_words) => {
                self.0.release_answers();
                self.0.script_answer(Script::of(vec!["word"; n_words].join(" ").as_str()));
            }
            Answer::Endless => {
                self.0.hold_answers();
                self.0.script_answer(Script::of(&"on and ".repeat(1000)));
            }
            Answer::Refused => {
                self.0.script_answer(Script::of("").ending(ScriptEnd::Refused(ErrorCode::ProviderRefused)));
            }
        }
        "a question".to_owned()
    }

    fn let_words_out(&self, n_words: usize) {
        self.0.release_words(n_words);
    }
}

#[tokio::test]
async fn the_honest_fake_behaves_as_every_relay() {
    conformance::run(&FakeStage(FakeRelay::honest(NOW_S))).await;
}

fn prompt(question: &str) -> Vec<u8> {
    let prompt = serde_json::json!({
        "turn_id": TURN.to_base64url(),
        "model": "scripted",
        "messages": [{ "role": "user", "content": question }],
        "sampling": {},
        "max_tokens": 64,
    });
    prompt.to_string().into_bytes()
}

/// What comes at once: the text, and the last thing that is not text.
fn read(mut frames: FrameStream) -> (String, Option<Result<AnswerEnd, RelayError>>) {
    let mut text = String::new();
    while let Some(Some(frame)) = frames.next().now_or_never() {
        match frame {
            Ok(PromptFrame { end: Some(end), .. }) => return (text, Some(Ok(end))),
            Ok(frame) => text.push_str(&frame.text),
            Err(error) => return (text, Some(Err(error))),
        }
    }
    (text, None)
}

const DONE: Option<Result<AnswerEnd, RelayError>> = Some(Ok(AnswerEnd::Done { usage: None }));

#[tokio::test]
async fn a_cut_link_carries_nothing_until_it_is_reconnected() {
    let relay = FakeRelay::honest(NOW_S);
    let (_, session) = conformance::sign_up(&FakeStage(relay.clone())).await;
    let (link, other) = (relay.link("laptop"), relay.link("phone"));
    let mut events = link.events(&session).await.unwrap();
    relay.hold_answers();
    let mut frames = link.ask(&session, prompt("?")).await.unwrap();
    assert_eq!(events.next().await, Some(RelayEvent::Hello));

    link.cut_off();
    assert_eq!(link.about().await.map(|_| ()), Err(RelayError::Unreachable));
    assert_eq!(events.next().await, None);
    assert_eq!(frames.next().await, Some(Err(RelayError::Unreachable)));
    assert!(other.about().await.is_ok());
    link.reconnect();
    assert!(link.about().await.is_ok());
}

#[tokio::test]
async fn a_lost_answer_was_carried_out_and_a_lost_request_was_not() {
    let relay = FakeRelay::honest(NOW_S);
    let (_, session) = conformance::sign_up(&FakeStage(relay.clone())).await;
    let link = relay.link("laptop");
    link.lose_next_request();
    assert_eq!(link.ask(&session, prompt("?")).await.map(|_| ()), Err(RelayError::Unreachable));
    assert_eq!(relay.asked(), Vec::<Vec<u8>>::new());
    link.lose_next_answer();
    assert_eq!(link.ask(&session, prompt("?")).await.map(|_| ()), Err(RelayError::Unreachable));
    assert_eq!(relay.asked(), [prompt("?")]);

    let resumed = link.resume(&session, TURN, None).await.unwrap();
    assert_eq!(read(resumed), ("a scripted answer".to_owned(), DONE));
    link.refuse_next(ErrorCode::RateLimited);
    let refused = RelayError::Refused { code: ErrorCode::RateLimited, retry_after_s: None, now: None };
    assert_eq!(link.about().await.map(|_| ()), Err(refused));
    assert!(link.about().await.is_ok());
}

#[tokio::test]
async fn a_held_answer_comes_word_by_word() {
    let relay = FakeRelay::honest(NOW_S);
    let (_, session) = conformance::sign_up(&FakeStage(relay.clone())).await;
    let link = relay.link("laptop");
    relay.hold_answers();
    relay.script_answer(Script::of("one two three"));
    drop(link.ask(&session, prompt("?")).await.unwrap());
    for (n_released, text, end) in [(0, "", None), (1, "one ", None), (1, "one two ", None), (2, "one two three", DONE)]
    {
        relay.release_words(n_released);
        let frames = link.resume(&session, TURN, None).await.unwrap();
        assert_eq!(read(frames), (text.to_owned(), end));
    }
}

#[tokio::test]
async fn a_cut_answer_breaks_once_and_is_resumed() {
    let relay = FakeRelay::honest(NOW_S);
    let (_, session) = conformance::sign_up(&FakeStage(relay.clone())).await;
    let link = relay.link("laptop");
    relay.script_answer(Script::of("one two three").ending(ScriptEnd::CutAfter(2)));
    let frames = link.ask(&session, prompt("?")).await.unwrap();
    assert_eq!(read(frames), ("one two ".to_owned(), Some(Err(RelayError::Unreachable))));
    let rest = link.resume(&session, TURN, Some(1)).await.unwrap();
    assert_eq!(read(rest), ("three".to_owned(), DONE));
}

#[tokio::test]
async fn a_lie_is_told_to_whom_it_is_meant_for() {
    let relay = FakeRelay::honest(NOW_S);
    let (_, session) = conformance::sign_up(&FakeStage(relay.clone())).await;
    relay.bend_logs(To::Link("phone"), |log| log.entries.clear());
    let n_entries = async |name: &str| relay.link(name).load_log(&session).await.unwrap().entries.len();
    assert_eq!((n_entries("laptop").await, n_entries("phone").await), (1, 0));
    relay.turn_honest();
    assert_eq!(n_entries("phone").await, 1);
}

#[tokio::test]
async fn the_fake_keeps_everything_that_it_saw() {
    let relay = FakeRelay::honest(NOW_S);
    let (account, session) = conformance::sign_up(&FakeStage(relay.clone())).await;
    drop(relay.link("laptop").ask(&session, prompt("a canary sings")).await.unwrap());
    assert_eq!(relay.calls_with(b"canary"), ["ask"]);
    let genesis = relay.stored_log(account).remove(0);
    assert!(relay.calls_with(&genesis).contains(&"sign_up_finish"), "byte strings in JSON are decoded");
    assert_eq!(relay.seen().last().map(|seen| (seen.link.as_str(), seen.call)), Some(("laptop", "ask")));
}
