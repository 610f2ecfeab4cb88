//! Ways to sign in: a second passkey signs in and unlocks, one that goes does neither, and an account never keeps too
//! few of them.

use client_core::account::PrfKind;
use client_core::intention::{GestureRequest, Intention};
use client_core::view::security::{SecurityView, WayGoal, WayKind, WayReason, WayState, WayView};
use client_core::view::{IntegrityState, NoticeView, Problem, ScreenView};
use shared_types::error::ErrorCode;
use shared_types::ids::MethodId;
use shared_types::log::MethodState;

use crate::world::{Mood, World};

/// The provider that the account was not made with.
const OTHER: u8 = 1;

fn security(world: &mut World, name: &str) -> SecurityView {
    world.on(name).security()
}

fn state(world: &mut World, name: &str) -> Option<WayState> {
    security(world, name).way_change.map(|change| change.state)
}

const DONE: Option<WayState> = Some(WayState::Done { is_unlisted: false });

fn failed(problem: Problem) -> WayState {
    WayState::Failed(problem)
}

fn add(world: &mut World, name: &str, words: Option<String>) {
    world.authenticator(name).makes_with = OTHER;
    let words = words.map(Into::into);
    world.on(name).want(Intention::AddWay { kind: PrfKind::Passkey, name: "phone".to_owned(), words });
}

fn remove(world: &mut World, name: &str, way: MethodId, words: Option<String>) {
    let words = words.map(Into::into);
    world.on(name).want(Intention::RemoveWay { way, reason: WayReason::Unused, words });
}

fn ways(world: &mut World, name: &str, kind: WayKind) -> Vec<WayView> {
    security(world, name).ways.into_iter().filter(|way| way.kind == kind).collect()
}

fn first(world: &mut World, name: &str, kind: WayKind) -> MethodId {
    ways(world, name, kind).first().expect("there is one").id
}

/// An account whose laptop and phone are confirmed, and its words.
fn with_words() -> (World, String) {
    let mut world = World::new();
    world.add_person("laptop");
    world.on("laptop").want(Intention::SignUp { device_name: Some("laptop".into()) });
    let words = world.on("laptop").kit().words.join(" ");
    let asked = world.on("laptop").asked_words();
    world.on("laptop").want(Intention::ConfirmWords { words: asked.into() });
    world.on("laptop").send("hello from the laptop");
    world.settle();
    world.add_device_like("phone", "laptop");
    world.on("phone").want(Intention::SignInWithWords(words.clone().into()));
    world.on("phone").want(Intention::Agree);
    world.settle();
    (world, words)
}

fn can_unlock(world: &mut World, name: &str, provider: u8) -> bool {
    world.authenticator(name).at_hand = Some(provider);
    world.restart_locked(name);
    world.on(name).want(Intention::UnlockWithPasskey);
    world.authenticator(name).at_hand = None;
    *world.on(name).screen() == ScreenView::Open
}

#[test]
fn a_second_passkey_signs_in_unlocks_and_has_a_name_on_every_device() {
    let (mut world, _) = with_words();
    add(&mut world, "laptop", None);
    assert_eq!(state(&mut world, "laptop"), DONE);
    world.settle();
    let log = world.log("laptop");
    assert_eq!((log.active_methods().count(), log.epoch().part.number), (3, 2));
    let gestures = &world.tab("laptop").gestures;
    let GestureRequest::Create { exclude, user_handle, label, .. } = gestures.last().expect("it was made") else {
        panic!("the last gesture makes it");
    };
    assert_eq!((exclude.len(), label.as_str()), (1, "phone"), "no provider is asked to make it twice");
    assert_eq!(user_handle.as_slice(), world.account("laptop").0);

    for name in ["laptop", "phone"] {
        let named: Vec<_> = ways(&mut world, name, WayKind::Passkey).into_iter().map(|way| way.name).collect();
        assert_eq!(named, [None, Some("phone".to_owned())], "{name}");
        assert_eq!(world.on(name).integrity(), IntegrityState::Verified);
    }
    assert!(can_unlock(&mut world, "laptop", OTHER) && can_unlock(&mut world, "laptop", 0));
    // It also lets a new device in, which reads what was written before and after.
    world.on("laptop").open_newest().send("after it");
    world.settle();
    world.add_device_like("tablet", "laptop");
    world.authenticator("laptop").at_hand = Some(OTHER);
    world.on("tablet").sign_in();
    world.settle();
    assert_eq!(world.on("tablet").messages().len(), 4);
}

