//! What a device does with a relay, from sign-up to sign-out.

use serde_json::json;
use shared_types::account::{
    AboutResponse, AnchorPut, AnchorResponse, EpochsResponse, LogAppendRequest, LogResponse, SessionGrant,
};
use shared_types::error::ErrorCode;
use shared_types::ids::{StreamTag, WireBytes};
use shared_types::log::{DeviceStatus, EntryBody, LogState, RevokeReason};
use shared_types::prompt::{AnswerEnd, PromptFrame};
use shared_types::seen::{SeenCounts, SeenResponse};
use shared_types::sync::{Cursor, PageBody, PushResponse, RelayEvent, StreamsBody};

use crate::harness::{Keys, Person, Request, Signing, Socket, World};

fn prompt(turn: u8, question: &str) -> Vec<u8> {
    let body = json!({
        "turn_id": shared_types::ids::TurnId([turn; 16]),
        "model": "scripted",
        "messages": [{ "role": "system", "content": "Be kind." }, { "role": "user", "content": question }],
        "sampling": {},
        "max_tokens": 100,
    });
    serde_json::to_vec(&body).unwrap()
}

fn frames(body: &str) -> Vec<PromptFrame> {
    let lines = body.split("\n\n").filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_str(line.strip_prefix("data: ").unwrap()).unwrap()).collect()
}

fn text(frames: &[PromptFrame]) -> String {
    frames.iter().map(|frame| frame.text.as_str()).collect()
}

#[tokio::test]
async fn what_one_device_pushed_another_pulls_after_signing_in_with_the_passkey() {
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let parcels = vec![person.next_batch(&[b"sealed one", b"sealed two"]), person.next_batch(&[])];
    let pushed: PushResponse = person.push(&world, parcels.clone()).await.assert_ok().json();
    assert_eq!(pushed.cursor, Cursor(2));
    let again: PushResponse = person.push(&world, parcels.clone()).await.assert_ok().json();
    assert_eq!(again, pushed, "the same batches again change nothing");

    let phone = Keys::generate();
    let request = person.passkey_sign_in(&world, &phone).await;
    let grant: SessionGrant = world.post_json("/v1/sign-in/finish", &request).await.assert_ok().json();
    let signing = person.signing_of(&grant);
    let now = world.relay.clock.now_s();
    let get = |path: &str| signing.request(&phone, now, &Request::new("GET", path, ""));

    let log: LogResponse = world.send(get("/v1/log")).await.assert_ok().json();
    let log = LogState::verify(person.account, log.entries.iter().map(|entry| entry.0.as_slice())).unwrap();
    assert_eq!(log.head(), person.head());
    let passkey = person.passkey_part().id;
    let recipient = shared_types::ids::PartyId::from(passkey).to_base64url();
    let epochs: EpochsResponse = world.send(get(&format!("/v1/epochs?recipient={recipient}"))).await.assert_ok().json();
    assert_eq!((epochs.copies.len(), epochs.back_links.len()), (1, 0));
    let anchor = format!("/v1/anchors/{}", passkey.to_base64url());
    let anchor: AnchorResponse = world.send(get(&anchor)).await.assert_ok().json();
    assert_eq!(anchor.anchor.unwrap().counter, 1);
    let page = PageBody::parse(&world.send(get("/v1/batches?after=0")).await.assert_ok().body).unwrap();
    assert_eq!(page, PageBody { next: Cursor(2), more: false, parcels: parcels.clone() });

    let streams = StreamsBody { after: Cursor(0), tags: vec![StreamTag([1; 16])] }.to_bytes();
    let streams = signing.request(&phone, now, &Request::new("POST", "/v1/streams", streams));
    let page = PageBody::parse(&world.send(streams).await.assert_ok().body).unwrap();
    assert_eq!(page.parcels, parcels[..1]);
}

