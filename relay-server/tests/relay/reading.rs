//! What a device asks back: epoch copies, streams; and what the relay counts for it: prompts of a day.

use serde_json::json;
use shared_types::account::{BackLink, EpochCopy, EpochsResponse, SealedCopy};
use shared_types::error::ErrorCode;
use shared_types::ids::{PartyId, StreamTag, TurnId};
use shared_types::limits::DEFAULT_PROMPTS_PER_DAY;
use shared_types::sync::{BatchParcel, Cursor, PageBody, StreamsBody};

use crate::harness::{Person, World};

async fn load_epochs(world: &World, person: &Person, recipient: PartyId) -> EpochsResponse {
    let path = format!("/v1/epochs?recipient={}", recipient.to_base64url());
    person.call(world, "GET", &path, "").await.assert_ok().json()
}

/// What a recipient must be handed of these copies, one list for each epoch from 1.
fn copies_of(recipient: PartyId, epochs: &[&[SealedCopy]]) -> Vec<EpochCopy> {
    let of_epoch = |(number, copies): (u32, &&[SealedCopy])| {
        let own = copies.iter().find(|copy| copy.recipient == recipient)?;
        Some(EpochCopy { epoch: number, sealed: own.sealed.clone() })
    };
    (1..).zip(epochs).filter_map(of_epoch).collect()
}

#[tokio::test]
async fn each_recipient_is_handed_its_own_copy_of_every_epoch() {
    let world = World::start().await;
    let (mut person, sign_up) = Person::ready_to_sign_up(&world).await;
    let first = sign_up.copies.clone();
    person.finish_sign_up(&world, &sign_up).await;
    let now = world.relay.clock.now_s();
    let (advance, rotation) = person.rotation(&person.log[0].clone(), now, person.recipients());
    let link: BackLink = rotation.back_link.clone().unwrap();
    assert_eq!(load_epochs(&world, &person, person.recipients()[0]).await.back_links, []);
    person.append(&world, &rotation).await.assert_ok();
    person.log.push(advance);

    for recipient in person.recipients() {
        let epochs = load_epochs(&world, &person, recipient).await;
        let copies = copies_of(recipient, &[&first, &rotation.copies]);
        assert_eq!(copies.len(), 2);
        assert_eq!(epochs, EpochsResponse { copies, back_links: vec![link.clone()] });
    }
    let nobody = load_epochs(&world, &person, PartyId([9; 16])).await;
    assert_eq!(nobody.copies, []);
    let stranger = Person::signed_up(&world).await;
    let foreign = load_epochs(&world, &stranger, person.recipients()[0]).await;
    assert_eq!(foreign, EpochsResponse { copies: vec![], back_links: vec![] }, "another account's copies");
}

async fn load_streams(world: &World, person: &Person, after: Cursor, tags: &[StreamTag]) -> PageBody {
    let body = StreamsBody { after, tags: tags.to_vec() }.to_bytes();
    PageBody::parse(&person.call(world, "POST", "/v1/streams", body).await.assert_ok().body).unwrap()
}

#[tokio::test]
async fn a_stream_brings_its_batches_with_its_own_envelopes_only() {
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let (directory, chosen, other) = (StreamTag([2; 16]), StreamTag([3; 16]), StreamTag([4; 16]));
    let parcels = vec![
        person.next_batch_in_streams(&[(directory, b"made"), (chosen, b"first"), (chosen, b"second")]),
        person.next_batch_in_streams(&[(other, b"elsewhere")]),
        person.next_batch_in_streams(&[(other, b"elsewhere again"), (chosen, b"third")]),
        person.next_batch_in_streams(&[]),
    ];
    person.push(&world, parcels.clone()).await.assert_ok();
    let only = |number: usize, wanted: &[u16]| {
        let BatchParcel { batch, mut envelopes } = parcels[number].clone();
        envelopes.retain(|(index, _)| wanted.contains(index));
        BatchParcel { batch, envelopes }
    };

    let page = load_streams(&world, &person, Cursor(0), &[chosen]).await;
    let expected = vec![only(0, &[1, 2]), only(2, &[1])];
    assert_eq!((page.parcels, page.more), (expected, false));
    let page = load_streams(&world, &person, Cursor(1), &[chosen]).await;
    assert_eq!(page.parcels, [only(2, &[1])], "after a cursor");
    let page = load_streams(&world, &person, Cursor(0), &[directory, other]).await;
    assert_eq!(page.parcels, [only(0, &[0]), only(1, &[0]), only(2, &[0])], "two at once");
    assert_eq!(load_streams(&world, &person, Cursor(0), &[StreamTag([9; 16])]).await.parcels, []);
    assert_eq!(load_streams(&world, &person, Cursor(0), &[]).await.parcels, []);
    let stranger = Person::signed_up(&world).await;
    assert_eq!(load_streams(&world, &stranger, Cursor(0), &[chosen]).await.parcels, [], "another account's");
}

fn prompt(turn: u32) -> Vec<u8> {
    let mut id = [0; 16];
    id[..4].copy_from_slice(&turn.to_be_bytes());
    let body = json!({
        "turn_id": TurnId(id),
        "model": "scripted",
        "messages": [{ "role": "user", "content": "hello" }],
        "sampling": {},
        "max_tokens": 10,
    });
    serde_json::to_vec(&body).unwrap()
}

#[tokio::test]
async fn an_account_has_200_prompts_a_day_unless_configured_otherwise() {
    assert_eq!(DEFAULT_PROMPTS_PER_DAY, 200);
    let world = World::start_with(|config| config.answers.cadence_ms = 0).await;
    let day = 24 * 60 * 60;
    // From midnight on, so that the day does not end meanwhile.
    world.relay.clock.advance(day - world.relay.clock.now_s() % day);
    let person = Person::signed_up(&world).await;
    for turn in 0..200 {
        person.call(&world, "POST", "/v1/prompts", prompt(turn)).await.assert_ok();
    }
    let refused = person.call(&world, "POST", "/v1/prompts", prompt(200)).await;
    assert_eq!((refused.status, refused.error().code), (429, ErrorCode::PromptLimit));
    let wait_s = u64::from(refused.error().retry_after_s.unwrap());
    assert!(wait_s <= day && wait_s > day - 60 * 60, "until midnight: {wait_s}");
    let somebody = Person::signed_up(&world).await;
    somebody.call(&world, "POST", "/v1/prompts", prompt(0)).await.assert_ok();

    world.relay.clock.advance(wait_s);
    person.call(&world, "POST", "/v1/prompts", prompt(200)).await.assert_ok();

    let fewer = World::start_with(|config| config.limits.prompts_per_day = 1).await;
    let person = Person::signed_up(&fewer).await;
    person.call(&fewer, "POST", "/v1/prompts", prompt(0)).await.assert_ok();
    let refused = person.call(&fewer, "POST", "/v1/prompts", prompt(1)).await;
    assert_eq!(refused.error().code, ErrorCode::PromptLimit, "as configured");
}
