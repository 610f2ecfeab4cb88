//! Rows 17 and 18 of the attack table: nothing before sign-in, nothing without the device key.

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use futures_util::{SinkExt, StreamExt};
use relay_server::{Access, RouteRow, rows};
use serde_json::json;
use shared_types::account::{SessionGrant, SignInStartResponse};
use shared_types::error::ErrorCode;
use shared_types::ids::Hash;
use shared_types::request::{DIGEST_HEADER, SESSION_HEADER, SIGNATURE_HEADER, SIGNATURE_INPUT_HEADER, content_digest};
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{Answer, Keys, Person, Request, Signing, World, random, sign_in_request};

/// An address of a route that would serve this person.
pub(crate) fn address(row: RouteRow, person: &Person) -> String {
    let path = row
        .path
        .replace("{method}", &person.passkey_part().id.to_base64url())
        .replace("{turn_id}", &BASE64URL_NOPAD.encode(&[1; 16]))
        .replace("{account_id}", &person.account.to_base64url())
        .replace("{device_id}", &person.device.device().id.to_base64url());
    if row.path == "/v1/epochs" {
        let recipient = shared_types::ids::PartyId::from(person.passkey_part().id);
        return format!("{path}?recipient={}", recipient.to_base64url());
    }
    if row.path == "/v1/seen" {
        return format!("{path}?day=1");
    }
    path
}

pub(crate) fn with_session() -> impl Iterator<Item = RouteRow> {
    rows().into_iter().filter(|row| row.access == Access::Session)
}

/// A refusal and nothing else: no more than a code and the id of the request.
fn assert_refused(answer: &Answer, allowed: &[ErrorCode], of: &str) {
    let error = answer.error();
    assert!(allowed.contains(&error.code), "{of}: {:?}", error.code);
    assert_eq!(answer.status, error.code.status(), "{of}");
    let fields: serde_json::Value = answer.json();
    let names: BTreeSet<&str> = fields.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["code", "request_id"]), "{of}");
}

// Adversary: whoever has no session, or has begun a sign-in without ending it, and knows account, method and device.
// Invariant: no ciphertext, sealed key, anchor, log or event leaves the relay before the whole sign-in has passed.
// Regression caught: a route that is added without its `Signed` extractor, or marked as open to anyone.
#[tokio::test]
async fn nothing_is_served_before_sign_in_is_complete() {
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let batch = person.next_batch(&[b"sealed"]);
    person.push(&world, vec![batch]).await.assert_ok();

    let open: Vec<_> = rows().into_iter().filter(|row| row.access == Access::Anyone).map(|row| row.path).collect();
    assert_eq!(open, ["/healthz", "/readyz", "/v1/about"]);
    let signing_in: Vec<_> =
        rows().into_iter().filter(|row| row.access == Access::SigningIn).map(|row| row.path).collect();
    let steps = [
        "/v1/sign-up/start",
        "/v1/sign-up/finish",
        "/v1/sign-in/start",
        "/v1/sign-in/prove",
        "/v1/sign-in/finish",
        "/v1/hand-over/offer",
        "/v1/hand-over/collect",
        "/v1/hand-over/finish",
    ];
    assert_eq!(signing_in, steps);
    for path in open {
        let answer = world.send(Request::new("GET", path, "")).await;
        assert!(!answer.assert_ok().body.windows(16).any(|part| part == person.account.0), "{path}");
        assert!(!String::from_utf8_lossy(&answer.body).contains(&person.account.to_base64url()), "{path}");
    }

    let begun = world.post_json("/v1/sign-in/start", &json!({ "with": "passkey" })).await;
    let begun: SignInStartResponse = begun.assert_ok().json();
    let invented = Signing { token: BASE64URL_NOPAD.encode(&random::<32>()), ..person.signing.clone() };
    let nonce = Signing { token: BASE64URL_NOPAD.encode(&begun.nonce.0), ..person.signing.clone() };
    let now = world.relay.clock.now_s();
    let ended = rows().into_iter().filter(|row| row.access == Access::Ended);
    for row in with_session().chain(ended) {
        let path = address(row, &person);
        let bare = Request::new(row.method, &path, "");
        for (of, request) in [
            ("no session", bare.clone()),
            ("an empty session", bare.clone().set(SESSION_HEADER, "")),
            ("an invented session", invented.request(&person.device, now, &bare)),
            ("the nonce of a begun sign-in", nonce.request(&person.device, now, &bare)),
        ] {
            let answer = world.send(request).await;
            assert_refused(&answer, &[ErrorCode::UnknownSession], &format!("{} {path}: {of}", row.method));
        }
    }

    let address = format!("ws://{}/v1/events", world.address);
    for first in [BASE64URL_NOPAD.encode(&random::<32>()), person.signing.token.clone()] {
        let (mut socket, _) = tokio_tungstenite::connect_async(&address).await.unwrap();
        socket.send(Message::text(first)).await.unwrap();
        assert!(!matches!(socket.next().await, Some(Ok(Message::Text(_)))));
    }
}

