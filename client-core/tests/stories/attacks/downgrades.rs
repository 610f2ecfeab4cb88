//! Attack row 14: parameters of the relay's choice.

use std::collections::BTreeSet;

use client_core::intention::GestureRequest;
use client_core::relay::fake::Seen;
use serde_json::{Value, json};
use shared_types::account::{AboutResponse, MethodStartResponse, SignInStartResponse, SignUpMode};
use shared_types::ids::{Nonce, WireBytes};
use shared_types::limits::PROTOCOL;
use shared_types::log::{LogState, Policy};

use crate::world::World;

/// Everything that a device sent and asked of its authenticator: sign-up, a question, a restart.
fn run(bend: impl FnOnce(&mut AboutResponse)) -> (Vec<Seen>, Vec<GestureRequest>, Policy) {
    let mut world = World::new();
    world.relay().set_about(bend);
    world.add_person("laptop");
    world.on("laptop").sign_up();
    world.on("laptop").send("hello");
    world.settle();
    let mut gestures = world.tab("laptop").gestures.clone();
    world.restart("laptop");
    world.settle();
    gestures.extend(world.tab("laptop").gestures.clone());
    let entries = world.relay().stored_log(world.account("laptop"));
    let log = LogState::verify(world.account("laptop"), entries.iter().map(Vec::as_slice));
    (world.relay().seen(), gestures, *log.expect("a device writes a good log").policy())
}

/// Names of everything that an answer can say.
fn names(answer: &impl serde::Serialize) -> BTreeSet<String> {
    let value = serde_json::to_value(answer).expect("a message of the wire");
    value.as_object().expect("an object").keys().cloned().collect()
}

fn named(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

/// An answer that offers weaker parameters besides what it must say.
fn with_offers(answer: &impl serde::Serialize) -> Value {
    let mut value = serde_json::to_value(answer).expect("a message of the wire");
    let offers = json!({
        "suite": 0, "envelope_version": 0, "kdf": { "memory_kib": 8, "passes": 1 }, "iterations": 1,
        "prf": { "eval": { "first": "AAAA" } }, "policy": { "least_methods": 1 }, "padding": 1, "epoch_days": 9999,
    });
    let fields = value.as_object_mut().expect("an object");
    fields.extend(offers.as_object().expect("an object").clone());
    value
}

// Adversary: A1, a malicious relay, that says whatever parameter it is ever asked for, and some that nobody asks for.
// Invariant: what is derived, sealed, signed and asked of an authenticator depends on no parameter of the relay's; an
// answer has room for none, and the policy of the account stands in its signed log.
// Regression caught: a cost, a suite, a PRF input or a floor that comes over the wire.
#[test]
fn relay_parameters_have_no_effect() {
    let honest = run(|_| ());
    assert!(honest.0.len() > 8 && honest.1.len() > 1, "something was sent and asked for");
    assert_eq!(honest.2, Policy::default());
    let bends: [fn(&mut AboutResponse); 3] =
        [|about| about.protocol = 0, |about| about.protocol = PROTOCOL + 1, |about| about.sign_up = SignUpMode::Closed];
    for (number, bend) in bends.into_iter().enumerate() {
        let bent = run(bend);
        assert!(bent.0 == honest.0, "case {number}: what is sent is the same, byte for byte");
        assert_eq!(bent.1, honest.1, "case {number}: gestures");
        assert_eq!(bent.2, honest.2, "case {number}: policy");
    }

    // There is no room for a parameter: whoever adds one meets this test.
    let about: AboutResponse = serde_json::from_value(
        json!({ "protocol": 1, "rp_id": "localhost", "sign_up": "open", "models": [], "now": 1 }),
    )
    .expect("what a relay says of itself");
    let (challenge, nonce) = (WireBytes(vec![7; 32]), Nonce([7; 32]));
    let sign_up = MethodStartResponse { challenge: challenge.clone(), nonce, password: None };
    let sign_in = SignInStartResponse { challenge, nonce, account_id: None, ke2: None };
    assert_eq!(names(&about), named(&["protocol", "rp_id", "sign_up", "models", "now"]));
    assert_eq!(names(&sign_up), named(&["challenge", "nonce"]));
    assert!(names(&sign_in).is_subset(&named(&["challenge", "nonce", "account_id"])));
    assert_eq!(serde_json::from_value::<AboutResponse>(with_offers(&about)).ok(), Some(about));
    assert_eq!(serde_json::from_value::<MethodStartResponse>(with_offers(&sign_up)).ok(), Some(sign_up));
    assert_eq!(serde_json::from_value::<SignInStartResponse>(with_offers(&sign_in)).ok(), Some(sign_in));
}
