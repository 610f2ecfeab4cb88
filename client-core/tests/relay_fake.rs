//! The fake relay behaves as every relay when it is honest, and otherwise as a story wants it.
#![cfg(not(target_arch = "wasm32"))]

use client_core::relay::conformance::{self, Answer, Asserted, Registered, Stage};
use client_core::relay::fake::{FakeLink, FakeRelay, Script, ScriptEnd};
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, Hash};

const NOW_S: u64 = 1_700_000_000;

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

    async fn register(&self, account: AccountId, _challenge: &[u8]) -> Registered {
        let credential_id = Hash::of(&[b"credential", &account.0]).0.to_vec();
        Registered { credential_id, registration: serde_json::Value::Null }
    }

    async fn assert(&self, _account: AccountId, _credential_id: &[u8], challenge: &[u8]) -> Asserted {
        let client_data_json = [b"client data for ", challenge].concat();
        let encoded = data_encoding::BASE64URL_NOPAD.encode(&client_data_json);
        let assertion = serde_json::json!({ "response": { "clientDataJSON": encoded } });
        Asserted { client_data_json, assertion }
    }

    fn question(&self, answer: Answer) -> String {
        match answer {
            Answer::Words(n_words) => {
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
