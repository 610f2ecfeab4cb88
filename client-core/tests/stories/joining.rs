//! Signing up, unlocking, joining with a second device, and what an authenticator may do wrong.

use client_core::intention::Intention;
use client_core::view::{Delta, LockedView, Problem, ScreenView};
use futures_channel::mpsc::UnboundedReceiver;
use futures_util::{FutureExt, StreamExt};
use shared_types::log::{DeviceStatus, LogState};

use crate::world::{Mood, World};

fn log_of(world: &World, name: &str) -> LogState {
    let account = world.account(name);
    let entries = world.relay().stored_log(account);
    LogState::verify(account, entries.iter().map(Vec::as_slice)).expect("the relay holds a good log")
}

/// Calls that change something at the relay.
fn n_changes(world: &World) -> usize {
    let reading =
        ["about", "sign_in_start", "sign_in_finish", "load_log", "load_epochs", "load_anchor", "pull", "events"];
    world.relay().seen().iter().filter(|seen| !reading.contains(&seen.call)).count()
}

#[test]
fn after_sign_up_and_its_words_a_question_is_answered_word_by_word() {
    let mut world = World::new();
    world.add_person("laptop");
    world.on("laptop").want(Intention::SignUp { device_name: Some("kitchen laptop".into()) });
    let mut wrong = world.on("laptop").asked_words();
    let asked = world.on("laptop").kit().asked;
    wrong[1] = "notaword".into();
    world.on("laptop").want(Intention::ConfirmWords { words: wrong.into() });
    assert_eq!(world.on("laptop").kit().wrong, vec![asked[1]]);
    assert_eq!(world.on("laptop").problem(), Some(Problem::WordsWrong));
    assert!(world.relay().seen().iter().all(|seen| seen.call != "sign_up_finish"), "nothing exists before the words");

    let words = world.on("laptop").asked_words();
    world
        .on("laptop")
        .want(Intention::ConfirmWords { words: words.map(|word| format!(" {} ", word.to_uppercase())).into() });
    assert_eq!(*world.on("laptop").screen(), ScreenView::Open);

    world.relay().script_answer(client_core::relay::fake::Script::of("It moves heat uphill."));
    world.relay().hold_answers();
    world.on("laptop").send("What is a heat pump?");
    world.relay().release_words(2);
    world.pass_ms(100);
    assert_eq!(world.on("laptop").last_drawn(), "It moves");
    world.relay().release_answers();
    world.settle();
    assert_eq!(world.on("laptop").messages(), ["What is a heat pump?", "It moves heat uphill."]);
    assert_eq!(world.on("laptop").titles(), ["What is a heat pump?"]);
    assert!(world.tab("laptop").n_grown >= 1);
    assert_eq!(world.on("laptop").status().n_unsent, 0);
}

/// The last screen that a tab was sent.
fn last_screen(told: &mut UnboundedReceiver<Delta>) -> Option<ScreenView> {
    let mut last = None;
    while let Some(Some(delta)) = told.next().now_or_never() {
        if let Delta::Screen(screen) = delta {
            assert!(
                !matches!(screen, ScreenView::RecoveryKit(_)) || last.is_none(),
                "the kit came to a tab that was open"
            );
            last = Some(screen);
        }
    }
    last
}

// Adversary: whoever sees another window of the browser, or code that got hold of another tab.
// Invariant: the recovery words are sent to the tab that signs up, and to no other.
// Regression caught: the screen with the 24 words is sent to every tab that is open.
#[test]
fn the_words_are_sent_to_the_tab_that_signs_up_alone() {
    let mut world = World::new();
    world.add_person("laptop");
    let mut before = world.open_another_tab("laptop");
    world.on("laptop").want(Intention::SignUp { device_name: None });
    let words = world.on("laptop").kit().words;
    assert!(matches!(last_screen(&mut before), Some(ScreenView::Welcome(_))), "it came before the kit");
    let mut wrong = world.on("laptop").asked_words();
    wrong[0] = "notaword".into();
    world.on("laptop").want(Intention::ConfirmWords { words: wrong.into() });
    let mut after = world.open_another_tab("laptop");
    assert!(matches!(last_screen(&mut after), Some(ScreenView::Welcome(_))), "it came while the kit is shown");

    world.close_first_tab("laptop");
    let mut reloaded = world.open_another_tab("laptop");
    let Some(ScreenView::RecoveryKit(kit)) = last_screen(&mut reloaded) else { panic!("a reload shows the kit again") };
    assert_eq!(kit.words, words);
}

