//! What one stolen method, another site's page or a slow connection must not be able to do to everybody else.

use serde_json::json;
use shared_types::account::{AnchorPut, SessionGrant};
use shared_types::error::ErrorCode;
use shared_types::ids::WireBytes;
use shared_types::limits::{MAX_ANCHOR_BYTES, MAX_UNCONFIRMED_ENTRIES, SIGN_UP_LIFE_S};
use shared_types::log::{DeviceStatus, EntryBody, RevokeReason};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Keys, Person, Request, Signing, World};

/// The relay waits 10 s for a ticket.
const LONG_BEFORE_THE_TICKET: std::time::Duration = std::time::Duration::from_secs(5);

/// A device that came in by the passkey alone: unconfirmed.
async fn thief_of_the_passkey(world: &World, person: &mut Person) -> (Keys, Signing) {
    let device = Keys::generate();
    let request = person.passkey_sign_in(world, &device).await;
    let grant: SessionGrant = world.post_json("/v1/sign-in/finish", &request).await.assert_ok().json();
    let signing = person.signing_of(&grant);
    let body = EntryBody::DeviceAdd { device: device.device(), status: DeviceStatus::Unconfirmed };
    let signers = vec![device.device().id.into(), person.passkey_part().id.into()];
    let entry = person.entry(world.relay.clock.now_s(), body, signers);
    let request = person.append_request(&entry, &[&device]);
    send(world, &device, &signing, "POST", "/v1/log", &request).await.unwrap();
    person.log.push(entry);
    (device, signing)
}

/// Sends a signed request; the code of its refusal, if it is refused.
async fn send(
    world: &World,
    device: &Keys,
    signing: &Signing,
    method: &str,
    path: &str,
    body: &impl serde::Serialize,
) -> Result<(), ErrorCode> {
    let request = Request::new(method, path, serde_json::to_vec(body).unwrap());
    let answer = world.send(signing.request(device, world.relay.clock.now_s(), &request)).await;
    if answer.status < 300 { Ok(()) } else { Err(answer.error().code) }
}

#[tokio::test]
async fn a_thief_of_the_passkey_cannot_spoil_the_anchor_of_the_words() {
    // Adversary: whoever holds one synced passkey, through an honest relay.
    // Invariant: a device puts the anchor of the method that it signed in with, and of no other.
    // Regression caught: an anchor of garbage that makes every sign-in with the words end.
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let (device, signing) = thief_of_the_passkey(&world, &mut person).await;
    let put = async |method: shared_types::ids::MethodId, n_bytes: usize| {
        let anchor = AnchorPut { method, counter: 9, envelope: WireBytes(vec![7; n_bytes]) };
        let path = format!("/v1/anchors/{}", method.to_base64url());
        send(&world, &device, &signing, "PUT", &path, &anchor).await
    };
    assert_eq!(put(person.words_part().id, 360).await, Err(ErrorCode::NotAllowed));
    assert_eq!(put(person.passkey_part().id, MAX_ANCHOR_BYTES + 1).await, Err(ErrorCode::TooLarge));
    assert_eq!(put(person.passkey_part().id, 360).await, Ok(()));
}