#[test]
fn a_way_is_called_something_else_on_every_device_and_the_relay_does_not_read_it() {
    let (mut world, _) = with_words();
    let passkey = first(&mut world, "laptop", WayKind::Passkey);
    world.on("laptop").want(Intention::RenameWay { way: passkey, name: "  the blue wren  ".to_owned() });
    world.settle();
    for name in ["laptop", "phone"] {
        assert_eq!(ways(&mut world, name, WayKind::Passkey)[0].name.as_deref(), Some("the blue wren"), "{name}");
    }
    assert!(world.relay().calls_with(b"blue wren").is_empty());
    world.restart("laptop");
    assert_eq!(ways(&mut world, "laptop", WayKind::Passkey)[0].name.as_deref(), Some("the blue wren"));
}

#[test]
fn the_provider_that_holds_a_passkey_says_so_and_nothing_is_lost() {
    let (mut world, _) = with_words();
    let n_entries = world.log("laptop").entries().len();
    world.authenticator("laptop").makes_with = 0;
    let again = Intention::AddWay { kind: PrfKind::Passkey, name: String::new(), words: None };
    world.on("laptop").want(again);
    assert_eq!(state(&mut world, "laptop"), Some(failed(Problem::PasskeyAlreadyThere)));
    assert_eq!(world.log("laptop").entries().len(), n_entries);
    assert_eq!(world.authenticator("laptop").n_passkeys(), 1);
    assert!(can_unlock(&mut world, "laptop", 0));
}

#[test]
fn whoever_cancels_or_has_no_secret_adds_nothing_and_leaves_no_orphan() {
    let (mut world, _) = with_words();
    let n_entries = world.log("laptop").entries().len();
    for (mood, problem) in [
        (Mood::Cancels, Problem::PasskeyCancelled),
        (Mood::OtherAccount, Problem::NotThisAccount),
        (Mood::WithoutPrf, Problem::PasskeyWithoutPrf),
    ] {
        world.set_mood("laptop", mood);
        add(&mut world, "laptop", None);
        assert_eq!(state(&mut world, "laptop"), Some(failed(problem)), "{mood:?}");
    }
    world.set_mood("laptop", Mood::Willing);
    for code in [ErrorCode::NotAllowed, ErrorCode::RateLimited] {
        world.link("laptop").refuse_all("start_method", code);
        add(&mut world, "laptop", None);
        assert_eq!(state(&mut world, "laptop"), Some(failed(Problem::Relay { code, retry_after_s: None })));
    }
    world.link("laptop").refuse_nothing();
    world.link("laptop").refuse_all("append_log", ErrorCode::LogRefused);
    add(&mut world, "laptop", None);
    let refused = Problem::Relay { code: ErrorCode::LogRefused, retry_after_s: None };
    assert_eq!(state(&mut world, "laptop"), Some(failed(refused)));
    assert_eq!(world.authenticator("laptop").n_passkeys(), 1, "the one that came to nothing is forgotten");
    world.link("laptop").refuse_nothing();
    world.cut_off("laptop");
    add(&mut world, "laptop", None);
    assert_eq!(state(&mut world, "laptop"), Some(failed(Problem::Offline)));
    world.reconnect("laptop");
    world.settle();
    assert_eq!(world.log("laptop").entries().len(), n_entries);
    add(&mut world, "laptop", None);
    assert_eq!(state(&mut world, "laptop"), DONE, "and then it can");
}