#[test]
fn a_sign_up_whose_words_wait_in_another_tab_gives_way_to_one_that_is_begun_here() {
    let mut world = World::new();
    world.add_person("laptop");
    world.on("laptop").want(Intention::SignUp { device_name: None });
    let words = world.on("laptop").kit().words;
    let mut other = world.open_another_tab("laptop");
    world.want_in_the_other_tab("laptop", Intention::SignUp { device_name: None });
    assert!(matches!(world.on("laptop").screen(), ScreenView::Welcome(_)));
    assert!(matches!(last_screen(&mut other), Some(ScreenView::Welcome(_))), "the passkey is asked for there");
    world.want_in_the_other_tab("laptop", Intention::Abandon);
    world.on("laptop").want(Intention::SignUp { device_name: None });
    assert_ne!(world.on("laptop").kit().words, words, "nothing of the first is left");
}

#[test]
fn a_locked_device_opens_again_with_its_passkey_and_without_the_relay() {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").send("hello");
    world.settle();
    let before = world.on("laptop").messages();
    world.on("laptop").want(Intention::Lock);
    assert!(!world.is_running("laptop"), "the client and its keys are gone");

    world.cut_off("laptop");
    world.start("laptop");
    assert!(matches!(world.on("laptop").screen(), ScreenView::Locked(_)));
    assert!(world.tab("laptop").chats.is_empty());
    world.on("laptop").unlock();
    assert_eq!(world.on("laptop").messages(), before);
}

#[test]
fn a_device_stays_locked_for_another_passkey() {
    let mut world = World::with_devices(["laptop"]);
    world.crash("laptop");
    world.start("laptop");
    world.set_mood("laptop", Mood::OtherAccount);
    for _ in 0..5 {
        world.on("laptop").want(Intention::UnlockWithPasskey);
        assert_eq!(world.on("laptop").problem(), Some(Problem::UnlockFailed));
    }
    assert_eq!(wait_s(&mut world), 30, "after five tries it waits");
    world.set_mood("laptop", Mood::Willing);
    for left_s in (0..30).rev() {
        world.on("laptop").want(Intention::UnlockWithPasskey);
        assert!(matches!(world.on("laptop").screen(), ScreenView::Locked(_)), "no try counts while it waits");
        world.pass_ms(1_000);
        assert_eq!(wait_s(&mut world), left_s, "the wait is counted down");
    }
    assert_eq!(world.on("laptop").problem(), None);
    world.on("laptop").unlock();
}

fn wait_s(world: &mut World) -> u32 {
    let ScreenView::Locked(view) = world.on("laptop").screen().clone() else { panic!("it is locked") };
    view.wait_s
}

#[test]
fn a_sign_up_whose_answer_was_lost_is_finished_with_the_same_account() {
    for n_lost in 1..4 {
        let mut world = World::new();
        world.add_person("laptop");
        world.on("laptop").want(Intention::SignUp { device_name: Some("laptop".into()) });
        let words = world.on("laptop").asked_words();
        for _ in 0..n_lost {
            world.link("laptop").lose_next_answer();
            world.on("laptop").want(Intention::ConfirmWords { words: words.clone().into() });
            assert!(matches!(world.on("laptop").screen(), ScreenView::RecoveryKit(_)));
            assert_eq!(world.on("laptop").problem(), Some(Problem::Offline));
        }
        assert_eq!(log_of(&world, "laptop").active_devices().count(), 1, "the relay made the account at the first try");
        world.on("laptop").want(Intention::ConfirmWords { words: words.into() });
        assert_eq!(*world.on("laptop").screen(), ScreenView::Open);
        world.on("laptop").send("hello");
        world.settle();
        assert_eq!(world.on("laptop").status().n_unsent, 0);
        let log = log_of(&world, "laptop");
        let statuses: Vec<_> = log.active_devices().map(shared_types::log::DeviceState::status).collect();
        assert_eq!(statuses, [DeviceStatus::Confirmed], "one device, the founding one");
        world.add_device_like("phone", "laptop");
        world.on("phone").sign_in();
        world.settle();
        assert_eq!(world.on("phone").messages(), ["hello", "a scripted answer"]);
    }
}

