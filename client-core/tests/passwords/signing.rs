//! An account without a passkey: whatever wants the word of a way to sign in gets it from password and code.

use client_core::account::PrfKind;
use client_core::intention::{Intention, PasswordForm, PasswordWish};
use client_core::view::security::{
    ChangeState, Event, MemberAction, RemovalReason, SecurityView, WayKind, WayReason, WayState,
};
use client_core::view::{Problem, ScreenView, SignView};
use shared_types::ids::MethodId;

use super::world::World;
use super::{Owner, PASSWORD, welcome_problem};

const KNOWN: SignView = SignView { is_known: true, by_passkey: false, busy: None, problem: None };

/// What is typed where a device knows name and account code.
fn sign(password: &str, code: String) -> Intention {
    Intention::Password(PasswordWish::Sign(PasswordForm {
        handle: String::new().into(),
        password: password.to_owned().into(),
        account_code: None,
        code: code.into(),
    }))
}

fn security(world: &World, number: usize) -> &SecurityView {
    world.tab(number).security.as_ref().unwrap()
}

/// The ways by kind: those of one second stand in no order.
fn ways(world: &World, number: usize) -> Vec<(WayKind, MethodId)> {
    let in_order = [WayKind::Passkey, WayKind::Password, WayKind::Words];
    let ways = &security(world, number).ways;
    in_order
        .iter()
        .flat_map(|kind| ways.iter().filter(move |way| way.kind == *kind).map(|way| (*kind, way.id)))
        .collect()
}

fn kinds(world: &World, number: usize) -> Vec<WayKind> {
    ways(world, number).into_iter().map(|(kind, _)| kind).collect()
}

fn join(world: &mut World, owner: &mut Owner) -> usize {
    let number = world.add_profile();
    let code = owner.code(world, 0);
    world.want(number, owner.form("noor", PASSWORD, code));
    world.want(number, Intention::Agree);
    assert_eq!(*world.screen(number), ScreenView::Open);
    world.pass_s(5);
    number
}

#[test]
fn a_device_is_taken_off_by_password_and_code_and_what_was_wrong_can_be_typed_again() {
    let mut world = World::with_devices(0);
    let mut owner = Owner::sign_up(&mut world, "noor", Some(PASSWORD), true);
    let lost = join(&mut world, &mut owner);
    world.want(0, Intention::ShowSecurity);
    let shown = security(&world, 0).devices.iter().find(|device| !device.is_this).unwrap().clone();
    assert_eq!(security(&world, 0).devices[0].name.as_deref(), Some("Noor's laptop"));
    let revoke = || Intention::ChangeMember(shown.id, MemberAction::Remove(RemovalReason::Lost));

    world.want(0, revoke());
    assert_eq!(world.tab(0).sign, Some(KNOWN));
    assert_eq!(world.tab(0).gestures, [], "no passkey is asked of an account that has none");
    let used = owner.code(&world, 0);
    for (password, code) in [(PASSWORD, "000000".to_owned()), ("another password", used.clone()), (PASSWORD, used)] {
        world.want(0, sign(password, code));
        assert_eq!(world.tab(0).sign, Some(SignView { problem: Some(Problem::PasswordRefused), ..KNOWN }));
        assert_eq!(security(&world, 0).devices.len(), 2);
    }
    // Given up, and begun again.
    world.want(0, Intention::Password(PasswordWish::DoNotSign));
    assert_eq!((world.tab(0).sign, security(&world, 0).change), (None, None));
    world.want(0, revoke());
    let code = owner.code(&world, 0);
    world.want(0, sign(PASSWORD, code));
    world.pass_s(5);
    assert_eq!(world.tab(0).sign, None);
    assert_eq!(security(&world, 0).change.unwrap().state, ChangeState::Done);
    assert!(matches!(security(&world, 0).events[1].what, Event::Lost), "{:?}", security(&world, 0).events);
    assert!(matches!(world.screen(lost), ScreenView::Welcome(_) | ScreenView::Revoked(_)), "{:?}", world.screen(lost));
}

