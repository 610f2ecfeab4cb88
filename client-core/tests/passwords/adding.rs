//! A password and an authenticator app as another way to sign in to an account that is there.

use client_core::intention::{Intention, NewPassword, PasswordWish};
use client_core::view::security::{Event, WayKind, WayReason, WayState, WayView};
use client_core::view::{AuthenticatorView, Problem, ScreenView, SignView};
use data_encoding::BASE32_NOPAD;
use shared_types::error::ErrorCode;

use super::world::World;
use super::{Owner, PASSWORD, authenticator, kit, refused, welcome_problem};

fn add(handle: &str, password: Option<&str>) -> Intention {
    let form = NewPassword {
        device_name: None,
        handle: handle.to_owned().into(),
        password: password.map(|password| password.to_owned().into()),
        unlocks_here: true,
    };
    Intention::Password(PasswordWish::Add { form, name: "on paper".to_owned(), words: None })
}

fn confirm(code: String) -> Intention {
    Intention::Password(PasswordWish::ConfirmCode(code.into()))
}

fn owner_of(view: &AuthenticatorView) -> Owner {
    Owner {
        totp_secret: BASE32_NOPAD.decode(view.secret.as_bytes()).unwrap(),
        account_code: view.account_code.clone(),
        passphrase: view.passphrase.clone(),
        words: Vec::new(),
        last_code_s: 0,
    }
}

fn state(world: &World) -> WayState {
    world.tab(0).security.as_ref().unwrap().way_change.unwrap().state
}

fn password_way(world: &World) -> Option<WayView> {
    world.tab(0).security.as_ref().unwrap().ways.iter().find(|way| way.kind == WayKind::Password).cloned()
}

#[test]
fn a_password_is_added_signs_in_elsewhere_unlocks_here_and_goes_again() {
    let mut world = World::with_devices(1);
    world.want(0, Intention::ShowSecurity);
    world.want(0, add("noor", Some(PASSWORD)));
    // The passkey has signed; nothing counts before a code was right.
    let view = authenticator(&world, 0);
    assert!(view.is_added && view.account_code.is_some() && view.passphrase.is_none());
    let mut owner = owner_of(&view);
    world.want(0, confirm("000000".to_owned()));
    assert_eq!(authenticator(&world, 0).problem, Some(refused(ErrorCode::WrongCode)));
    assert_eq!(password_way(&world), None);
    let code = owner.code(&world, 0);
    world.want(0, confirm(code));
    world.pass_s(5);
    assert_eq!((world.screen(0), state(&world)), (&ScreenView::Open, WayState::Done { is_unlisted: false }));
    let way = password_way(&world).unwrap();
    assert_eq!((way.name.as_deref(), way.opens_this, way.has_account_code), (Some("on paper"), true, true));
    let events = &world.tab(0).security.as_ref().unwrap().events;
    assert!(events.iter().any(|event| event.what == Event::WayAdded(WayKind::Password)), "{events:?}");

    world.want(0, Intention::RenameWay { way: way.id, name: "in the drawer".to_owned() });
    assert_eq!(password_way(&world).unwrap().name.as_deref(), Some("in the drawer"));
    world.want(0, Intention::Password(PasswordWish::ShowAccountCode));
    assert_eq!(world.tab(0).account_code.as_ref().map(|shown| &shown.account_code), owner.account_code.as_ref());

    let fresh = world.add_profile();
    let code = owner.code(&world, 0);
    world.want(fresh, owner.form("noor", PASSWORD, code));
    world.want(fresh, Intention::Agree);
    assert_eq!(*world.screen(fresh), ScreenView::Open);

    let unlock = || Intention::Password(PasswordWish::Unlock(PASSWORD.to_owned().into()));
    world.close(0);
    world.start(0);
    world.want(0, unlock());
    assert_eq!(*world.screen(0), ScreenView::Open);
    world.pass_s(5);
    world.want(0, Intention::ShowSecurity);

    world.want(0, Intention::RemoveWay { way: way.id, reason: WayReason::Unused, words: None });
    world.pass_s(5);
    assert_eq!((state(&world), password_way(&world)), (WayState::Done { is_unlisted: false }, None));
    // The floor is that of the log: two ways, one of them words.
    let passkey = world.tab(0).security.as_ref().unwrap().ways.iter().find(|way| way.kind == WayKind::Passkey);
    let passkey = passkey.unwrap().id;
    world.want(0, Intention::RemoveWay { way: passkey, reason: WayReason::Unused, words: None });
    assert_eq!(state(&world), WayState::Failed(Problem::TooFewWays));
    world.close(0);
    world.start(0);
    let ScreenView::Locked(locked) = world.screen(0) else { panic!("{:?}", world.screen(0)) };
    assert!(locked.has_passkey && !locked.has_password, "what went does not unlock");
    let another = world.add_profile();
    let code = owner.code(&world, 0);
    world.want(another, owner.form("noor", PASSWORD, code));
    assert_eq!(welcome_problem(&world, another), Some(Problem::PasswordRefused));
}