#[test]
fn a_sign_up_whose_relay_was_started_again_goes_on_as_a_sign_in_of_the_same_device() {
    let mut world = World::new();
    world.add_person("laptop");
    world.on("laptop").want(Intention::SignUp { device_name: None });
    let words = world.on("laptop").asked_words();
    world.link("laptop").lose_next_answer();
    world.on("laptop").want(Intention::ConfirmWords { words: words.clone().into() });
    world.relay().forget_ceremonies();
    world.on("laptop").want(Intention::ConfirmWords { words: words.into() });
    world.settle();
    assert_eq!(*world.on("laptop").screen(), ScreenView::Open);
    let calls: Vec<_> = world.relay().seen().iter().map(|seen| seen.call).collect();
    assert!(calls.contains(&"sign_in_finish"), "the relay has forgotten the sign-up: {calls:?}");
    world.on("laptop").send("hello");
    world.settle();
    assert_eq!(world.on("laptop").status().n_unsent, 0);
    let log = log_of(&world, "laptop");
    let statuses: Vec<_> = log.active_devices().map(shared_types::log::DeviceState::status).collect();
    assert_eq!(statuses, [DeviceStatus::Confirmed]);
}

#[test]
fn whoever_is_killed_while_signing_up_begins_anew_or_signs_in() {
    for is_made in [false, true] {
        let mut world = World::new();
        world.add_person("laptop");
        world.on("laptop").want(Intention::SignUp { device_name: None });
        let words = world.on("laptop").asked_words();
        if is_made {
            world.link("laptop").lose_next_answer();
        } else {
            world.link("laptop").lose_next_request();
        }
        world.on("laptop").want(Intention::ConfirmWords { words: words.into() });
        world.crash("laptop");
        world.start("laptop");
        assert!(matches!(world.on("laptop").screen(), ScreenView::Welcome(_)), "nothing is on the device");
        if is_made {
            world.on("laptop").sign_in();
        } else {
            world.on("laptop").sign_up();
        }
        world.on("laptop").send("hello");
        world.settle();
        assert_eq!(world.on("laptop").messages(), ["hello", "a scripted answer"]);
        assert_eq!(world.on("laptop").status().n_unsent, 0);
    }
}

#[test]
fn a_relay_that_only_claims_that_an_account_exists_is_not_believed() {
    let mut world = World::new();
    world.add_person("laptop");
    world.on("laptop").want(Intention::SignUp { device_name: None });
    let words = world.on("laptop").asked_words();
    world.link("laptop").refuse_next(shared_types::error::ErrorCode::AccountExists);
    world.on("laptop").want(Intention::ConfirmWords { words: words.into() });
    assert!(matches!(world.on("laptop").screen(), ScreenView::RecoveryKit(_)), "no finish was ever on its way");
    assert!(world.disk("laptop").all_rows().is_empty());
}

fn locked(world: &mut World) -> LockedView {
    let ScreenView::Locked(view) = world.on("laptop").screen().clone() else { panic!("it is locked") };
    view
}

#[test]
fn a_locked_device_says_that_it_is_offline_until_the_relay_answers() {
    let mut world = World::with_devices(["laptop"]);
    world.crash("laptop");
    world.cut_off("laptop");
    world.start("laptop");
    assert!(!locked(&mut world).online);
    world.reconnect("laptop");
    world.pass_ms(6000);
    assert!(locked(&mut world).online, "nobody had to press anything");
    world.on("laptop").unlock();
}