#[tokio::test]
async fn an_unconfirmed_device_cannot_fill_the_log_and_the_owner_can_still_revoke_it() {
    // Adversary: whoever holds one synced passkey, through an honest relay.
    // Invariant: revoking is always possible.
    // Regression caught: one limit of the log for everybody.
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let (device, signing) = thief_of_the_passkey(&world, &mut person).await;
    let id = device.device().id;
    let now = world.relay.clock.now_s();
    for n_signed in 1..=MAX_UNCONFIRMED_ENTRIES {
        let entry = person.entry(now, EntryBody::Checkpoint { heads: vec![] }, vec![id.into()]);
        let request = person.append_request(&entry, &[&device]);
        let appended = send(&world, &device, &signing, "POST", "/v1/log", &request).await;
        if n_signed == MAX_UNCONFIRMED_ENTRIES {
            assert_eq!(appended, Err(ErrorCode::QuotaExceeded));
        } else {
            assert_eq!(appended, Ok(()), "entry {n_signed}");
            person.log.push(entry);
        }
    }
    let body = EntryBody::DeviceRevoke { device: id, reason: RevokeReason::SignedOut, cut: None };
    let entry = person.entry(now, body, vec![id.into()]);
    assert_eq!(
        send(&world, &device, &signing, "POST", "/v1/log", &person.append_request(&entry, &[&device])).await,
        Err(ErrorCode::QuotaExceeded),
    );
    let confirm = person.entry(now, EntryBody::DeviceConfirm { device: id }, vec![person.device.device().id.into()]);
    let request = person.append_request(&confirm, &[]);
    person.append(&world, &request).await.assert_ok();
}

#[tokio::test]
async fn requests_of_a_thiefs_device_do_not_starve_the_owners() {
    // Adversary: whoever holds one synced passkey, through an honest relay.
    // Invariant: limits of one device are not those of another.
    // Regression caught: one count for the whole account.
    let world = World::start_with(|config| config.limits.requests_per_minute = 20).await;
    let mut person = Person::signed_up(&world).await;
    let (device, signing) = thief_of_the_passkey(&world, &mut person).await;
    let mut refused = None;
    for _ in 0..30 {
        let request = Request::new("GET", "/v1/log", "");
        let answer = world.send(signing.request(&device, world.relay.clock.now_s(), &request)).await;
        refused = refused.or((answer.status == 429).then_some(answer.status));
    }
    assert_eq!(refused, Some(429));
    person.call(&world, "GET", "/v1/log", "").await.assert_ok();
}

#[tokio::test]
async fn a_page_of_another_site_starts_nothing_and_uses_nothing_up() {
    // Adversary: any website that the person visits, also one that points its own name at this relay.
    // Invariant: what comes from another origin's page is refused before it counts.
    // Regression caught: a sign-in that a plain cross-site form can start.
    let world = World::start_with(|config| config.limits.sign_ins_per_hour = 1).await;
    let start = Request::new("POST", "/v1/sign-in/start", serde_json::to_vec(&json!({ "with": "passkey" })).unwrap());
    let bare = start.clone().without(shared_types::request::PROTOCOL_HEADER);
    assert_eq!(world.send(bare).await.error().code, ErrorCode::OldProtocol);
    for origin in ["https://elsewhere.example", "null", "http://localhost.elsewhere.example"] {
        let foreign = start.clone().set("origin", origin);
        assert_eq!(world.send(foreign).await.error().code, ErrorCode::NotAllowed, "{origin}");
    }
    world.send(start.set("origin", world.origin())).await.assert_ok();
}

#[tokio::test]
async fn words_may_be_written_down_for_an_hour() {
    let world = World::start().await;
    let (mut person, request) = Person::ready_to_sign_up(&world).await;
    world.relay.clock.advance(SIGN_UP_LIFE_S - 60);
    person.finish_sign_up(&world, &request).await;
    person.call(&world, "GET", "/v1/log", "").await.assert_ok();
}

#[tokio::test]
async fn a_socket_that_announces_a_large_frame_is_closed_before_it_comes() {
    // Adversary: anybody, without an account.
    // Invariant: what a client announces takes no memory before it has come.
    // Regression caught: a limit for whole messages only.
    let world = World::start().await;
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    let upgrade = "GET /v1/events HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(upgrade.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101 "));
    // A text frame of 16 MiB, of which only the header is ever sent.
    stream.write_all(&[0x81, 0x80 | 127, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]).await.unwrap();
    let mut rest = Vec::new();
    let closed = tokio::time::timeout(LONG_BEFORE_THE_TICKET, stream.read_to_end(&mut rest)).await;
    assert!(closed.is_ok(), "only the wait for a ticket ended it");
}
