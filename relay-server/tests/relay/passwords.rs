//! Passwords at the relay, and rows 15 and 16 of the attack table: nothing can be tested, guessed or enumerated.

use serde_json::json;
use shared_types::account::{SessionGrant, SignInStartResponse};
use shared_types::error::ErrorCode;
use shared_types::ids::{Hash, WireBytes};
use shared_types::limits::{FIRST_MESSAGES_PER_HOUR, TOTP_STEP_S};
use shared_types::password::{Code, Handle, KE3_BYTES, PasswordStart, SignInProveRequest};
use sqlx::Row as _;

use crate::harness::{Answer, Keys, Owner, World, code, first_message, random, wrong_code};

const PASSWORD: &str = "a password of noor";

async fn start(world: &World, first: &crate::harness::FirstMessage) -> (Answer, SignInStartResponse) {
    let answer = world.post_json("/v1/sign-in/start", &first.request).await;
    let started = answer.assert_ok().json();
    (answer, started)
}

async fn prove(world: &World, started: &SignInStartResponse, ke3: Vec<u8>) -> Answer {
    let request = SignInProveRequest { nonce: started.nonce, ke3: WireBytes(ke3) };
    world.post_json("/v1/sign-in/prove", &request).await
}

#[tokio::test]
async fn a_password_and_a_code_make_an_account_and_sign_in_again() {
    let world = World::start().await;
    let owner = Owner::signed_up(&world, "noor", PASSWORD).await;
    let device = Keys::generate();
    let request = owner.sign_in(&world, &device).await;
    let grant: SessionGrant = world.post_json("/v1/sign-in/finish", &request).await.assert_ok().json();
    assert!(!grant.token.0.is_empty());

    let taken = owner.begin_another(&world).await;
    assert_eq!(taken.error().code, ErrorCode::HandleTaken);
}

#[tokio::test]
async fn a_sign_in_is_bound_to_what_was_exchanged_and_to_its_account() {
    let world = World::start().await;
    let owner = Owner::signed_up(&world, "noor", PASSWORD).await;
    let device = Keys::generate();
    let good = owner.sign_in(&world, &device).await;
    // The nonce of the first step ends nothing.
    let early = owner.person.statement(random_nonce(), &owner.person.passkey_part(), &device, Hash([1; 32]));
    let early = crate::harness::sign_in_request(&early, &owner.person.passkey, &device, None);
    assert_eq!(world.post_json("/v1/sign-in/finish", &early).await.error().code, ErrorCode::SignInRefused);
    // Another transcript under the right nonce.
    let statement = shared_types::statement::SignInStatement::parse(&good.statement.0).unwrap();
    let bent = shared_types::statement::SignInStatement { transcript_hash: Hash([1; 32]), ..statement };
    let bent = crate::harness::sign_in_request(&bent, &owner.person.passkey, &device, None);
    assert_eq!(world.post_json("/v1/sign-in/finish", &bent).await.error().code, ErrorCode::SignInRefused);
}

fn random_nonce() -> shared_types::ids::Nonce {
    shared_types::ids::Nonce(random())
}

#[tokio::test]
async fn a_code_is_good_once_half_a_minute_off_and_not_a_minute_and_a_half() {
    let world = World::start().await;
    let owner = Owner::signed_up(&world, "noor", PASSWORD).await;
    world.relay.clock.advance(10 * TOTP_STEP_S);
    let now = world.relay.clock.now_s();
    let is_proven = async |code: Code| {
        let first = owner.first_message(code);
        let (_, started) = start(&world, &first).await;
        let Some((ke3, _)) = first.finish(&started.ke2.as_ref().unwrap().0) else { return false };
        prove(&world, &started, ke3).await.status == 200
    };
    assert!(!is_proven(code(&owner.totp_secret, now - 90)).await);
    assert!(!is_proven(code(&owner.totp_secret, now + 90)).await);
    assert!(is_proven(code(&owner.totp_secret, now - 30)).await);
    assert!(is_proven(code(&owner.totp_secret, now)).await);
    assert!(!is_proven(code(&owner.totp_secret, now)).await, "it was used");
    assert!(!is_proven(code(&owner.totp_secret, now - 30)).await, "and one before it as well");
}

#[tokio::test]
async fn a_sign_up_wants_a_code_of_its_own_app() {
    let world = World::start().await;
    let start = |code, secret: [u8; 20]| {
        json!({ "account_id": shared_types::ids::AccountId(random()), "password": PasswordStart {
            handle: Handle("noor".to_owned()), request: WireBytes(random::<32>().to_vec()),
            totp_secret: WireBytes(secret.to_vec()), code,
        } })
    };
    let (secret, now) = (random(), world.relay.clock.now_s());
    let wrong = world.post_json("/v1/sign-up/start", &start(wrong_code(&secret, now), secret)).await;
    assert_eq!(wrong.error().code, ErrorCode::WrongCode);
    let off = world.post_json("/v1/sign-up/start", &start(code(&secret, now - 90), secret)).await;
    assert_eq!(off.error().code, ErrorCode::WrongCode);
}