#[test]
fn authenticators_that_give_prf_late_or_singly_are_asked_once_more() {
    for mood in [Mood::PrfOnlyAtGet, Mood::OneResultOnly] {
        let (mut world, _) = with_words();
        world.set_mood("laptop", mood);
        add(&mut world, "laptop", None);
        assert_eq!(state(&mut world, "laptop"), DONE, "{mood:?}");
        assert!(can_unlock(&mut world, "laptop", OTHER), "{mood:?}");
    }
}

#[test]
fn words_sign_instead_of_a_passkey_and_wrong_ones_do_not() {
    let (mut world, words) = with_words();
    let other = [["abandon"; 23].as_slice(), &["art"]].concat().join(" ");
    add(&mut world, "laptop", Some(other));
    assert_eq!(state(&mut world, "laptop"), Some(failed(Problem::WordsUnknown)));
    let n_gestures = world.tab("laptop").gestures.len();
    add(&mut world, "laptop", Some(words));
    assert_eq!(state(&mut world, "laptop"), DONE);
    assert_eq!(world.tab("laptop").gestures.len(), n_gestures + 1, "nothing but the new one is asked");
}

#[test]
fn a_passkey_goes_and_neither_signs_in_nor_unlocks_any_device() {
    let (mut world, _) = with_words();
    let old = first(&mut world, "laptop", WayKind::Passkey);
    add(&mut world, "laptop", None);
    world.settle();
    // The laptop had signed in with the one that goes: it signs in again with the other.
    remove(&mut world, "laptop", old, None);
    world.settle();
    assert_eq!(state(&mut world, "laptop"), DONE);
    assert_eq!(world.log("laptop").active_methods().filter(|method| !method.is_words()).count(), 1);
    assert!(world.on("laptop").status().problem.is_none() && world.on("laptop").status().online);
    assert!(!can_unlock(&mut world, "laptop", 0), "its provider has it still");
    assert!(can_unlock(&mut world, "laptop", OTHER));
    let rows: Vec<_> = ways(&mut world, "laptop", WayKind::Passkey);
    assert!(rows.iter().all(|way| way.opens_this && way.id != old), "{rows:?}");
    world.on("laptop").open_newest().send("goes on");
    world.settle();
    assert_eq!(world.on("phone").messages().len(), 4);
    for name in ["laptop", "phone"] {
        assert_eq!(world.on(name).integrity(), IntegrityState::Verified, "{name}");
    }
}

#[test]
fn a_device_whose_only_way_in_went_signs_in_again_and_keeps_what_it_has() {
    let mut world = World::with_confirmed(["laptop", "phone"]);
    let old = first(&mut world, "laptop", WayKind::Passkey);
    add(&mut world, "laptop", None);
    world.settle();
    world.cut_off("phone");
    world.on("phone").send("never sent");
    remove(&mut world, "laptop", old, None);
    world.settle();
    world.reconnect("phone");
    world.settle();
    // Its session is over, and it still opens with the old passkey only: that stays until there is another.
    assert!(can_unlock(&mut world, "phone", 0));
    let over = Problem::Relay { code: ErrorCode::UnknownSession, retry_after_s: None };
    world.settle();
    assert_eq!(world.on("phone").status().problem, Some(over));
    world.on("phone").want(Intention::SignInAgain);
    world.settle();
    assert_eq!(world.on("laptop").open_newest().messages().first().map(String::as_str), Some("never sent"));
    assert!(can_unlock(&mut world, "phone", OTHER) && !can_unlock(&mut world, "phone", 0));
    world.on("phone").unlock();
    assert!(ways(&mut world, "phone", WayKind::Passkey).iter().all(|way| way.opens_this));
}