#[test]
fn a_passphrase_is_added_and_a_name_that_is_taken_is_chosen_anew() {
    let mut world = World::with_devices(1);
    Owner::sign_up(&mut world, "noor", Some(PASSWORD), false);
    world.want(0, Intention::ShowSecurity);
    world.want(0, add("noor", Some("short")));
    assert_eq!(state(&world), WayState::Failed(Problem::PasswordTooShort));
    world.want(0, add("NOOR", Some(PASSWORD)));
    let mut owner = owner_of(&authenticator(&world, 0));
    let code = owner.code(&world, 0);
    world.want(0, confirm(code));
    assert_eq!(state(&world), WayState::Failed(refused(ErrorCode::HandleTaken)));
    assert_eq!(*world.screen(0), ScreenView::Open);

    world.want(0, add("ada", None));
    let view = authenticator(&world, 0);
    let mut owner = owner_of(&view);
    let passphrase = view.passphrase.unwrap();
    assert_eq!((view.account_code, password_client::count_passphrase_words(&passphrase)), (None, Some(6)));
    // Given up, and begun again: nothing was added.
    world.want(0, Intention::Abandon);
    assert_eq!((world.screen(0), password_way(&world)), (&ScreenView::Open, None));
    let fresh = world.add_profile();
    let code = owner.code(&world, 0);
    world.want(fresh, owner.form("ada", &passphrase, code));
    assert_eq!(welcome_problem(&world, fresh), Some(Problem::PasswordRefused));

    world.want(0, add("ada", None));
    let view = authenticator(&world, 0);
    let mut owner = owner_of(&view);
    let code = owner.code(&world, 0);
    world.want(0, confirm(code));
    world.pass_s(5);
    assert!(!password_way(&world).unwrap().has_account_code);
    let code = owner.code(&world, 0);
    world.want(fresh, owner.form("ada", &view.passphrase.unwrap(), code));
    assert!(matches!(world.screen(fresh), ScreenView::Agree(_)), "{:?}", world.screen(fresh));
}

/// New words on a device: the account code that their kit shows, and whether its owner copies one.
fn later_kit(world: &mut World, device: usize) -> (Option<String>, bool) {
    world.want(device, Intention::MakeWords { are_known: false, old: None });
    if let Some(SignView { by_passkey: true, .. }) = world.tab(device).sign {
        world.want(device, Intention::Password(PasswordWish::SignWithPasskey));
    }
    let kit = kit(world, device);
    world.want(device, Intention::Abandon);
    (kit.account_code, kit.copies_account_code)
}

#[test]
fn a_later_kit_shows_the_account_code_that_is_known_has_room_for_one_that_is_not_and_else_has_none() {
    let mut world = World::with_devices(1);
    assert_eq!(later_kit(&mut world, 0), (None, false), "there is no password");
    world.want(0, add("noor", Some(PASSWORD)));
    let mut owner = owner_of(&authenticator(&world, 0));
    let code = owner.code(&world, 0);
    world.want(0, confirm(code));
    world.pass_s(5);
    assert!(owner.account_code.is_some());
    assert_eq!(later_kit(&mut world, 0), (owner.account_code, false));

    let owner = Owner::sign_up(&mut world, "ada", Some(PASSWORD), false);
    let fresh = world.add_profile();
    world.want(fresh, Intention::SignInWithWords(owner.words.join(" ").into()));
    world.want(fresh, Intention::Agree);
    world.pass_s(5);
    assert_eq!(later_kit(&mut world, fresh), (None, true), "the words brought no code");
}
