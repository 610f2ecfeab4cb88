//! Every way to ask wrongly, at every route: the table has a row for each of them, and each way its own code, its
//! status and one log line without a word of what was sent. A route without a row fails.

use shared_types::account::{AnchorPut, SignInStartResponse};
use shared_types::error::ErrorCode;
use shared_types::ids::{DeviceId, Hash, WireBytes};
use shared_types::limits::{
    CEREMONY_LIFE_S, HAND_OVER_LIFE_S, MAX_CONTROL_BYTES, MAX_PROMPT_BYTES, MAX_PUSH_BYTES, SIGN_UP_LIFE_S,
};
use shared_types::log::EntryBody;
use shared_types::password::{KE3_BYTES, SignInProveRequest};
use shared_types::request::{PROTOCOL_HEADER, SIGNATURE_HEADER};
use shared_types::sync::PushBody;

use relay_server::{Access, RouteRow, rows};

use crate::attacks::{address, header};
use crate::bad_input::{CANARY, check};
use crate::harness::{Keys, Owner, Person, Request, Socket, World, random};
use crate::journeys::taken_off;

/// Columns of the table.
const WAYS: [&str; 7] =
    ["malformed", "wrong signature", "wrong sequence", "too large", "unknown version", "expired", "replayed"];
/// Where every signed format has its version, after its four letters.
const VERSION: usize = 4;