#[test]
fn a_device_that_was_away_while_all_its_passkeys_were_replaced_comes_back_with_a_new_one() {
    let mut world = World::with_confirmed(["laptop", "phone"]);
    let old = first(&mut world, "laptop", WayKind::Passkey);
    world.cut_off("phone");
    world.on("phone").send("never sent");
    add(&mut world, "laptop", None);
    remove(&mut world, "laptop", old, None);
    world.settle();
    world.reconnect("phone");
    world.settle();
    world.on("phone").want(Intention::SignInAgain);
    let refused = Problem::Relay { code: ErrorCode::SignInRefused, retry_after_s: None };
    assert_eq!(
        world.on("phone").notices().last(),
        Some(&NoticeView::Trouble(refused)),
        "it asks the one that it knows"
    );
    world.on("phone").want(Intention::SignInAgain);
    world.settle();
    assert_eq!(world.on("laptop").open_newest().messages().first().map(String::as_str), Some("never sent"));
    assert!(can_unlock(&mut world, "phone", OTHER));
}

#[test]
fn an_account_keeps_two_ways_and_words_and_says_so_before_anybody_is_asked() {
    let (mut world, words) = with_words();
    let (passkey, words_way) =
        (first(&mut world, "laptop", WayKind::Passkey), first(&mut world, "laptop", WayKind::Words));
    let n_gestures = world.tab("laptop").gestures.len();
    remove(&mut world, "laptop", passkey, None);
    assert_eq!(state(&mut world, "laptop"), Some(failed(Problem::TooFewWays)));
    add(&mut world, "laptop", Some(words.clone()));
    remove(&mut world, "laptop", words_way, Some(words.clone()));
    assert_eq!(state(&mut world, "laptop"), Some(failed(Problem::LastWords)));
    assert_eq!(world.tab("laptop").gestures.len(), n_gestures + 1, "nobody was asked but the new one");
    remove(&mut world, "laptop", passkey, Some(words));
    world.settle();
    assert_eq!(state(&mut world, "laptop"), DONE, "with a third one there it may go");
}

#[test]
fn a_device_that_is_not_confirmed_changes_nothing_about_who_may_enter() {
    let mut world = World::with_devices(["laptop", "phone"]);
    let n_entries = world.log("laptop").entries().len();
    let passkey = first(&mut world, "laptop", WayKind::Passkey);
    assert!(!security(&mut world, "phone").may_change_ways && security(&mut world, "laptop").may_change_ways);
    add(&mut world, "phone", None);
    assert_eq!(state(&mut world, "phone"), Some(failed(Problem::NotConfirmed)));
    remove(&mut world, "phone", passkey, None);
    assert_eq!(state(&mut world, "phone"), Some(failed(Problem::NotConfirmed)));
    world.settle();
    assert_eq!(world.log("laptop").entries().len(), n_entries);
}

#[test]
fn two_devices_that_add_at_once_both_succeed() {
    let mut world = World::with_confirmed(["laptop", "phone"]);
    world.authenticator("laptop").makes_with = OTHER;
    let wanted = |name: &str| Intention::AddWay { kind: PrfKind::Passkey, name: name.to_owned(), words: None };
    world.set_mood("laptop", Mood::Silent);
    world.want_at_once(&["laptop", "phone"], || wanted("at once"));
    world.set_mood("laptop", Mood::Willing);
    for (provider, name) in [(2, "laptop"), (3, "phone")] {
        world.authenticator(name).makes_with = provider;
        world.answer_gestures(name);
    }
    world.settle();
    assert_eq!(world.log("laptop").active_methods().count(), 4);
    for name in ["laptop", "phone"] {
        assert_eq!(state(&mut world, name), DONE, "{name}");
        assert_eq!(world.on(name).integrity(), IntegrityState::Verified, "{name}");
    }
}

#[test]
fn an_addition_whose_answer_is_lost_is_there_all_the_same() {
    for n_calls in 0..6 {
        for arrives in [false, true] {
            let (mut world, _) = with_words();
            world.link("laptop").break_after(n_calls, arrives);
            add(&mut world, "laptop", None);
            world.run();
            world.link("laptop").reconnect();
            world.settle();
            let added = world.log("laptop").active_methods().filter(|method| !method.is_words()).count() == 2;
            let said = state(&mut world, "laptop");
            assert_eq!(said == DONE, added, "{n_calls} {arrives}: {said:?}");
            assert_eq!(world.authenticator("laptop").n_passkeys(), if added { 2 } else { 1 }, "{n_calls} {arrives}");
            assert_eq!(world.on("laptop").integrity(), IntegrityState::Verified);
            assert_eq!(can_unlock(&mut world, "laptop", OTHER), added, "{n_calls} {arrives}");
        }
    }
}

