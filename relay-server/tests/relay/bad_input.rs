//! Every way to ask wrongly: its own code, its status, one line in the log, and nothing of what was sent in it.

use relay_server::config::ScriptedProvider;
use serde_json::json;
use shared_types::account::{AnchorPut, LogAppendRequest};
use shared_types::error::ErrorCode;
use shared_types::ids::{Hash, TurnId, WireBytes};
use shared_types::limits::{MAX_CONTROL_BYTES, MAX_PROMPT_BYTES, MAX_PUSH_BYTES};
use shared_types::log::{DeviceStatus, EntryBody};
use shared_types::request::{PROTOCOL_HEADER, SIGNATURE_HEADER};

use crate::attacks::{address, header, with_session};
use crate::harness::{Answer, Keys, Person, Request, World, log_lines_of};

/// Stands in every body; must never stand in a log.
pub(crate) const CANARY: &str = "canary-c7f2e1";

/// A refusal with its code, its status and one line of the log.
pub(crate) fn check(answer: &Answer, code: ErrorCode, of: &str) {
    let error = answer.error();
    assert_eq!((error.code, answer.status), (code, code.status()), "{of}");
    assert_eq!(answer.headers["x-request-id"], error.request_id.as_str(), "{of}");
    let lines = log_lines_of(&error.request_id);
    assert_eq!(lines.len(), 1, "{of}: {lines:?}");
    assert!(lines[0].contains(code.word()) && !lines[0].contains(CANARY), "{of}: {}", lines[0]);
}

fn prompt(model: &str, max_tokens: u32) -> Vec<u8> {
    let body = json!({
        "turn_id": TurnId([3; 16]),
        "model": model,
        "messages": [{ "role": "user", "content": CANARY }],
        "sampling": {},
        "max_tokens": max_tokens,
    });
    serde_json::to_vec(&body).unwrap()
}

#[tokio::test]
async fn malformed_bodies_and_queries_are_refused() {
    let world = World::start().await;
    let person = Person::signed_up(&world).await;
    let garbage = format!("{{\"{CANARY}\": 1}}");
    let anchor = format!("/v1/anchors/{}", person.passkey_part().id.to_base64url());
    for (method, path, body) in [
        ("POST", "/v1/log", garbage.as_str()),
        ("POST", "/v1/log", "{\"entries\":[]}"),
        ("PUT", &anchor, &garbage),
        ("PUT", "/v1/anchors/short", "{}"),
        ("GET", "/v1/anchors/short", ""),
        ("GET", "/v1/epochs", ""),
        ("GET", "/v1/epochs?recipient=canary-c7f2e1", ""),
        ("GET", "/v1/batches?after=canary-c7f2e1", ""),
        ("GET", "/v1/batches?limit=0", ""),
        ("GET", "/v1/batches?unknown=1", ""),
        ("POST", "/v1/batches", &garbage),
        ("POST", "/v1/streams", &garbage),
        ("POST", "/v1/prompts", &garbage),
        ("GET", "/v1/prompts/canary-c7f2e1", ""),
        ("GET", "/v1/events", ""),
        ("DELETE", "/v1/devices/canary-c7f2e1/session", ""),
    ] {
        let answer = person.call(&world, method, path, body.as_bytes()).await;
        check(&answer, ErrorCode::Malformed, &format!("{method} {path}"));
    }
    for max_tokens in [0, 1_000_000] {
        let answer = person.call(&world, "POST", "/v1/prompts", prompt("scripted", max_tokens)).await;
        check(&answer, ErrorCode::Malformed, "tokens out of range");
    }
    for path in ["/v1/sign-up/start", "/v1/sign-up/finish", "/v1/sign-in/start", "/v1/sign-in/finish"] {
        let answer = world.send(Request::new("POST", path, garbage.as_bytes())).await;
        check(&answer, ErrorCode::Malformed, path);
    }
}