// Adversary: a thief of a bearer token who has also captured signed requests, but not the device key.
// Invariant: each request is signed by the session's device key over method, path, query, body and token, once.
// Regression caught: a signature that is not checked, covers less, or may be used again or with another key.
#[tokio::test]
async fn a_token_without_the_device_key_is_useless() {
    let world = World::start().await;
    let person = Person::signed_up(&world).await;
    let thief = Keys::generate();
    let now = world.relay.clock.now_s();
    let other = Person::signed_up(&world).await;
    for row in with_session() {
        let path = address(row, &person);
        let bare = Request::new(row.method, &path, "");
        let captured = person.signed(&world, row.method, &path, "");
        let of_thief = person.signing.request(&thief, now, &bare);
        let claimed = of_thief.clone().set(SIGNATURE_INPUT_HEADER, header(&captured, SIGNATURE_INPUT_HEADER));
        let longer = captured.clone();
        let separator = if path.contains('?') { '&' } else { '?' };
        let cases = [
            ("the token alone", bare.clone().set(SESSION_HEADER, person.signing.token.clone())),
            ("signed by another key", of_thief),
            ("signed by another key in the device's name", claimed),
            ("without its signature", captured.clone().without(SIGNATURE_HEADER)),
            ("without its digest", captured.clone().without(DIGEST_HEADER)),
            ("another query", Request { path: format!("{path}{separator}after=1"), ..longer }),
            ("another body", Request { body: b"{}".to_vec(), ..captured.clone() }),
            (
                "another body and digest",
                Request { body: b"{}".to_vec(), ..captured.clone() }.set(DIGEST_HEADER, content_digest(b"{}")),
            ),
            ("the token of somebody else", captured.clone().set(SESSION_HEADER, other.signing.token.clone())),
        ];
        for (of, request) in cases {
            let answer = world.send(request).await;
            let allowed = [ErrorCode::BadSignature, ErrorCode::TooLarge];
            assert_refused(&answer, &allowed, &format!("{} {path}: {of}", row.method));
        }
    }

    let captured = person.signed(&world, "GET", "/v1/log", "");
    let moved = Request { path: "/v1/batches".to_owned(), ..captured.clone() };
    assert_refused(&world.send(moved).await, &[ErrorCode::BadSignature], "another path");
    let mut foreign = person.signing.clone();
    foreign.authority = "elsewhere.example".to_owned();
    let foreign = foreign.request(&person.device, now, &Request::new("GET", "/v1/log", ""));
    assert_refused(&world.send(foreign).await, &[ErrorCode::BadSignature], "made for another origin");
    world.send(captured.clone()).await.assert_ok();
    assert_refused(&world.send(captured.clone()).await, &[ErrorCode::ReplayedRequest], "sent again");
    world.relay.clock.advance(61);
    assert_eq!(world.send(captured).await.error().code, ErrorCode::ExpiredRequest);
}

pub(crate) fn header(request: &Request, name: &str) -> String {
    request.headers.iter().find(|(known, _)| known == name).unwrap().1.clone()
}