#[test]
fn a_security_key_that_lists_nothing_signs_where_it_is_known_and_says_so() {
    let (mut world, _) = with_words();
    {
        let mut authenticator = world.authenticator("laptop");
        (authenticator.makes_with, authenticator.is_unlisted) = (OTHER, true);
    }
    world.on("laptop").want(Intention::AddWay { kind: PrfKind::SecurityKey, name: "blue".to_owned(), words: None });
    assert_eq!(state(&mut world, "laptop"), Some(WayState::Done { is_unlisted: true }));
    world.settle();
    let shown = security(&mut world, "phone").ways.into_iter().find(|way| way.kind == WayKind::SecurityKey);
    assert!(shown.is_some_and(|way| way.is_unlisted && way.name.as_deref() == Some("blue")));
    let goal = security(&mut world, "laptop").way_change.map(|change| change.goal);
    assert_eq!(goal, Some(WayGoal::Add(WayKind::SecurityKey)));

    assert!(can_unlock(&mut world, "laptop", OTHER), "it unlocks where it is known");
    // It signs that the passkey goes, and this device in again.
    let passkey = first(&mut world, "laptop", WayKind::Passkey);
    world.authenticator("laptop").at_hand = Some(OTHER);
    remove(&mut world, "laptop", passkey, None);
    world.settle();
    assert_eq!(state(&mut world, "laptop"), DONE);
    assert!(world.on("laptop").status().online && world.on("laptop").status().problem.is_none());
    // A fresh device does not know it.
    world.add_device_like("tablet", "laptop");
    world.on("tablet").want(Intention::SignInWithPasskey);
    assert_eq!(world.on("tablet").problem(), Some(Problem::PasskeyCancelled));
    assert!(world.log("laptop").methods().any(|method| !MethodState::is_active(method)));
}

#[test]
fn two_accounts_of_one_authenticator_stay_apart() {
    let mut world = World::new();
    world.add_person("laptop");
    world.on("laptop").sign_up();
    world.on("laptop").send("of the first account");
    let first = world.account("laptop").0;
    world.add_device_like("tablet", "laptop");
    world.on("tablet").sign_up();
    world.on("tablet").send("of the second account");
    world.settle();
    let second = world.account("tablet").0;
    assert_ne!(first, second);
    assert_eq!(world.authenticator("laptop").n_passkeys(), 2);
    for (name, said) in [("laptop", "of the first account"), ("tablet", "of the second account")] {
        world.restart(name);
        assert_eq!(world.on(name).messages().first().map(String::as_str), Some(said), "each opens its own");
    }
    for (name, account, said) in [("phone", first, "of the first account"), ("watch", second, "of the second account")]
    {
        world.authenticator("laptop").picks = Some(account);
        world.add_device_like(name, "laptop");
        world.on(name).sign_in();
        world.settle();
        assert_eq!(world.on(name).messages().first().map(String::as_str), Some(said));
    }
}

#[test]
fn a_security_key_makes_an_account_and_says_where_it_signs_in() {
    let mut world = World::new();
    world.add_person("laptop");
    world.authenticator("laptop").is_unlisted = true;
    world.on("laptop").want(Intention::SignUpWithKey { device_name: None });
    let GestureRequest::Create { kind, .. } = &world.tab("laptop").gestures[0] else { panic!("it makes one") };
    assert_eq!(*kind, PrfKind::SecurityKey);
    let asked = world.on("laptop").asked_words();
    world.on("laptop").want(Intention::ConfirmWords { words: asked.into() });
    world.settle();
    let key = ways(&mut world, "laptop", WayKind::SecurityKey).pop().expect("it is listed");
    assert!(key.is_unlisted && key.opens_this);
    assert!(can_unlock(&mut world, "laptop", 0));
}