#[tokio::test]
async fn bodies_over_their_limit_are_refused() {
    let world = World::start().await;
    let person = Person::signed_up(&world).await;
    for (method, path, max_bytes) in [
        ("POST", "/v1/batches", MAX_PUSH_BYTES),
        ("POST", "/v1/prompts", MAX_PROMPT_BYTES),
        ("POST", "/v1/log", MAX_CONTROL_BYTES),
        ("GET", "/v1/log", 0),
    ] {
        let answer = person.call(&world, method, path, vec![b'x'; max_bytes + 1]).await;
        check(&answer, ErrorCode::TooLarge, path);
    }
    let answer = world.send(Request::new("POST", "/v1/sign-up/start", vec![b'x'; MAX_CONTROL_BYTES + 1])).await;
    check(&answer, ErrorCode::TooLarge, "unsigned");
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_refused() {
    let world = World::start().await;
    let answer = world.send(Request::new("GET", "/v1/nothing", "")).await;
    check(&answer, ErrorCode::NotFound, "unknown");
    let answer = world.send(Request::new("DELETE", "/v1/log", "")).await;
    check(&answer, ErrorCode::MethodNotAllowed, "method");
    let answer = world.send(Request::new("POST", "/anything", "")).await;
    check(&answer, ErrorCode::MethodNotAllowed, "method on a page");
}

#[tokio::test]
async fn an_old_app_may_read_but_not_write() {
    let world = World::start().await;
    let person = Person::signed_up(&world).await;
    for (method, path) in [("POST", "/v1/log"), ("POST", "/v1/batches"), ("POST", "/v1/prompts")] {
        for old in ["0", "x"] {
            let request = person.signed(&world, method, path, "").set(PROTOCOL_HEADER, old);
            check(&world.send(request).await, ErrorCode::OldProtocol, path);
        }
        let request = person.signed(&world, method, path, "").without(PROTOCOL_HEADER);
        check(&world.send(request).await, ErrorCode::OldProtocol, path);
    }
    let reading = person.signed(&world, "GET", "/v1/log", "").set(PROTOCOL_HEADER, "0");
    world.send(reading).await.assert_ok();
    let new = Request::new("POST", "/v1/sign-up/start", "{}").without(PROTOCOL_HEADER);
    check(&world.send(new).await, ErrorCode::OldProtocol, "sign-up");
}

#[tokio::test]
async fn late_early_and_repeated_requests_are_refused() {
    let world = World::start().await;
    let person = Person::signed_up(&world).await;
    let now = world.relay.clock.now_s();
    for created in [now - 100, now + 100, 0] {
        let request = person.signing.request(&person.device, created, &Request::new("GET", "/v1/log", ""));
        let answer = world.send(request).await;
        check(&answer, ErrorCode::ExpiredRequest, "created");
        assert!(answer.error().now.unwrap().abs_diff(now) < 30);
    }
    let request = person.signed(&world, "GET", "/v1/log", "");
    world.send(request.clone()).await.assert_ok();
    check(&world.send(request).await, ErrorCode::ReplayedRequest, "again");
    world.relay.clock.advance(31 * 24 * 60 * 60);
    let answer = person.call(&world, "GET", "/v1/log", "").await;
    check(&answer, ErrorCode::UnknownSession, "a month later");
}

#[tokio::test]
async fn a_wrong_signature_is_refused_on_every_route_and_of_everything_signed() {
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let elsewhere = person.signed(&world, "GET", "/v1/elsewhere", "");
    for row in with_session() {
        let path = address(row, &person);
        let signed = person.signed(&world, row.method, &path, "");
        for (of, request) in [
            ("another request's", signed.clone().set(SIGNATURE_HEADER, header(&elsewhere, SIGNATURE_HEADER))),
            ("none", signed.clone().without(SIGNATURE_HEADER)),
            ("no signature at all", signed.set(SIGNATURE_HEADER, CANARY)),
        ] {
            check(&world.send(request).await, ErrorCode::BadSignature, &format!("{} {path}: {of}", row.method));
        }
    }
    let mut parcel = person.batch(0, Hash::ZERO, &[CANARY.as_bytes()]);
    *parcel.batch.last_mut().unwrap() ^= 1;
    check(&person.push(&world, vec![parcel]).await, ErrorCode::BatchRefused, "of a batch");
    let device = person.device.device().id.into();
    let entry = person.entry(world.relay.clock.now_s(), EntryBody::Checkpoint { heads: vec![] }, vec![device]);
    let mut request = person.append_request(&entry, &[]);
    *request.entries[0].0.last_mut().unwrap() ^= 1;
    check(&person.append(&world, &request).await, ErrorCode::LogRefused, "of a log entry");
    let mut sign_in = person.words_sign_in(&world, &Keys::generate()).await;
    sign_in.method_signature.0[0] ^= 1;
    check(&world.post_json("/v1/sign-in/finish", &sign_in).await, ErrorCode::SignInRefused, "of a sign-in");
}

#[tokio::test]
async fn a_wrong_sequence_is_refused_wherever_things_are_numbered() {
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let gap = person.batch(1, Hash([6; 32]), &[CANARY.as_bytes()]);
    check(&person.push(&world, vec![gap]).await, ErrorCode::WrongSequence, "a batch before there is a first");
    let first = person.next_batch(&[b"one"]);
    person.push(&world, vec![first]).await.assert_ok();
    let gap = person.batch(7, *person.chain.last().unwrap(), &[CANARY.as_bytes()]);
    check(&person.push(&world, vec![gap]).await, ErrorCode::WrongSequence, "a gap between batches");
    let behind = person.batch(0, Hash::ZERO, &[CANARY.as_bytes()]);
    check(&person.push(&world, vec![behind]).await, ErrorCode::ConflictingBatch, "a number that is taken");

    let device = person.device.device().id.into();
    let mut entry = person.entry(world.relay.clock.now_s(), EntryBody::Checkpoint { heads: vec![] }, vec![device]);
    entry.seq += 1;
    let request = person.append_request(&entry, &[]);
    check(&person.append(&world, &request).await, ErrorCode::LogConflict, "a gap in the log");
    let method = person.passkey_part().id;
    let anchor = AnchorPut { method, counter: 1, envelope: WireBytes(CANARY.as_bytes().to_vec()) };
    let path = format!("/v1/anchors/{}", method.to_base64url());
    let answer = person.call(&world, "PUT", &path, serde_json::to_vec(&anchor).unwrap()).await;
    check(&answer, ErrorCode::AnchorConflict, "an anchor that does not rise");
}

#[tokio::test]
async fn an_unknown_version_is_refused_wherever_bytes_carry_one() {
    /// Where every signed format has its version, after its four letters.
    const VERSION: usize = 4;
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    for version in [0, 2, 255] {
        let mut parcel = person.batch(0, Hash::ZERO, &[CANARY.as_bytes()]);
        parcel.batch[VERSION] = version;
        check(&person.push(&world, vec![parcel]).await, ErrorCode::UnknownVersion, "a batch");
        let device = person.device.device().id.into();
        let entry = person.entry(world.relay.clock.now_s(), EntryBody::Checkpoint { heads: vec![] }, vec![device]);
        let mut request = person.append_request(&entry, &[]);
        request.entries[0].0[VERSION] = version;
        check(&person.append(&world, &request).await, ErrorCode::UnknownVersion, "a log entry");
        let (_, mut sign_up) = Person::ready_to_sign_up(&world).await;
        sign_up.genesis.0[VERSION] = version;
        check(&world.post_json("/v1/sign-up/finish", &sign_up).await, ErrorCode::UnknownVersion, "a genesis");
        let mut sign_in = person.words_sign_in(&world, &Keys::generate()).await;
        sign_in.statement.0[VERSION] = version;
        check(&world.post_json("/v1/sign-in/finish", &sign_in).await, ErrorCode::UnknownVersion, "a statement");
    }
}

#[tokio::test]
async fn bent_batches_are_refused_and_nothing_of_them_is_stored() {
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let first = person.next_batch(&[b"one"]);
    person.push(&world, vec![first.clone()]).await.assert_ok();
    let previous = *person.chain.last().unwrap();

    let good = person.batch(1, previous, &[b"two"]);
    let mut unsigned = good.clone();
    *unsigned.batch.last_mut().unwrap() ^= 1;
    let mut version = good.clone();
    version.batch[4] = 2;
    let mut other_envelope = good.clone();
    other_envelope.envelopes[0].1.push(0);
    let mut no_envelope = good.clone();
    no_envelope.envelopes.clear();
    let mut off_log = shared_types::batch::SignedBatch::parse(&good.batch).unwrap().batch;
    off_log.log.hash = Hash([5; 32]);
    let mut ahead = off_log.clone();
    ahead.log.seq = 99;
    let mut foreign = shared_types::batch::SignedBatch::parse(&good.batch).unwrap().batch;
    foreign.device_id = Keys::generate().device().id;

    for (of, parcel, code) in [
        ("bad signature", unsigned, ErrorCode::BatchRefused),
        ("unknown version", version, ErrorCode::UnknownVersion),
        ("an envelope that is not its leaf's", other_envelope, ErrorCode::BatchRefused),
        ("an envelope missing", no_envelope, ErrorCode::BatchRefused),
        ("off the log", person.parcel(&off_log, &[b"two"]), ErrorCode::BatchRefused),
        ("ahead of the log", person.parcel(&ahead, &[b"two"]), ErrorCode::BatchRefused),
        ("another device's", person.parcel(&foreign, &[b"two"]), ErrorCode::NotAllowed),
        ("a gap", person.batch(2, previous, &[b"two"]), ErrorCode::WrongSequence),
        ("another batch before", person.batch(1, Hash([6; 32]), &[b"two"]), ErrorCode::ConflictingBatch),
        ("another batch in place", person.batch(0, Hash::ZERO, &[b"else"]), ErrorCode::ConflictingBatch),
    ] {
        let answer = person.push(&world, vec![good.clone(), parcel.clone()]).await;
        let (alone, with_good) = (person.push(&world, vec![parcel]).await, answer.error().code);
        check(&alone, code, of);
        assert_ne!(answer.status, 200, "{of}: {with_good:?}");
        let page = person.call(&world, "GET", "/v1/batches?after=1", "").await;
        let page = shared_types::sync::PageBody::parse(&page.assert_ok().body).unwrap();
        assert_eq!(page.parcels, vec![], "{of}: all or nothing");
    }
    person.push(&world, vec![first, good]).await.assert_ok();
}

#[tokio::test]
async fn bent_log_entries_are_refused() {
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let now = world.relay.clock.now_s();
    let device: shared_types::ids::PartyId = person.device.device().id.into();
    let checkpoint = || EntryBody::Checkpoint { heads: vec![] };
    let good = person.entry(now, checkpoint(), vec![device]);
    let bytes = person.sign_entry(&good, &[]);
    let request = |bytes: Vec<u8>| LogAppendRequest { entries: vec![WireBytes(bytes)], ..LogAppendRequest::default() };

    let mut unsigned = bytes.clone();
    *unsigned.last_mut().unwrap() ^= 1;
    let mut version = bytes.clone();
    version[4] = 2;
    let mut late = good.clone();
    late.time_s = now + 3 * 24 * 60 * 60;
    let mut later = good.clone();
    later.seq = 7;
    let mut off = good.clone();
    off.previous = Hash([9; 32]);
    let mut with_link = request(bytes.clone());
    let envelope = WireBytes(vec![1]);
    with_link.back_link = Some(shared_types::account::BackLink { sealing_epoch: 2, sealed_epoch: 1, envelope });
    let phone = Keys::generate();
    let add = EntryBody::DeviceAdd { device: phone.device(), status: DeviceStatus::Confirmed };
    let passkey = person.passkey_part().id.into();
    let wrong_signers = person.entry(now, add, vec![phone.device().id.into(), passkey]);
    for (of, request, code) in [
        ("bad signature", request(unsigned), ErrorCode::LogRefused),
        ("unknown version", request(version), ErrorCode::UnknownVersion),
        ("a time three days off", request(person.sign_entry(&late, &[])), ErrorCode::LogRefused),
        ("a later place", request(person.sign_entry(&later, &[])), ErrorCode::LogConflict),
        ("another entry before", request(person.sign_entry(&off, &[])), ErrorCode::LogConflict),
        ("a back link without an epoch", with_link, ErrorCode::LogRefused),
        ("the wrong signers", person.append_request(&wrong_signers, &[&phone]), ErrorCode::LogRefused),
    ] {
        let answer = person.append(&world, &request).await;
        check(&answer, code, of);
    }
    let (advance, rotation) = person.rotation(&person.log[0].clone(), now, person.recipients());
    let mut swapped = rotation.clone();
    swapped.copies[0].sealed = WireBytes(vec![7; 80]);
    let answer = person.append(&world, &swapped).await;
    check(&answer, ErrorCode::LogRefused, "a sealed copy that the epoch does not list");
    let mut linkless = rotation.clone();
    linkless.back_link = None;
    let answer = person.append(&world, &linkless).await;
    check(&answer, ErrorCode::LogRefused, "an epoch without its back link");
    person.append(&world, &rotation).await.assert_ok();
    person.log.push(advance);
    let answer = person.append(&world, &request(bytes)).await;
    check(&answer, ErrorCode::LogConflict, "the place is taken");
}

#[tokio::test]
async fn bent_sign_ups_are_refused_and_make_no_account() {
    let world = World::start().await;
    let finish = "/v1/sign-up/finish";
    let (person, good) = Person::ready_to_sign_up(&world).await;
    let mut nonce = good.clone();
    nonce.nonce.0[0] ^= 1;
    check(&world.post_json(finish, &nonce).await, ErrorCode::SignInRefused, "an unknown nonce");
    world.post_json(finish, &good).await.assert_ok();
    let again = json!({ "account_id": person.account });
    check(&world.post_json("/v1/sign-up/start", &again).await, ErrorCode::AccountExists, "a known account");

    for (of, code) in [
        ("founder", ErrorCode::SignInRefused),
        ("copy", ErrorCode::LogRefused),
        ("genesis", ErrorCode::LogRefused),
        ("passkey", ErrorCode::SignInRefused),
        ("registration", ErrorCode::Malformed),
        ("anchor", ErrorCode::Malformed),
        ("version", ErrorCode::UnknownVersion),
    ] {
        let (person, mut bent) = Person::ready_to_sign_up(&world).await;
        let (_, foreign) = Person::ready_to_sign_up(&world).await;
        match of {
            "founder" => bent.founder_signature = foreign.founder_signature,
            "copy" => bent.copies[0].sealed = foreign.copies[0].sealed.clone(),
            "genesis" => *bent.genesis.0.last_mut().unwrap() ^= 1,
            "passkey" => bent.registration = foreign.registration,
            "registration" => bent.registration = json!({ "id": CANARY }),
            "anchor" => bent.anchors.push(AnchorPut { counter: 9, ..bent.anchors[0].clone() }),
            _ => bent.genesis.0[4] = 9,
        }
        check(&world.post_json(finish, &bent).await, code, of);
        let start = json!({ "account_id": person.account });
        world.post_json("/v1/sign-up/start", &start).await.assert_ok();
    }
}

#[tokio::test]
async fn sign_up_follows_its_mode() {
    use relay_server::config::Secret;
    use shared_types::account::SignUpMode;
    let start = |invitation: Option<&str>| json!({ "account_id": TurnId([1; 16]), "invitation": invitation });
    let closed = World::start_with(|config| config.sign_up = Some(SignUpMode::Closed)).await;
    check(&closed.post_json("/v1/sign-up/start", &start(None)).await, ErrorCode::SignUpClosed, "closed");
    let invited = World::start_with(|config| {
        config.sign_up = Some(SignUpMode::Invitation);
        config.invitations = vec![Secret::new("open sesame")];
    })
    .await;
    for wrong in [None, Some(CANARY), Some("")] {
        check(&invited.post_json("/v1/sign-up/start", &start(wrong)).await, ErrorCode::SignUpClosed, "not invited");
    }
    invited.post_json("/v1/sign-up/start", &start(Some("open sesame"))).await.assert_ok();
}

#[tokio::test]
async fn limits_answer_with_when_to_come_back() {
    let world = World::start_with(|config| {
        config.limits.sign_ins_per_hour = 4;
        config.limits.requests_per_minute = 2;
        config.limits.account_bytes = 2000;
    })
    .await;
    let hour = 60 * 60;
    world.relay.clock.advance(hour - world.relay.clock.now_s() % hour);
    let mut person = Person::signed_up(&world).await;
    let large = person.next_batch(&[&[7; 3000]]);
    check(&person.push(&world, vec![large]).await, ErrorCode::QuotaExceeded, "quota");
    person.call(&world, "GET", "/v1/log", "").await.assert_ok();
    let answer = person.call(&world, "GET", "/v1/log", "").await;
    check(&answer, ErrorCode::RateLimited, "per account");
    assert!(answer.error().retry_after_s.unwrap() <= 60 && answer.headers.contains_key("retry-after"));
    for _ in 0..3 {
        world.post_json("/v1/sign-in/start", &json!({ "with": "passkey" })).await.assert_ok();
    }
    let answer = world.post_json("/v1/sign-in/start", &json!({ "with": "passkey" })).await;
    check(&answer, ErrorCode::RateLimited, "per address");
}

#[tokio::test]
async fn prompts_need_a_provider_and_a_new_turn() {
    let world = World::start().await;
    let person = Person::signed_up(&world).await;
    let answer = person.call(&world, "POST", "/v1/prompts", prompt("nobody", 10)).await;
    check(&answer, ErrorCode::UnknownModel, "a model that nobody offers");
    let without = World::start_with(|config| config.scripted = ScriptedProvider::Off).await;
    let nobody = Person::signed_up(&without).await;
    let answer = nobody.call(&without, "POST", "/v1/prompts", prompt("scripted", 10)).await;
    check(&answer, ErrorCode::NoProvider, "no provider");
    person.call(&world, "POST", "/v1/prompts", prompt("scripted", 10)).await.assert_ok();
    let answer = person.call(&world, "POST", "/v1/prompts", prompt("scripted", 10)).await;
    check(&answer, ErrorCode::TurnExists, "asked already");
    let unknown = format!("/v1/prompts/{}", TurnId([9; 16]).to_base64url());
    check(&person.call(&world, "DELETE", &unknown, "").await, ErrorCode::NotFound, "unknown turn");
}

#[tokio::test]
async fn a_database_that_fails_is_an_internal_error_without_details() {
    let world = World::start().await;
    let person = Person::signed_up(&world).await;
    world.break_database().await;
    let answer = person.call(&world, "GET", "/v1/log", "").await;
    check(&answer, ErrorCode::Internal, "broken database");
    let ready = world.send(Request::new("GET", "/healthz", "")).await;
    assert_eq!(ready.status, 204);
}
