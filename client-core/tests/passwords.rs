//! Passwords and authenticator apps: whole cores against the true relay, with true OPAQUE and true codes.
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what it calls")]

#[path = "passwords/adding.rs"]
mod adding;
#[path = "relay_http/authenticator.rs"]
mod authenticator;
#[path = "stories/world/clock.rs"]
mod clock;
#[path = "evil_relay/counted.rs"]
mod counted;
#[path = "passwords/handed_over.rs"]
mod handed_over;
#[path = "passwords/signing.rs"]
mod signing;
#[expect(dead_code, reason = "stories look at more of it")]
#[path = "stories/world/tab.rs"]
mod tab;
#[expect(dead_code, reason = "the relay that lies looks at more of it")]
#[path = "evil_relay/world.rs"]
mod world;

use client_core::intention::{Intention, NewPassword, PasswordForm, PasswordWish};
use client_core::view::{AuthenticatorView, KitView, Problem, ScreenView, WelcomeView};
use data_encoding::BASE32_NOPAD;
use shared_types::error::ErrorCode;
use shared_types::limits::TOTP_STEP_S;

use world::World;

const PASSWORD: &str = "a password of noor";

/// An account with a password, and what its owner has of it.
struct Owner {
    totp_secret: Vec<u8>,
    account_code: Option<String>,
    passphrase: Option<String>,
    words: Vec<String>,
    last_code_s: u64,
}

fn new_password(handle: &str, password: Option<&str>, unlocks_here: bool) -> Intention {
    let password = password.map(|password| password.to_owned().into());
    let device_name = Some("Noor's laptop".to_owned());
    let form = NewPassword { device_name, handle: handle.to_owned().into(), password, unlocks_here };
    Intention::Password(PasswordWish::SignUp(form))
}

fn authenticator(world: &World, number: usize) -> AuthenticatorView {
    let ScreenView::Authenticator(view) = world.screen(number) else { panic!("{:?}", world.screen(number)) };
    view.clone()
}

fn kit(world: &World, number: usize) -> KitView {
    let ScreenView::RecoveryKit(view) = world.screen(number) else { panic!("{:?}", world.screen(number)) };
    view.clone()
}

fn welcome_problem(world: &World, number: usize) -> Option<Problem> {
    let ScreenView::Welcome(WelcomeView { problem, .. }) = world.screen(number) else {
        panic!("{:?}", world.screen(number))
    };
    *problem
}

fn refused(code: ErrorCode) -> Problem {
    Problem::Relay { code, retry_after_s: None }
}

impl Owner {
    fn sign_up(world: &mut World, handle: &str, password: Option<&str>, unlocks_here: bool) -> Self {
        let number = world.add_profile();
        world.want(number, new_password(handle, password, unlocks_here));
        let view = authenticator(world, number);
        assert!(view.uri.starts_with("otpauth://totp/Sotto:"), "{}", view.uri);
        let totp_secret = BASE32_NOPAD.decode(view.secret.as_bytes()).unwrap();
        let mut owner =
            Self { totp_secret, account_code: None, passphrase: view.passphrase, words: Vec::new(), last_code_s: 0 };
        let code = owner.code(world, 0);
        world.want(number, Intention::Password(PasswordWish::ConfirmCode(code.into())));
        let kit = kit(world, number);
        owner.account_code.clone_from(&kit.account_code);
        owner.words.clone_from(&kit.words);
        let words = kit.asked.map(|place| kit.words[usize::from(place) - 1].clone());
        world.want(number, Intention::ConfirmWords { words: words.into() });
        assert_eq!(*world.screen(number), ScreenView::Open);
        owner
    }

    /// A code that was not used before, of an app whose clock is this much behind.
    fn code(&mut self, world: &World, behind_s: u64) -> String {
        let clock = &world.evil().relay.clock;
        if clock.now_s() < self.last_code_s + 2 * TOTP_STEP_S {
            clock.advance(2 * TOTP_STEP_S);
        }
        self.last_code_s = clock.now_s();
        relay_server::totp::code(&self.totp_secret, clock.now_s() - behind_s).0
    }

    fn form(&self, handle: &str, password: &str, code: String) -> Intention {
        let account_code = self.account_code.clone().map(Into::into);
        let (handle, password) = (handle.to_owned().into(), password.to_owned().into());
        Intention::Password(PasswordWish::SignIn(PasswordForm { handle, password, account_code, code: code.into() }))
    }
}

#[test]
fn a_password_makes_an_account_opens_it_on_an_empty_device_and_unlocks_that() {
    let mut world = World::with_devices(0);
    let mut owner = Owner::sign_up(&mut world, "Noor", Some(PASSWORD), true);
    world.write(0, "where is the spare key?");
    world.pass_s(5);

    let fresh = world.add_profile();
    let wrong_code = owner.form("noor", PASSWORD, "000000".to_owned());
    world.want(fresh, wrong_code);
    assert_eq!(welcome_problem(&world, fresh), Some(Problem::PasswordRefused));
    let code = owner.code(&world, 90);
    world.want(fresh, owner.form("noor", PASSWORD, code));
    assert_eq!(welcome_problem(&world, fresh), Some(Problem::PasswordRefused), "a clock that is 90 s behind");
    let code = owner.code(&world, 0);
    world.want(fresh, owner.form("noor", "another password", code));
    assert_eq!(welcome_problem(&world, fresh), Some(Problem::PasswordRefused));
    let code = owner.code(&world, 0);
    world.want(fresh, owner.form("nobody", PASSWORD, code));
    assert_eq!(welcome_problem(&world, fresh), Some(Problem::PasswordRefused));

    let code = owner.code(&world, 30);
    world.want(fresh, owner.form(" NOOR ", PASSWORD, code));
    assert!(matches!(world.screen(fresh), ScreenView::Agree(_)), "{:?}", world.screen(fresh));
    world.want(fresh, Intention::Agree);
    assert_eq!(*world.screen(fresh), ScreenView::Open);
    world.pass_s(5);
    let texts: Vec<String> = world.everything(fresh).into_iter().flat_map(|(_, texts)| texts).collect();
    assert_eq!(texts, ["where is the spare key?"]);

    for device in [0, fresh] {
        world.close(device);
        world.start(device);
        world.want(device, Intention::Password(PasswordWish::Unlock("another password".to_owned().into())));
        let ScreenView::Locked(locked) = world.screen(device) else { panic!("{:?}", world.screen(device)) };
        assert_eq!((locked.has_passkey, locked.has_password), (false, true));
        assert_eq!((locked.problem, locked.busy), (Some(Problem::PasswordDoesNotUnlock), None));
        world.want(device, Intention::Password(PasswordWish::Unlock(PASSWORD.to_owned().into())));
        assert_eq!(*world.screen(device), ScreenView::Open);
    }
}

