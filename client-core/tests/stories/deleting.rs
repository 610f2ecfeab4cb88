//! The owner deletes the account.

use client_core::intention::Intention;
use client_core::view::security::ChangeState;
use client_core::view::{Problem, ScreenView};
use shared_types::error::ErrorCode;

use crate::world::{Mood, World};

fn deletion(world: &mut World, name: &str) -> Option<ChangeState> {
    world.on(name).want(Intention::ShowSecurity);
    world.tab(name).security.as_ref().and_then(|view| view.deletion)
}

#[test]
fn a_deleted_account_is_gone_at_the_relay_and_here_and_elsewhere_stays_what_is_held() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("written once");
    world.settle();
    world.on("phone").open_newest();
    let held = world.on("phone").messages();
    let account = world.account("laptop");
    world.on("laptop").want(Intention::ShowSecurity);
    assert!(world.tab("laptop").security.as_ref().is_some_and(|view| view.can_delete));

    world.on("laptop").want(Intention::DeleteAccount);
    let ScreenView::Welcome(welcome) = world.on("laptop").screen().clone() else { panic!("it is back at the start") };
    assert_eq!(welcome.problem, Some(Problem::AccountDeleted));
    assert!(world.disk("laptop").all_rows().is_empty());
    assert!(world.relay().stored_log(account).is_empty() && world.relay().stored_batches(account).is_empty());

    assert!(!world.is_running("phone"), "it locks: its session was ended");
    world.start("phone");
    world.on("phone").unlock();
    world.settle();
    let unknown = Problem::Relay { code: ErrorCode::UnknownSession, retry_after_s: None };
    assert_eq!(world.on("phone").status().problem, Some(unknown));
    world.on("phone").open_newest();
    assert_eq!(world.on("phone").messages(), held, "nobody but its own keys takes an account from a device");
    world.on("laptop").sign_up();
    assert_ne!(world.account("laptop"), account, "and one begins anew");
}

#[test]
fn a_device_that_nobody_has_vouched_for_deletes_nothing() {
    let mut world = World::with_devices(["laptop", "phone"]);
    let account = world.account("laptop");
    world.on("phone").want(Intention::ShowSecurity);
    assert!(world.tab("phone").security.as_ref().is_some_and(|view| !view.can_delete));
    world.on("phone").want(Intention::DeleteAccount);
    assert_eq!(deletion(&mut world, "phone"), Some(ChangeState::Failed(Problem::NotAdmitted)));
    assert!(!world.relay().stored_log(account).is_empty());
}

#[test]
fn whoever_does_not_show_the_passkey_or_reach_the_relay_keeps_everything_and_may_try_again() {
    let mut world = World::with_devices(["laptop", "phone"]);
    let account = world.account("laptop");
    world.set_mood("laptop", Mood::Cancels);
    world.on("laptop").want(Intention::DeleteAccount);
    assert_eq!(deletion(&mut world, "laptop"), Some(ChangeState::Failed(Problem::PasskeyCancelled)));

    world.set_mood("laptop", Mood::Willing);
    world.link("laptop").refuse_all("delete_account", ErrorCode::Internal);
    world.on("laptop").want(Intention::DeleteAccount);
    let refused = Problem::Relay { code: ErrorCode::Internal, retry_after_s: None };
    assert_eq!(deletion(&mut world, "laptop"), Some(ChangeState::Failed(refused)));
    assert!(!world.disk("laptop").all_rows().is_empty() && !world.relay().stored_log(account).is_empty());

    world.link("laptop").refuse_nothing();
    world.on("laptop").want(Intention::DeleteAccount);
    assert!(world.relay().stored_log(account).is_empty());
}