// Adversary: A2, a thief of the database without the files beside it.
// Invariant: nothing in any row can be compared with a guess: the name is a keyed hash, the record needs the OPRF seed,
// the secret of the codes is sealed; neither of these keys is in the database.
// Regression caught: an OPRF seed, a handle or a TOTP secret in a column; a record that is made without the seed.
#[tokio::test]
async fn a_dump_alone_cannot_test_a_password() {
    let world = World::start().await;
    let owner = Owner::signed_up(&world, "noor-of-the-canary", PASSWORD).await;
    let row = sqlx::query("SELECT handle_hash, record, totp_secret FROM passwords")
        .fetch_one(&mut world.database().await)
        .await
        .unwrap();
    let (handle_hash, record, sealed): (Vec<u8>, Vec<u8>, Vec<u8>) = (row.get(0), row.get(1), row.get(2));

    // What lies beside the database is in no file of it, in no form.
    let folder = &world.relay.config.data_dir;
    let keys = ["opaque.key", "secrets.key"].map(|name| std::fs::read_to_string(folder.join(name)).unwrap());
    let [setup, sealing] = keys.map(|key| data_encoding::BASE64URL_NOPAD.decode(key.trim().as_bytes()).unwrap());
    let mut dump = Vec::new();
    for name in ["relay.sqlite", "relay.sqlite-wal"] {
        dump.extend(std::fs::read(folder.join(name)).unwrap_or_default());
    }
    let has = |wanted: &[u8]| dump.windows(wanted.len()).any(|found| found == wanted);
    assert!(has(&record) && has(&sealed), "the search sees the database");
    for secret in
        [&setup[..64], &setup[64..96], &setup[128..], &sealing, &owner.totp_secret[..], owner.handle.as_bytes()]
    {
        assert!(!has(secret), "{} bytes of a secret are in the database", secret.len());
    }
    // The right password, tried as whoever has the dump can: with a seed of his own it gives another record.
    assert_ne!(handle_hash, Hash::of(&[owner.handle.as_bytes()]).0);
    let thief = World::start().await;
    let copied = sqlx::query("SELECT COUNT(*) FROM passwords").fetch_one(&mut thief.database().await).await.unwrap();
    assert_eq!(copied.get::<i64, _>(0), 0);
    let again = Owner::signed_up(&thief, &owner.handle, PASSWORD).await;
    let row =
        sqlx::query("SELECT handle_hash, record FROM passwords").fetch_one(&mut thief.database().await).await.unwrap();
    assert_ne!(row.get::<Vec<u8>, _>(0), handle_hash, "the same name, under another key");
    assert_ne!(row.get::<Vec<u8>, _>(1), record);
    // A record that was carried to another relay is worth nothing there, with password, secret and code all right.
    sqlx::query("UPDATE passwords SET record = ?").bind(&record).execute(&mut thief.database().await).await.unwrap();
    thief.relay.clock.advance(2 * TOTP_STEP_S);
    let first = first_message(&owner.handle, PASSWORD, Some(&owner.account_secret), again.code(&thief));
    let (_, started) = start(&thief, &first).await;
    assert!(first.finish(&started.ke2.unwrap().0).is_none());
}

// Adversary: A1, the relay itself, with every row, key and message; it runs the client's part of OPAQUE with its guesses.
// Invariant: in two-secret mode the right password is no better than a wrong one without the account secret, which is in
// nothing that the relay has.
// Regression caught: a password that goes into OPAQUE without the account secret.
#[tokio::test]
async fn the_relay_cannot_test_a_two_secret_password() {
    let world = World::start().await;
    let owner = Owner::signed_up(&world, "noor", PASSWORD).await;
    // The relay knows the codes, and answers itself as often as it wants.
    let try_with = async |password: &str, secret: Option<&[u8; 16]>| {
        world.relay.clock.advance(2 * TOTP_STEP_S);
        let first = first_message(&owner.handle, password, secret, owner.code(&world));
        let (_, started) = start(&world, &first).await;
        first.finish(&started.ke2.unwrap().0).is_some()
    };
    assert!(!try_with(PASSWORD, None).await, "the right password alone");
    assert!(!try_with(PASSWORD, Some(&[0; 16])).await);
    assert!(!try_with(PASSWORD, Some(&random())).await);
    assert!(try_with(PASSWORD, Some(&owner.account_secret)).await, "the search can find it");
}