#[test]
fn a_device_without_an_account_notices_that_the_relay_is_back() {
    let mut world = World::new();
    world.add_person("laptop");
    world.crash("laptop");
    world.cut_off("laptop");
    world.start("laptop");
    let welcome = |world: &mut World| {
        let ScreenView::Welcome(view) = world.on("laptop").screen().clone() else { panic!("no account is here") };
        (view.online, view.can_sign_up)
    };
    assert_eq!(welcome(&mut world), (false, true), "it does not know that the relay is closed, so it does not say so");
    world.reconnect("laptop");
    world.pass_ms(6000);
    assert_eq!(welcome(&mut world), (true, true));
}

#[test]
fn a_user_who_does_not_agree_leaves_no_trace() {
    let mut world = World::with_devices(["laptop"]);
    world.add_device_like("phone", "laptop");
    let n_before = n_changes(&world);
    world.on("phone").want(Intention::SignInWithPasskey).want(Intention::Disagree);
    world.settle();
    assert!(matches!(world.on("phone").screen(), ScreenView::Welcome(_)));
    assert_eq!(n_changes(&world), n_before);
    assert!(world.disk("phone").all_rows().is_empty());
}

#[test]
fn an_authenticator_that_gives_prf_late_or_singly_signs_up_unlocks_and_joins() {
    for mood in [Mood::PrfOnlyAtGet, Mood::OneResultOnly] {
        let mut world = World::new();
        world.add_person("laptop");
        world.set_mood("laptop", mood);
        world.on("laptop").sign_up();
        world.on("laptop").send("hello");
        world.settle();
        world.restart("laptop");
        assert_eq!(world.on("laptop").messages(), ["hello", "a scripted answer"], "{mood:?}");
        world.add_device_like("phone", "laptop");
        world.on("phone").sign_in();
        world.settle();
        assert_eq!(world.on("phone").messages(), ["hello", "a scripted answer"], "{mood:?}");
        world.restart("phone");
    }
}

#[test]
fn an_authenticator_without_prf_makes_no_account_and_is_told_to_forget() {
    let mut world = World::new();
    world.add_person("laptop");
    world.set_mood("laptop", Mood::WithoutPrf);
    world.on("laptop").want(Intention::SignUp { device_name: None });
    assert_eq!(world.on("laptop").problem(), Some(Problem::PasskeyWithoutPrf));
    assert_eq!(world.authenticator("laptop").n_passkeys(), 0);
    assert_eq!(n_changes(&world), 1, "only the start was asked for");
    assert!(world.disk("laptop").all_rows().is_empty());
}

#[test]
fn whoever_cancels_is_back_at_the_beginning_and_can_begin_again() {
    let mut world = World::new();
    world.add_person("laptop");
    world.set_mood("laptop", Mood::Cancels);
    world.on("laptop").want(Intention::SignUp { device_name: None });
    assert_eq!(world.on("laptop").problem(), Some(Problem::PasskeyCancelled));
    world.set_mood("laptop", Mood::Willing);
    world.on("laptop").sign_up();
}

#[test]
fn a_passkey_of_another_account_does_not_sign_in() {
    let mut world = World::with_devices(["laptop"]);
    world.add_device_like("phone", "laptop");
    world.set_mood("phone", Mood::OtherAccount);
    world.on("phone").want(Intention::SignInWithPasskey);
    assert!(matches!(world.on("phone").screen(), ScreenView::Welcome(_)));
    assert!(world.on("phone").problem().is_some());
    assert!(world.disk("phone").all_rows().is_empty());
}

#[test]
fn a_device_that_signs_out_forgets_the_account_and_the_others_go_on() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("phone").send("from the phone");
    world.settle();
    world.on("phone").want(Intention::SignOut);
    world.settle();
    assert!(!world.is_running("phone"));
    assert!(world.disk("phone").all_rows().is_empty());
    assert_eq!(log_of(&world, "laptop").active_devices().count(), 1);
    assert_eq!(world.on("laptop").messages(), ["from the phone", "a scripted answer"]);
    world.start("phone");
    assert!(matches!(world.on("phone").screen(), ScreenView::Welcome(_)));
}