#[tokio::test]
async fn an_account_looks_up_what_was_counted_of_its_day_and_of_no_other_account() {
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let day = world.relay.clock.now_s() / 86_400;
    let seen = async |person: &Person| -> SeenResponse {
        person.call(&world, "GET", &format!("/v1/seen?day={day}"), "").await.assert_ok().json()
    };
    let parcels = vec![person.next_batch(&[b"sealed one", b"sealed two"]), person.next_batch(&[])];
    for _ in 0..2 {
        person.push(&world, parcels.clone()).await.assert_ok();
    }
    let answer = person.call(&world, "POST", "/v1/prompts", prompt(1, "hello")).await.assert_ok().text();
    let request = person.words_sign_in(&world, &Keys::generate()).await;
    world.post_json("/v1/sign-in/finish", &request).await.assert_ok();

    let counts = seen(&person).await.counts;
    assert_eq!((counts.n_saves(), counts.records), (2, 2), "the same again is no other save");
    let n_bytes: usize = parcels.iter().map(|parcel| parcel.batch.len()).sum::<usize>() + 20;
    assert_eq!((counts.bytes, counts.sizes[0]), (u64::try_from(n_bytes).unwrap(), 2));
    assert_eq!((counts.sign_ins, counts.prompts), (1, 1));
    let end = frames(&answer).pop().unwrap().end;
    let Some(AnswerEnd::Done { usage: Some(usage) }) = end else { panic!("{end:?}") };
    let tokens = (u64::from(usage.input_tokens), u64::from(usage.output_tokens));
    assert_eq!((counts.input_tokens, counts.output_tokens), tokens);
    assert_eq!(seen(&person).await.cursor, Cursor(2));

    let other = Person::signed_up(&world).await;
    assert_eq!(seen(&other).await.counts, SeenCounts::default());
    for query in ["", "?day=", "?day=-1", "?day=today", "?day=1&account=2"] {
        let refused = person.call(&world, "GET", &format!("/v1/seen{query}"), "").await;
        assert_eq!(refused.error().code, ErrorCode::Malformed, "{query}");
    }
}

#[tokio::test]
async fn a_sign_up_whose_answer_was_lost_is_finished_again_by_the_same_device_and_nobody_else() {
    let world = World::start().await;
    let finish = "/v1/sign-up/finish";
    let (person, request) = Person::ready_to_sign_up(&world).await;
    let lost: SessionGrant = world.post_json(finish, &request).await.assert_ok().json();
    let grant: SessionGrant = world.post_json(finish, &request).await.assert_ok().json();
    assert_ne!(grant.token, lost.token);
    let now = world.relay.clock.now_s();
    let log = |grant: &SessionGrant| {
        person.signing_of(grant).request(&person.device, now, &Request::new("GET", "/v1/log", Vec::new()))
    };
    assert_eq!(world.send(log(&lost)).await.error().code, ErrorCode::UnknownSession, "one session a device");
    let served: LogResponse = world.send(log(&grant)).await.assert_ok().json();
    assert_eq!(served.entries, std::slice::from_ref(&request.genesis));

    let (_, foreign) = Person::ready_to_sign_up(&world).await;
    let mut bent = request.clone();
    bent.genesis = foreign.genesis.clone();
    world.post_json(finish, &bent).await.error();
    let mut bent = request.clone();
    bent.founder_signature = foreign.founder_signature;
    assert_eq!(world.post_json(finish, &bent).await.error().code, ErrorCode::SignInRefused);
    world.post_json(finish, &request).await.assert_ok();

    world.relay.clock.advance(shared_types::limits::CEREMONY_LIFE_S + 1);
    assert_eq!(world.post_json(finish, &request).await.error().code, ErrorCode::AccountExists);
}

#[tokio::test]
async fn a_new_device_writes_nothing_until_the_log_lets_it_in() {
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let phone = Keys::generate();
    let request = person.words_sign_in(&world, &phone).await;
    let grant: SessionGrant = world.post_json("/v1/sign-in/finish", &request).await.assert_ok().json();
    let signing = person.signing_of(&grant);
    let now = world.relay.clock.now_s();

    let ask = signing.request(&phone, now, &Request::new("POST", "/v1/prompts", prompt(1, "hello")));
    assert_eq!(world.send(ask).await.error().code, ErrorCode::NotAllowed);

    let body = EntryBody::DeviceAdd { device: phone.device(), status: DeviceStatus::Confirmed };
    let entry = person.entry(now, body, vec![phone.device().id.into(), person.words_part().id.into()]);
    let append = serde_json::to_vec(&person.append_request(&entry, &[&phone])).unwrap();
    let append = signing.request(&phone, now, &Request::new("POST", "/v1/log", append));
    world.send(append.clone()).await.assert_ok();
    person.log.push(entry);

    let ask = signing.request(&phone, now, &Request::new("POST", "/v1/prompts", prompt(1, "hello")));
    world.send(ask).await.assert_ok();
}