/// One field of the table.
enum Case {
    /// It is refused with this code.
    Refused(Request, ErrorCode),
    /// It is served once and then refused with this code.
    Again(Request, ErrorCode),
    /// After so many seconds it is refused with this code.
    Late(u64, Request, ErrorCode),
    /// The socket of this ticket ends without a word, after so many seconds.
    Closed(u64, String),
    /// The route cannot be asked wrongly in this way, because of this.
    Absent(&'static str),
}

use Case::{Absent, Again, Closed, Late, Refused};

const NO_INPUT: Case = Absent("neither query nor body is looked at");
const NO_ORDER: Case = Absent("nothing in it is numbered");
const NOT_SIGNED: Case = Absent("nothing in it is signed");
const OLD_MAY_READ: Case = Absent("an old app may read");
const STARTS_ANEW: Case = Absent("it starts anew each time");

fn garbage() -> Vec<u8> {
    format!("{{\"{CANARY}\": 1}}").into_bytes()
}

fn filled(n_bytes: usize) -> Vec<u8> {
    CANARY.bytes().cycle().take(n_bytes).collect()
}

fn post(path: &str, body: &impl serde::Serialize) -> Request {
    Request::new("POST", path, serde_json::to_vec(body).unwrap())
}

/// The row of a route.
async fn row_of(route: RouteRow, world: &World, person: &mut Person) -> [Case; 7] {
    match route.access {
        Access::Anyone => {
            const NOTHING: &str = "nothing of the request is looked at";
            WAYS.map(|_| Absent(NOTHING))
        }
        Access::SigningIn => signing_in(route.path, world, person).await,
        Access::Ticket => [
            Refused(Request::new(route.method, route.path, garbage()), ErrorCode::Malformed),
            Closed(0, data_encoding::BASE64URL_NOPAD.encode(&random::<32>())),
            NO_ORDER,
            Absent("a frame over 1 KiB ends the socket: hostile.rs"),
            OLD_MAY_READ,
            Closed(31, person.ticket(world).await),
            Closed(0, used_ticket(world, person).await),
        ],
        Access::Ended => {
            let (phone, path) = (taken_off(world, person).await, address(route, person));
            let now = world.relay.clock.now_s();
            let ask = |path: &str, at| person.signing.request(&phone, at, &Request::new(route.method, path, ""));
            let signed = ask(&path, now);
            let swapped = signed.clone().set(SIGNATURE_HEADER, header(&ask("/v1/elsewhere", now), SIGNATURE_HEADER));
            let too_large = Request { body: filled(1), ..ask(&path, now) };
            [
                Refused(ask("/v1/accounts/none/end", now), ErrorCode::Malformed),
                Refused(swapped, ErrorCode::BadSignature),
                NO_ORDER,
                Refused(too_large, ErrorCode::TooLarge),
                OLD_MAY_READ,
                Refused(ask(&path, now - 100), ErrorCode::ExpiredRequest),
                Again(signed, ErrorCode::ReplayedRequest),
            ]
        }
        Access::Session => {
            let path = address(route, person);
            let elsewhere = person.signed(world, route.method, "/v1/elsewhere", "");
            let signed = person.signed(world, route.method, &path, "");
            let swapped = signed.set(SIGNATURE_HEADER, header(&elsewhere, SIGNATURE_HEADER));
            let created = world.relay.clock.now_s() - 100;
            let old = person.signing.request(&person.device, created, &Request::new(route.method, &path, ""));
            // Ending one's own session would end the table.
            let again = path.replace(&person.device.device().id.to_base64url(), &DeviceId(random()).to_base64url());
            let again = person.signed(world, route.method, &again, "");
            let [malformed, sequence, size, version] = signed_ways(route, &path, world, person);
            let wrong = Refused(swapped, ErrorCode::BadSignature);
            let expired = Refused(old, ErrorCode::ExpiredRequest);
            [malformed, wrong, sequence, size, version, expired, Again(again, ErrorCode::ReplayedRequest)]
        }
    }
}

async fn used_ticket(world: &World, person: &mut Person) -> String {
    let ticket = person.ticket(world).await;
    Socket::open(world, &ticket).await.hear().await.unwrap();
    ticket
}

/// Malformed, wrong sequence, too large and unknown version at a route that asks for a session.
fn signed_ways(route: RouteRow, path: &str, world: &World, person: &Person) -> [Case; 4] {
    let ask = |path: &str, body: Vec<u8>| person.signed(world, route.method, path, body);
    let too_large = |max_bytes: usize| Refused(ask(path, filled(max_bytes + 1)), ErrorCode::TooLarge);
    let malformed = || Refused(ask(path, garbage()), ErrorCode::Malformed);
    let bent = |bent: &str| Refused(ask(bent, Vec::new()), ErrorCode::Malformed);
    let old_app = || Refused(ask(path, Vec::new()).set(PROTOCOL_HEADER, "0"), ErrorCode::OldProtocol);
    match (route.method, route.path) {
        ("GET", "/v1/log" | "/v1/hand-over/offers") | ("POST", "/v1/tickets") => {
            [NO_INPUT, NO_ORDER, too_large(0), OLD_MAY_READ]
        }
        ("POST", "/v1/log") => {
            let [gap, version] = bent_entries(world, person);
            let (gap, version) = (ask(path, gap), ask(path, version));
            let gap = Refused(gap, ErrorCode::LogConflict);
            [malformed(), gap, too_large(MAX_CONTROL_BYTES), Refused(version, ErrorCode::UnknownVersion)]
        }
        ("GET", "/v1/epochs") => [bent("/v1/epochs?recipient=canary-c7f2e1"), NO_ORDER, too_large(0), OLD_MAY_READ],
        ("GET", "/v1/seen") => [bent("/v1/seen?day=canary-c7f2e1"), NO_ORDER, too_large(0), OLD_MAY_READ],
        ("GET", "/v1/anchors/{method}") => [bent("/v1/anchors/canary-c7f2e1"), NO_ORDER, too_large(0), OLD_MAY_READ],
        ("PUT", "/v1/anchors/{method}") => {
            let envelope = WireBytes(CANARY.as_bytes().to_vec());
            let standing = AnchorPut { method: person.passkey_part().id, counter: 1, envelope };
            let standing = ask(path, serde_json::to_vec(&standing).unwrap());
            let standing = Refused(standing, ErrorCode::AnchorConflict);
            [malformed(), standing, too_large(MAX_CONTROL_BYTES), old_app()]
        }
        ("GET", "/v1/batches") => [bent("/v1/batches?after=canary-c7f2e1"), NO_ORDER, too_large(0), OLD_MAY_READ],
        ("POST", "/v1/batches") => {
            let pushed = |parcel| ask(path, PushBody { parcels: vec![parcel] }.to_bytes());
            let gap = person.batch(7, Hash([6; 32]), &[CANARY.as_bytes()]);
            let mut version = person.batch(0, Hash::ZERO, &[CANARY.as_bytes()]);
            version.batch[VERSION] = 9;
            let gap = Refused(pushed(gap), ErrorCode::WrongSequence);
            let version = Refused(pushed(version), ErrorCode::UnknownVersion);
            [malformed(), gap, too_large(MAX_PUSH_BYTES), version]
        }
        ("POST", "/v1/streams") => [malformed(), NO_ORDER, too_large(MAX_CONTROL_BYTES), OLD_MAY_READ],
        ("POST", "/v1/prompts") => [malformed(), NO_ORDER, too_large(MAX_PROMPT_BYTES), old_app()],
        ("POST", "/v1/methods/start" | "/v1/hand-over/answer" | "/v1/providers" | "/v1/account/deletion") => {
            [malformed(), NO_ORDER, too_large(MAX_CONTROL_BYTES), old_app()]
        }
        ("GET" | "DELETE", "/v1/prompts/{turn_id}") => {
            [bent("/v1/prompts/canary-c7f2e1"), NO_ORDER, too_large(0), OLD_MAY_READ]
        }
        ("DELETE", "/v1/devices/{device_id}/session") => {
            [bent("/v1/devices/canary-c7f2e1/session"), NO_ORDER, too_large(0), OLD_MAY_READ]
        }
        (method, path) => panic!("{method} {path} has no row in this table"),
    }
}

/// A log entry behind a gap, and one of another version.
fn bent_entries(world: &World, person: &Person) -> [Vec<u8>; 2] {
    let device = person.device.device().id.into();
    let entry = person.entry(world.relay.clock.now_s(), EntryBody::Checkpoint { heads: vec![] }, vec![device]);
    let mut version = person.append_request(&entry, &[]);
    version.entries[0].0[VERSION] = 9;
    let mut gap = entry;
    gap.seq += 1;
    [person.append_request(&gap, &[]), version].map(|request| serde_json::to_vec(&request).unwrap())
}

/// The row of a step of a sign-up or sign-in.
async fn signing_in(path: &str, world: &World, person: &mut Person) -> [Case; 7] {
    let malformed = Refused(Request::new("POST", path, garbage()), ErrorCode::Malformed);
    let size = Refused(Request::new("POST", path, filled(MAX_CONTROL_BYTES + 1)), ErrorCode::TooLarge);
    let old_app = Refused(Request::new("POST", path, garbage()).without(PROTOCOL_HEADER), ErrorCode::OldProtocol);
    match path {
        "/v1/sign-up/start" | "/v1/sign-in/start" => {
            [malformed, NOT_SIGNED, NO_ORDER, size, old_app, STARTS_ANEW, STARTS_ANEW]
        }
        "/v1/sign-up/finish" => {
            let (_, mut wrong) = Person::ready_to_sign_up(world).await;
            let (_, mut version) = Person::ready_to_sign_up(world).await;
            let (_, late) = Person::ready_to_sign_up(world).await;
            wrong.founder_signature.0[0] ^= 1;
            version.genesis.0[VERSION] = 9;
            [
                malformed,
                Refused(post(path, &wrong), ErrorCode::SignInRefused),
                NO_ORDER,
                size,
                Refused(post(path, &version), ErrorCode::UnknownVersion),
                Late(SIGN_UP_LIFE_S + 1, post(path, &late), ErrorCode::SignInRefused),
                Absent("whoever lost the answer may finish again: journeys.rs"),
            ]
        }
        "/v1/sign-in/prove" => {
            let owner = Owner::signed_up(world, "noor", "a password of noor").await;
            let start = async || {
                world.relay.clock.advance(60);
                let first = owner.first_message(owner.code(world));
                let started = world.post_json("/v1/sign-in/start", &first.request).await;
                let started: SignInStartResponse = started.assert_ok().json();
                (first, started)
            };
            let prove = |nonce, ke3: Vec<u8>| post(path, &SignInProveRequest { nonce, ke3: WireBytes(ke3) });
            let (_, wrong) = start().await;
            let (_, late) = start().await;
            let (first, again) = start().await;
            let (ke3, _) = first.finish(&again.ke2.unwrap().0).unwrap();
            [
                malformed,
                Refused(prove(wrong.nonce, vec![0; KE3_BYTES]), ErrorCode::SignInRefused),
                NO_ORDER,
                size,
                old_app,
                Late(CEREMONY_LIFE_S + 1, prove(late.nonce, vec![0; KE3_BYTES]), ErrorCode::SignInRefused),
                Again(prove(again.nonce, ke3), ErrorCode::SignInRefused),
            ]
        }
        "/v1/sign-in/finish" => {
            let mut wrong = person.words_sign_in(world, &Keys::generate()).await;
            let mut version = person.words_sign_in(world, &Keys::generate()).await;
            let late = person.passkey_sign_in(world, &Keys::generate()).await;
            let again = person.passkey_sign_in(world, &Keys::generate()).await;
            wrong.device_signature.0[0] ^= 1;
            version.statement.0[VERSION] = 9;
            [
                malformed,
                Refused(post(path, &wrong), ErrorCode::SignInRefused),
                NO_ORDER,
                size,
                Refused(post(path, &version), ErrorCode::UnknownVersion),
                Late(CEREMONY_LIFE_S + 1, post(path, &late), ErrorCode::SignInRefused),
                Again(post(path, &again), ErrorCode::SignInRefused),
            ]
        }
        "/v1/hand-over/offer" => {
            let taken = Person::offer(world, Keys::generate().device()).await;
            let taken = Refused(post(path, &taken), ErrorCode::RateLimited);
            [malformed, NOT_SIGNED, NO_ORDER, size, old_app, STARTS_ANEW, taken]
        }
        "/v1/hand-over/collect" => {
            let offer = Person::offer(world, Keys::generate().device()).await;
            let late = post(path, &serde_json::json!({ "answer_id": offer.answer_id }));
            let late = Late(HAND_OVER_LIFE_S + 1, late, ErrorCode::NotFound);
            [malformed, NOT_SIGNED, NO_ORDER, size, old_app, late, Absent("an answer that is lost is read again")]
        }
        "/v1/hand-over/finish" => hand_over_finished(path, world, person, [malformed, size]).await,
        _ => panic!("{path} has no row in this table"),
    }
}

async fn hand_over_finished(path: &str, world: &World, person: &Person, [malformed, size]: [Case; 2]) -> [Case; 7] {
    let made = async || person.handed_over(world, &Keys::generate()).await;
    let (mut wrong, mut version, late, mut behind) = (made().await, made().await, made().await, made().await);
    *wrong.entry.0.last_mut().unwrap() ^= 1;
    version.entry.0[VERSION] = 9;
    // The entry's own number, after magic, version and account.
    behind.entry.0[VERSION + 1 + 16 + 3] += 1;
    [
        malformed,
        Refused(post(path, &wrong), ErrorCode::SignInRefused),
        Refused(post(path, &behind), ErrorCode::SignInRefused),
        size,
        Refused(post(path, &version), ErrorCode::UnknownVersion),
        Late(HAND_OVER_LIFE_S + 1, post(path, &late), ErrorCode::SignInRefused),
        Absent("whoever lost the answer asks again, until the entry stands in the log"),
    ]
}

#[tokio::test]
async fn every_way_to_ask_wrongly_has_its_own_code_at_every_route() {
    for route in rows() {
        let world = World::start().await;
        let mut person = Person::signed_up(&world).await;
        for (way, case) in WAYS.into_iter().zip(row_of(route, &world, &mut person).await) {
            let of = format!("{} {}: {way}", route.method, route.path);
            match case {
                Refused(request, code) => check(&world.send(request).await, code, &of),
                Again(request, code) => {
                    world.send(request.clone()).await;
                    check(&world.send(request).await, code, &of);
                }
                Late(wait_s, request, code) => {
                    world.relay.clock.advance(wait_s);
                    check(&world.send(request).await, code, &of);
                }
                Closed(wait_s, ticket) => {
                    world.relay.clock.advance(wait_s);
                    assert_eq!(Socket::open(&world, &ticket).await.hear().await, None, "{of}");
                }
                Absent(reason) => assert!(!reason.is_empty(), "{of}"),
            }
        }
    }
}

#[tokio::test]
async fn a_route_that_reads_nothing_answers_as_ever_whatever_is_sent() {
    let world = World::start().await;
    for route in rows().into_iter().filter(|route| route.access == Access::Anyone) {
        let plain = world.send(Request::new(route.method, route.path, "")).await;
        for request in [
            Request::new(route.method, route.path, filled(100_000)),
            Request::new(route.method, &format!("{}?{CANARY}={CANARY}", route.path), garbage()),
            Request::new(route.method, route.path, "").set(SIGNATURE_HEADER, CANARY).set(PROTOCOL_HEADER, CANARY),
        ] {
            assert_eq!(world.send(request).await.status, plain.assert_ok().status, "{}", route.path);
        }
    }
}

#[tokio::test]
async fn a_body_that_only_grows_is_refused_before_it_is_whole() {
    // Adversary: anybody who announces no length and goes on sending.
    // Invariant: no route keeps more of a body than its limit.
    // Regression caught: a limit that is checked once the whole body has come.
    let world = World::start().await;
    let person = Person::signed_up(&world).await;
    for route in rows() {
        let path = address(route, &person);
        let request = match route.access {
            Access::Session => person.signed(&world, route.method, &path, ""),
            Access::Anyone | Access::SigningIn | Access::Ended | Access::Ticket => {
                Request::new(route.method, &path, "")
            }
        };
        let answer = world.send_endless(request, &filled(64 * 1024)).await;
        let is_refused = answer.starts_with("HTTP/1.1 413 ");
        let reads_nothing = matches!(route.access, Access::Anyone | Access::Ended | Access::Ticket);
        assert!(is_refused || reads_nothing, "{} {path}: {answer}", route.method);
    }
}
