//! An account that its owner deletes.

use serde_json::json;
use shared_types::error::ErrorCode;
use shared_types::sync::RelayEvent;

use relay_server::db::tables::TABLES;

use crate::harness::{Keys, Person, Request, Socket, World};
use crate::journeys::joined;

const DELETION: &str = "/v1/account/deletion";

async fn n_rows(world: &World, person: &Person) -> usize {
    let mut n_rows = 0;
    for table in TABLES {
        n_rows += world.relay.db.list_rows(&person.account, table).await.unwrap().len();
    }
    n_rows
}

#[tokio::test]
async fn an_owner_deletes_everything_with_a_fresh_gesture_and_nothing_of_it_is_left() {
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let other = Person::signed_up(&world).await;
    let batch = person.next_batch(&[b"sealed one", b"sealed two"]);
    person.push(&world, vec![batch]).await.assert_ok();
    let ticket = person.ticket(&world).await;
    let mut socket = Socket::open(&world, &ticket).await;
    assert_eq!(socket.hear().await, Some(RelayEvent::Hello));

    let device = person.device.clone();
    let proof = serde_json::to_vec(&person.passkey_sign_in(&world, &device).await).unwrap();
    person.call(&world, "POST", DELETION, proof.clone()).await.assert_ok();
    assert_eq!(socket.hear().await, Some(RelayEvent::SignedOut));
    assert_eq!(n_rows(&world, &person).await, 0);
    assert_eq!(person.call(&world, "POST", DELETION, proof).await.error().code, ErrorCode::UnknownSession);
    let lookup = data_encoding::BASE64URL_NOPAD.encode(&person.lookup);
    let start = json!({ "with": "words", "lookup_id": lookup });
    let refused = world.post_json("/v1/sign-in/start", &start).await;
    assert_eq!(refused.error().code, ErrorCode::SignInRefused);
    other.call(&world, "GET", "/v1/log", "").await.assert_ok();
}

// Adversary: A6 with a stolen token, A11 with one synced passkey on a device of its own, and whoever replays a gesture.
// Invariant: an account is deleted by a confirmed device with a fresh gesture of its own, and by nothing less.
// Regression caught: the session alone is enough, or the device that asks need not be confirmed.
#[tokio::test]
async fn nothing_less_than_a_confirmed_device_with_a_fresh_gesture_deletes_an_account() {
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let phone = Keys::generate();
    let proof = person.passkey_sign_in(&world, &phone).await;
    let refused = person.call(&world, "POST", DELETION, serde_json::to_vec(&proof).unwrap()).await;
    assert_eq!(refused.error().code, ErrorCode::SignInRefused, "a gesture of another device");
    let refused = person.call(&world, "POST", DELETION, serde_json::to_vec(&proof).unwrap()).await;
    assert_eq!(refused.error().code, ErrorCode::SignInRefused, "once more");
    assert_eq!(person.call(&world, "POST", DELETION, "{}").await.error().code, ErrorCode::Malformed);

    let (phone, signing) = joined(&world, &mut person).await;
    let now = world.relay.clock.now_s();
    let proof = serde_json::to_vec(&person.passkey_sign_in(&world, &phone).await).unwrap();
    let refused = world.send(signing.request(&phone, now, &Request::new("POST", DELETION, proof))).await;
    assert_eq!(refused.error().code, ErrorCode::NotAllowed, "nobody has vouched for it");
    assert!(n_rows(&world, &person).await > 0);
    person.call(&world, "GET", "/v1/log", "").await.assert_ok();
}