#[test]
fn a_session_that_ended_begins_again_with_password_and_code_after_a_restart_too() {
    let mut world = World::with_devices(0);
    let mut owner = Owner::sign_up(&mut world, "noor", Some(PASSWORD), true);
    let other = join(&mut world, &mut owner);
    world.want(0, Intention::ShowSecurity);
    let id = security(&world, 0).devices[1].id;
    world.want(0, Intention::ChangeMember(id, MemberAction::Confirm));
    world.pass_s(5);

    world.want(other, Intention::ShowSecurity);
    let first = security(&world, other).devices[1].id;
    world.close(0);
    world.want(other, Intention::ChangeMember(first, MemberAction::Lock));
    world.pass_s(5);
    world.start(0);
    world.want(0, Intention::Password(PasswordWish::Unlock(PASSWORD.to_owned().into())));
    world.pass_s(5);
    assert!(world.status(0).problem.is_some_and(Problem::is_mended_by_signing_in), "{:?}", world.status(0));

    world.want(0, Intention::SignInAgain);
    assert_eq!(world.tab(0).sign, Some(KNOWN));
    let code = owner.code(&world, 0);
    world.want(0, sign("another password", code));
    assert_eq!(world.tab(0).sign.unwrap().problem, Some(Problem::PasswordRefused));
    let code = owner.code(&world, 0);
    world.want(0, sign(PASSWORD, code));
    world.pass_s(5);
    assert_eq!((world.tab(0).sign, world.status(0).problem), (None, None));
    world.write(0, "here again");
    world.pass_s(5);
    assert_eq!(world.status(0).n_unsent, 0);
}

#[test]
fn ways_are_added_and_removed_by_password_and_a_password_that_went_signs_nothing_in() {
    let mut world = World::with_devices(0);
    let mut owner = Owner::sign_up(&mut world, "noor", Some(PASSWORD), false);
    world.want(0, Intention::ShowSecurity);
    let add = Intention::AddWay { kind: PrfKind::Passkey, name: "phone".to_owned(), words: None };
    world.want(0, add);
    let code = owner.code(&world, 0);
    world.want(0, sign(PASSWORD, code));
    world.pass_s(5);
    assert_eq!(security(&world, 0).way_change.unwrap().state, WayState::Done { is_unlisted: false });
    assert_eq!(kinds(&world, 0), [WayKind::Passkey, WayKind::Password, WayKind::Words]);

    // Now there are two that may sign: its owner chooses.
    let [(_, passkey), (_, password), _] = ways(&world, 0)[..] else { panic!("{:?}", ways(&world, 0)) };
    let remove = |way| Intention::RemoveWay { way, reason: WayReason::Unused, words: None };
    let n_gestures = world.tab(0).gestures.len();
    world.want(0, Intention::MakeWords { are_known: false, old: None });
    assert_eq!(world.tab(0).sign, Some(SignView { by_passkey: true, ..KNOWN }));
    world.want(0, Intention::Password(PasswordWish::SignWithPasskey));
    assert_eq!((world.tab(0).sign, world.tab(0).gestures.len()), (None, n_gestures + 1));
    assert!(matches!(world.screen(0), ScreenView::RecoveryKit(_)));
    world.want(0, Intention::Abandon);

    // What goes does not sign: of the passkey the password does, of the password the passkey.
    world.want(0, remove(passkey));
    assert_eq!(world.tab(0).sign, Some(KNOWN));
    world.want(0, Intention::Password(PasswordWish::DoNotSign));
    world.want(0, remove(password));
    world.pass_s(5);
    assert_eq!(world.tab(0).sign, None);
    assert_eq!(kinds(&world, 0), [WayKind::Passkey, WayKind::Words]);
    let fresh = world.add_profile();
    let code = owner.code(&world, 0);
    world.want(fresh, owner.form("noor", PASSWORD, code));
    assert_eq!(welcome_problem(&world, fresh), Some(Problem::PasswordRefused));
}

#[test]
fn an_account_is_deleted_by_password_and_code_on_a_device_that_asks_for_all_of_it() {
    let mut world = World::with_devices(0);
    let mut owner = Owner::sign_up(&mut world, "noor", Some(PASSWORD), true);
    let mut other = Owner::sign_up(&mut world, "ada", Some(PASSWORD), true);
    world.want(0, Intention::ShowSecurity);
    assert!(security(&world, 0).can_delete);
    world.want(0, Intention::DeleteAccount);
    assert_eq!(world.tab(0).sign, Some(KNOWN));
    let code = other.code(&world, 0);
    world.want(0, sign(PASSWORD, code));
    assert_eq!(world.tab(0).sign.unwrap().problem, Some(Problem::PasswordRefused), "a code of another account");
    let code = owner.code(&world, 0);
    world.want(0, sign(PASSWORD, code));
    assert_eq!(welcome_problem(&world, 0), Some(Problem::AccountDeleted));
    let code = owner.code(&world, 0);
    let fresh = world.add_profile();
    world.want(fresh, owner.form("noor", PASSWORD, code));
    assert_eq!(welcome_problem(&world, fresh), Some(Problem::PasswordRefused));
}