/// A phone that has joined, and signs its requests.
pub(crate) async fn joined(world: &World, person: &mut Person) -> (Keys, Signing) {
    let phone = Keys::generate();
    let request = person.passkey_sign_in(world, &phone).await;
    let grant: SessionGrant = world.post_json("/v1/sign-in/finish", &request).await.assert_ok().json();
    let now = world.relay.clock.now_s();
    let body = EntryBody::DeviceAdd { device: phone.device(), status: DeviceStatus::Unconfirmed };
    let add = person.entry(now, body, vec![phone.device().id.into(), person.passkey_part().id.into()]);
    let request = person.append_request(&add, &[&phone]);
    person.append(world, &request).await.assert_ok();
    person.append(world, &request).await.assert_ok();
    person.log.push(add);
    let signing = person.signing_of(&grant);
    (phone, signing)
}

/// The phone is taken off, with the rotation that belongs to it.
async fn take_off(world: &World, person: &mut Person, phone: &Keys) {
    let now = world.relay.clock.now_s();
    let body = EntryBody::DeviceRevoke { device: phone.device().id, reason: RevokeReason::Lost, cut: None };
    let signers = vec![person.device.device().id.into(), person.words_part().id.into()];
    let revoke = person.entry(now, body, signers);
    let alone = person.append_request(&revoke, &[]);
    assert_eq!(person.append(world, &alone).await.error().code, ErrorCode::LogRefused, "a rotation must follow");
    let (advance, rotation) = person.rotation(&revoke, now, person.recipients());
    let request = LogAppendRequest { entries: [alone.entries, rotation.entries.clone()].concat(), ..rotation };
    person.append(world, &request).await.assert_ok();
    person.log.extend([revoke, advance]);
}

/// A device that was in this account and is not any more.
pub(crate) async fn taken_off(world: &World, person: &mut Person) -> Keys {
    let (phone, _) = joined(world, person).await;
    take_off(world, person, &phone).await;
    phone
}

#[tokio::test]
async fn a_revoked_device_sees_its_end_and_nothing_that_came_after() {
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let (phone, signing) = joined(&world, &mut person).await;
    let now = world.relay.clock.now_s();
    let path = format!("/v1/accounts/{}/end", person.account.to_base64url());
    let ask = |keys: &Keys| signing.request(keys, now, &Request::new("GET", &path, ""));
    assert_eq!(world.send(ask(&phone)).await.error().code, ErrorCode::UnknownSession, "it is still in");
    take_off(&world, &mut person, &phone).await;
    let n_entries = person.log.len();
    let (tablet, _) = joined(&world, &mut person).await;
    let shown: LogResponse = world.send(ask(&phone)).await.assert_ok().json();
    assert_eq!(shown.entries.len(), n_entries, "not what came after");
    let entries = shown.entries.iter().map(|entry| entry.0.as_slice());
    let log = shared_types::log::LogState::verify(person.account, entries).unwrap();
    assert!(log.device(&phone.device().id).unwrap().revoked.is_some());
    for other in [&tablet, &person.device, &Keys::generate()] {
        assert_eq!(world.send(ask(other)).await.error().code, ErrorCode::UnknownSession);
    }
    let elsewhere = path.replace(&person.account.to_base64url(), &shared_types::ids::AccountId([9; 16]).to_base64url());
    let request = signing.request(&phone, now, &Request::new("GET", &elsewhere, ""));
    assert_eq!(world.send(request).await.error().code, ErrorCode::UnknownSession, "no such account");
}