// Adversary: whoever guesses codes and passwords from outside, and never ends a sign-in.
// Invariant: each first message counts before anything is known about it, for its name and its address; ten an hour,
// then one a minute. Devices that are signed in go on.
// Regression caught: counting only what failed at the end, which is never reached.
#[tokio::test]
async fn a_first_message_counts_as_an_attempt() {
    let world = World::start().await;
    let owner = Owner::signed_up(&world, "noor", PASSWORD).await;
    // The sign-up was the first.
    for nth in 1..FIRST_MESSAGES_PER_HOUR {
        let first = first_message("noor", "a guess", None, Code("000000".to_owned()));
        let answer = world.post_json("/v1/sign-in/start", &first.request).await;
        assert_eq!(answer.status, 200, "message {nth}");
    }
    let again = || first_message("noor", "a guess", None, Code("000000".to_owned())).request;
    assert_eq!(world.post_json("/v1/sign-in/start", &again()).await.status, 200, "one a minute");
    let refused = world.post_json("/v1/sign-in/start", &again()).await.error();
    assert_eq!(refused.code, ErrorCode::RateLimited);
    assert!(refused.retry_after_s.unwrap() <= 60);
    let sign_up = owner.begin_another(&world).await;
    assert_eq!(sign_up.error().code, ErrorCode::RateLimited, "a sign-up tells whoever guesses as much");
    // Whoever is in stays in.
    owner.person.call(&world, "GET", "/v1/log", "").await.assert_ok();
    world.relay.clock.advance(60);
    assert_eq!(world.post_json("/v1/sign-in/start", &again()).await.status, 200);
    assert_eq!(world.post_json("/v1/sign-in/start", &again()).await.error().code, ErrorCode::RateLimited);
}

/// What somebody outside sees of an answer: status, names of headers and fields, and the length of each.
fn shape(answer: &Answer) -> (u16, Vec<String>, Vec<(String, usize)>) {
    let mut headers: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
    headers.sort();
    let fields: serde_json::Value = answer.json();
    let fields = fields.as_object().unwrap().iter().map(|(name, value)| (name.clone(), value.to_string().len()));
    (answer.status, headers, fields.collect())
}

// Adversary: whoever has a password and no code, or a code and no password.
// Invariant: both first messages are answered alike, and both end in the same refusal.
// Regression caught: refusing a wrong code at once; naming the account before the password is proven.
#[tokio::test]
async fn wrong_code_and_wrong_password_look_alike() {
    let world = World::start().await;
    let owner = Owner::signed_up(&world, "noor", PASSWORD).await;
    world.relay.clock.advance(2 * TOTP_STEP_S);
    let now = world.relay.clock.now_s();
    let wrong_code = owner.first_message(wrong_code(&owner.totp_secret, now));
    let wrong_password = first_message("noor", "another", Some(&owner.account_secret), owner.code(&world));
    let (code_answer, code_started) = start(&world, &wrong_code).await;
    let (password_answer, password_started) = start(&world, &wrong_password).await;
    assert_eq!(shape(&code_answer), shape(&password_answer));
    assert_eq!((code_started.account_id, password_started.account_id), (None, None));
    assert!(wrong_code.finish(&code_started.ke2.as_ref().unwrap().0).is_none());
    assert!(wrong_password.finish(&password_started.ke2.as_ref().unwrap().0).is_none());
    let ends = [
        prove(&world, &code_started, random::<KE3_BYTES>().to_vec()).await,
        prove(&world, &password_started, random::<KE3_BYTES>().to_vec()).await,
    ];
    for end in &ends {
        assert_eq!(end.error().code, ErrorCode::SignInRefused);
    }
    assert_eq!(shape(&ends[0]), shape(&ends[1]));
    // A wrong password has used its code up: it cannot be tried with the next guess.
    let next = owner.first_message(owner.code(&world));
    let (_, started) = start(&world, &next).await;
    assert!(next.finish(&started.ke2.unwrap().0).is_none());
}

// Adversary: whoever wants to know which names have an account.
// Invariant: an unknown name is answered like a known one: sizes, status, headers (and by as many queries, which
// `as_much_is_asked_of_the_database_whoever_it_is` counts).
// Regression caught: a refusal, a longer or a shorter answer for a name that nobody has.
#[tokio::test]
async fn an_unknown_user_looks_like_a_known_one() {
    let world = World::start().await;
    let owner = Owner::signed_up(&world, "noor", PASSWORD).await;
    world.relay.clock.advance(2 * TOTP_STEP_S);
    let now = world.relay.clock.now_s();
    let known = owner.first_message(wrong_code(&owner.totp_secret, now));
    let unknown = first_message("nobody", PASSWORD, Some(&owner.account_secret), Code("000000".to_owned()));
    let (known_answer, known_started) = start(&world, &known).await;
    let (unknown_answer, unknown_started) = start(&world, &unknown).await;
    assert_eq!(shape(&known_answer), shape(&unknown_answer));
    let ends = [
        prove(&world, &known_started, random::<KE3_BYTES>().to_vec()).await,
        prove(&world, &unknown_started, random::<KE3_BYTES>().to_vec()).await,
    ];
    assert_eq!(shape(&ends[0]), shape(&ends[1]));
    // The same name gives the same OPRF key each time, as a true one does.
    let twice = [&unknown, &unknown].map(|first| &first.request);
    let mut answers = Vec::new();
    for request in twice {
        let started: SignInStartResponse = world.post_json("/v1/sign-in/start", request).await.assert_ok().json();
        answers.push(started.ke2.unwrap().0[..32].to_vec());
    }
    assert_eq!(answers[0], answers[1]);
}