// Adversary: a relay-in-the-middle or thief who sees a whole sign-in and wants a session for a device of their own.
// Invariant: a session belongs to the device key that signed the statement with the method key, for this nonce only.
// Regression caught: a device signature that is not checked, a statement not tied to the assertion, a nonce used twice.
#[tokio::test]
async fn a_sign_in_is_bound_to_its_device_key() {
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let thief = Keys::generate();
    let refused = [ErrorCode::SignInRefused];

    let phone = Keys::generate();
    let captured = person.passkey_sign_in(&world, &phone).await;
    let statement = shared_types::statement::SignInStatement::parse(&captured.statement.0).unwrap();
    let swapped = person.statement(statement.nonce, &person.passkey_part(), &thief, statement.transcript_hash);
    let mut bent = sign_in_request(&swapped, &thief, &thief, captured.assertion.clone());
    bent.method_signature = captured.method_signature;
    assert_refused(&world.post_json("/v1/sign-in/finish", &bent).await, &refused, "the device swapped");
    let late = world.post_json("/v1/sign-in/finish", &captured).await;
    assert_refused(&late, &refused, "the nonce was used up by the attempt");

    let mut captured = person.passkey_sign_in(&world, &phone).await;
    captured.device_signature = thief.sign(&captured.statement.0);
    let answer = world.post_json("/v1/sign-in/finish", &captured).await;
    assert_refused(&answer, &refused, "the device's signature by another key");

    let mut captured = person.passkey_sign_in(&world, &phone).await;
    captured.method_signature = thief.sign(&captured.statement.0);
    let answer = world.post_json("/v1/sign-in/finish", &captured).await;
    assert_refused(&answer, &refused, "the method's signature by another key");

    let first = person.passkey_sign_in(&world, &phone).await;
    let mut second = person.passkey_sign_in(&world, &phone).await;
    second.assertion = first.assertion;
    let answer = world.post_json("/v1/sign-in/finish", &second).await;
    assert_refused(&answer, &refused, "the assertion of another sign-in");

    let captured = person.passkey_sign_in(&world, &phone).await;
    let statement = shared_types::statement::SignInStatement::parse(&captured.statement.0).unwrap();
    let elsewhere = shared_types::statement::SignInStatement { rp_id_hash: Hash::of(&[b"evil.example"]), ..statement };
    let bent = sign_in_request(&elsewhere, &person.passkey, &phone, captured.assertion);
    assert_refused(&world.post_json("/v1/sign-in/finish", &bent).await, &refused, "made for another relay");

    let captured = person.passkey_sign_in(&world, &phone).await;
    let statement = shared_types::statement::SignInStatement::parse(&captured.statement.0).unwrap();
    let other = shared_types::statement::SignInStatement { transcript_hash: Hash::of(&[b"other"]), ..statement };
    let bent = sign_in_request(&other, &person.passkey, &phone, captured.assertion);
    assert_refused(&world.post_json("/v1/sign-in/finish", &bent).await, &refused, "about another assertion");

    let mut by_words = person.words_sign_in(&world, &phone).await;
    by_words.assertion = Some(json!({}));
    assert_refused(&world.post_json("/v1/sign-in/finish", &by_words).await, &refused, "words with an assertion");

    let right = person.passkey_sign_in(&world, &phone).await;
    let grant: SessionGrant = world.post_json("/v1/sign-in/finish", &right).await.assert_ok().json();
    let signing = person.signing_of(&grant);
    let now = world.relay.clock.now_s();
    let by_thief = signing.request(&thief, now, &Request::new("GET", "/v1/log", ""));
    assert_refused(&world.send(by_thief).await, &[ErrorCode::BadSignature], "the session with another key");
    let by_laptop = signing.request(&person.device, now, &Request::new("GET", "/v1/log", ""));
    assert_refused(&world.send(by_laptop).await, &[ErrorCode::BadSignature], "the session with another own device");
    world.send(signing.request(&phone, now, &Request::new("GET", "/v1/log", ""))).await.assert_ok();
}

// Adversary: whoever stands between and chooses the `Host` header that reaches the relay, to use a request that a
// device signed for another relay, or one that it was led to sign for an address.
// Invariant: the signature base is built from a configured origin; the header has no part in it.
// Regression caught: an authority that is taken from the request, so that it vouches for itself.
#[tokio::test]
async fn a_signature_is_for_a_configured_origin_whatever_the_host_header_says() {
    let world = World::start().await;
    let person = Person::signed_up(&world).await;
    let now = world.relay.clock.now_s();
    let configured = world.relay.site.first_origin().authority().to_owned();
    let reached = world.address.to_string();
    assert_ne!(configured, reached, "the relay is reached at an address that is none of its origins");
    for host in [configured.as_str(), reached.as_str(), "elsewhere.example"] {
        for authority in [configured.as_str(), reached.as_str(), "elsewhere.example"] {
            let signing = Signing { authority: authority.to_owned(), ..person.signing.clone() };
            let request = signing.request(&person.device, now, &Request::new("GET", "/v1/log", ""));
            let answer = world.send(request.set("host", host)).await;
            let of = format!("signed for {authority}, sent to {host}");
            if authority == configured {
                assert_eq!(answer.status, 200, "{of}");
            } else {
                assert_refused(&answer, &[ErrorCode::BadSignature], &of);
            }
        }
    }
}