#[test]
fn a_passphrase_is_made_and_needs_no_account_code() {
    let mut world = World::with_devices(0);
    let mut owner = Owner::sign_up(&mut world, "noor", None, false);
    let passphrase = owner.passphrase.clone().unwrap();
    assert_eq!(password_client::count_passphrase_words(&passphrase), Some(6));
    assert_eq!(owner.account_code, None);

    let fresh = world.add_profile();
    let code = owner.code(&world, 0);
    world.want(fresh, owner.form("noor", &passphrase, code));
    assert!(matches!(world.screen(fresh), ScreenView::Agree(_)), "{:?}", world.screen(fresh));

    // Its first device was not told to unlock with it.
    world.close(0);
    world.start(0);
    let ScreenView::Locked(locked) = world.screen(0) else { panic!("{:?}", world.screen(0)) };
    assert_eq!((locked.has_words, locked.has_password), (true, false));
    world.want(0, Intention::Password(PasswordWish::Unlock(passphrase.into())));
    assert!(matches!(world.screen(0), ScreenView::Locked(_)));
}

#[test]
fn the_password_without_the_account_code_opens_nothing() {
    let mut world = World::with_devices(0);
    let mut owner = Owner::sign_up(&mut world, "noor", Some(PASSWORD), false);
    let fresh = world.add_profile();
    let code = owner.account_code.take().unwrap();
    let totp = owner.code(&world, 0);
    world.want(fresh, owner.form("noor", PASSWORD, totp));
    assert_eq!(welcome_problem(&world, fresh), Some(Problem::PasswordRefused));

    let (first, rest) = code.split_at(1);
    let slip = format!("{}{rest}", if first == "A" { "B" } else { "A" });
    owner.account_code = Some(slip);
    let totp = owner.code(&world, 0);
    world.want(fresh, owner.form("noor", PASSWORD, totp));
    assert_eq!(
        welcome_problem(&world, fresh),
        Some(Problem::AccountCodeUnreadable),
        "a slip is seen before it is sent"
    );

    owner.account_code = Some(code.to_lowercase().replace('-', " "));
    let totp = owner.code(&world, 0);
    world.want(fresh, owner.form("noor", PASSWORD, totp));
    assert!(matches!(world.screen(fresh), ScreenView::Agree(_)), "{:?}", world.screen(fresh));
}

#[test]
fn what_cannot_be_used_is_said_before_anything_is_made() {
    let mut world = World::with_devices(0);
    let number = world.add_profile();
    for (handle, password, problem) in [
        ("noor", "too short", Problem::PasswordTooShort),
        ("", PASSWORD, Problem::NameUnreadable),
        ("no\u{378}or", PASSWORD, Problem::NameUnreadable),
        ("noor", "unassigned \u{378}", Problem::PasswordUnreadable),
    ] {
        world.want(number, new_password(handle, Some(password), false));
        assert_eq!(welcome_problem(&world, number), Some(problem), "{handle:?} {password:?}");
    }
}

#[test]
fn a_wrong_code_can_be_tried_again_and_a_taken_name_is_chosen_anew() {
    let mut world = World::with_devices(0);
    let number = world.add_profile();
    world.want(number, new_password("noor", Some(PASSWORD), false));
    world.want(number, Intention::Password(PasswordWish::ConfirmCode("000000".to_owned().into())));
    let view = authenticator(&world, number);
    assert_eq!(view.problem, Some(refused(ErrorCode::WrongCode)));
    let secret = BASE32_NOPAD.decode(view.secret.as_bytes()).unwrap();
    let now_s = world.evil().relay.clock.now_s();
    let code = relay_server::totp::code(&secret, now_s).0;
    let (first, last) = code.split_at(3);
    world.want(number, Intention::Password(PasswordWish::ConfirmCode(format!(" {first} {last} ").into())));
    let kit = kit(&world, number);
    let words = kit.asked.map(|place| kit.words[usize::from(place) - 1].clone());
    world.want(number, Intention::ConfirmWords { words: words.into() });
    assert_eq!(*world.screen(number), ScreenView::Open);

    let other = world.add_profile();
    world.want(other, new_password("NOOR", Some(PASSWORD), false));
    let secret = BASE32_NOPAD.decode(authenticator(&world, other).secret.as_bytes()).unwrap();
    let code = relay_server::totp::code(&secret, world.evil().relay.clock.now_s()).0;
    world.want(other, Intention::Password(PasswordWish::ConfirmCode(code.into())));
    assert_eq!(welcome_problem(&world, other), Some(refused(ErrorCode::HandleTaken)));
}