#[tokio::test]
async fn a_revoked_device_loses_its_session_with_the_rotation() {
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let (phone, signing) = joined(&world, &mut person).await;
    let now = world.relay.clock.now_s();
    let read = signing.request(&phone, now, &Request::new("GET", "/v1/log", ""));
    world.send(read).await.assert_ok();
    let ask = |turn| signing.request(&phone, now, &Request::new("POST", "/v1/prompts", prompt(turn, "hello")));
    world.send(ask(1)).await.assert_ok();
    take_off(&world, &mut person, &phone).await;

    let read = signing.request(&phone, now, &Request::new("GET", "/v1/log", ""));
    assert_eq!(world.send(read).await.error().code, ErrorCode::UnknownSession);
    assert_eq!(world.send(ask(2)).await.error().code, ErrorCode::UnknownSession);
    let back = person.passkey_sign_in(&world, &phone).await;
    assert_eq!(world.post_json("/v1/sign-in/finish", &back).await.error().code, ErrorCode::SignInRefused);
    let own = shared_types::ids::PartyId::from(person.device.device().id).to_base64url();
    let epochs = person.call(&world, "GET", &format!("/v1/epochs?recipient={own}"), "").await;
    let epochs: EpochsResponse = epochs.assert_ok().json();
    assert_eq!(epochs.copies.iter().map(|copy| copy.epoch).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(epochs.back_links.len(), 1);
    let batch = person.next_batch(&[b"after the rotation"]);
    person.push(&world, vec![batch]).await.assert_ok();
}

#[tokio::test]
async fn an_anchor_rises() {
    let world = World::start().await;
    let person = Person::signed_up(&world).await;
    let method = person.passkey_part().id;
    let path = format!("/v1/anchors/{}", method.to_base64url());
    let anchor = |counter| AnchorPut { method, counter, envelope: WireBytes(vec![7; 360]) };
    let put = |counter| serde_json::to_vec(&anchor(counter)).unwrap();
    person.call(&world, "PUT", &path, put(5)).await.assert_ok();
    let read: AnchorResponse = person.call(&world, "GET", &path, "").await.assert_ok().json();
    assert_eq!(read.anchor, Some(anchor(5)));
    assert_eq!(person.call(&world, "PUT", &path, put(4)).await.error().code, ErrorCode::AnchorConflict);
}

#[tokio::test]
async fn an_answer_streams_in_padded_frames_and_can_be_read_again() {
    let world = World::start().await;
    let person = Person::signed_up(&world).await;
    let answer = person.call(&world, "POST", "/v1/prompts", prompt(1, "What is the capital of France?")).await;
    assert_eq!(answer.headers["content-type"], "text/event-stream");
    let whole = frames(&answer.assert_ok().text());
    assert_eq!(text(&whole), "You asked: What is the capital of France?");
    assert!(matches!(whole.last().unwrap().end, Some(AnswerEnd::Done { usage: Some(_) })));
    assert!(answer.text().split("\n\n").filter(|line| !line.is_empty()).all(|line| line.len() == 6 + 256));

    let id = shared_types::ids::TurnId([1; 16]).to_base64url();
    let again = person.call(&world, "POST", "/v1/prompts", prompt(1, "again")).await;
    assert_eq!(again.error().code, ErrorCode::TurnExists);
    let resumed = person.call(&world, "GET", &format!("/v1/prompts/{id}?after=0"), "").await;
    assert_eq!(frames(&resumed.assert_ok().text()), whole[1..]);
    person.call(&world, "DELETE", &format!("/v1/prompts/{id}"), "").await.assert_ok();
    let forgotten = person.call(&world, "GET", &format!("/v1/prompts/{id}"), "").await;
    assert_eq!(forgotten.error().code, ErrorCode::NotFound);
}

#[tokio::test]
async fn a_stopped_answer_keeps_what_came() {
    let world = World::start().await;
    let person = Person::signed_up(&world).await;
    let id = shared_types::ids::TurnId([2; 16]).to_base64url();
    let asking = person.signed(&world, "POST", "/v1/prompts", prompt(2, "/slow 10000"));
    let mut stream = world.begin(asking).await;
    let mut body = stream.chunk().await.unwrap().unwrap().to_vec();
    person.call(&world, "DELETE", &format!("/v1/prompts/{id}"), "").await.assert_ok();
    while let Some(chunk) = stream.chunk().await.unwrap() {
        body.extend_from_slice(&chunk);
    }
    let frames = frames(&String::from_utf8(body).unwrap());
    assert!(text(&frames).starts_with("word-1"));
    assert_eq!(frames.last().unwrap().end, Some(AnswerEnd::Stopped));
}

#[tokio::test]
async fn every_failure_of_a_provider_has_its_code_and_costs_nothing() {
    let world = World::start_with(|config| config.limits.prompts_per_day = 2).await;
    let person = Person::signed_up(&world).await;
    for (turn, (question, code)) in (10..).zip([
        ("/down", ErrorCode::ProviderDown),
        ("/garbage", ErrorCode::ProviderGarbage),
        ("/empty", ErrorCode::ProviderGarbage),
        ("/refused", ErrorCode::ProviderRefused),
        ("/busy", ErrorCode::ProviderBusy),
        ("/late", ErrorCode::ProviderSlow),
    ]) {
        let answer = person.call(&world, "POST", "/v1/prompts", prompt(turn, question)).await;
        assert_eq!((answer.status, answer.error().code), (code.status(), code), "{question}");
    }
    let cut = person.call(&world, "POST", "/v1/prompts", prompt(20, "/cut")).await;
    let cut = frames(&cut.assert_ok().text());
    assert_eq!(text(&cut), "word-1 word-2 word-3");
    assert_eq!(cut.last().unwrap().end, Some(AnswerEnd::Failed { code: ErrorCode::ProviderDown }));
    person.call(&world, "POST", "/v1/prompts", prompt(21, "one more")).await.assert_ok();
    let used_up = person.call(&world, "POST", "/v1/prompts", prompt(22, "too many")).await;
    assert_eq!(used_up.error().code, ErrorCode::PromptLimit);
    assert!(used_up.error().retry_after_s.is_some() && used_up.headers.contains_key("retry-after"));
    world.relay.clock.advance(24 * 60 * 60);
    person.call(&world, "POST", "/v1/prompts", prompt(23, "tomorrow")).await.assert_ok();
}

#[tokio::test]
async fn a_socket_hears_what_moves() {
    let world = World::start().await;
    let mut person = Person::signed_up(&world).await;
    let ticket = person.ticket(&world).await;
    let mut socket = Socket::open(&world, &ticket).await;
    assert_eq!(socket.hear().await, Some(RelayEvent::Hello));
    let batch = person.next_batch(&[b"sealed"]);
    person.push(&world, vec![batch]).await.assert_ok();
    assert_eq!(socket.hear().await, Some(RelayEvent::CursorMoved { cursor: Cursor(1) }));
    let own = person.device.device().id.to_base64url();
    person.call(&world, "DELETE", &format!("/v1/devices/{own}/session"), "").await.assert_ok();
    assert_eq!(socket.hear().await, Some(RelayEvent::SignedOut));
    assert_eq!(person.call(&world, "GET", "/v1/log", "").await.error().code, ErrorCode::UnknownSession);

    let mut late = Socket::open(&world, &ticket).await;
    assert_eq!(late.hear().await, None, "a ticket is good once");
}

#[tokio::test]
async fn about_tells_what_a_client_needs_first() {
    let world = World::start().await;
    let about: AboutResponse = world.send(Request::new("GET", "/v1/about", "")).await.assert_ok().json();
    assert_eq!((about.rp_id.as_str(), about.models.len()), ("localhost", 1));
    assert_eq!(about.models[0].id, "scripted");
}

#[tokio::test]
async fn the_next_process_serves_what_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_owned();
    let first = World::start_with(|config| config.data_dir.clone_from(&data_dir)).await;
    let mut person = Person::signed_up(&first).await;
    let parcels = vec![person.next_batch(&[b"sealed"]), person.next_batch(&[b"again"])];
    person.push(&first, parcels.clone()).await.assert_ok();

    let second = World::start_with(|config| config.data_dir.clone_from(&data_dir)).await;
    person.signing.authority = second.relay.site.first_origin().authority().to_owned();
    let page = person.call(&second, "GET", "/v1/batches", "").await;
    assert_eq!(PageBody::parse(&page.assert_ok().body).unwrap().parcels, parcels);
}
