//! Recovery: whoever comes in with the words is led to another way and new words, step by step; and the words are looked
//! at now and then.

use client_core::account::PrfKind;
use client_core::intention::Intention;
use client_core::view::security::{MemberAction, WayKind, WayState};
use client_core::view::{IntegrityState, Lead, NoticeView, Problem, RecoverStep, RecoverView, ScreenView};
use shared_types::log::{EntryBody, RemoveReason};

use crate::world::World;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// An account whose only device is lost with its passkey, and its words.
fn everything_lost() -> (World, String) {
    let mut world = World::new();
    world.add_person("laptop");
    world.on("laptop").want(Intention::SignUp { device_name: Some("laptop".into()) });
    let words = world.on("laptop").kit().words.join(" ");
    let asked = world.on("laptop").asked_words();
    world.on("laptop").want(Intention::ConfirmWords { words: asked.into() });
    world.on("laptop").send("hello from the laptop");
    world.settle();
    (world, words)
}

fn come_in(world: &mut World, words: &str) {
    world.add_person("new");
    world.on("new").want(Intention::SignInWithWords(words.to_owned().into()));
    world.on("new").want(Intention::Agree);
    world.settle();
}

fn asked(world: &mut World) -> RecoverView {
    let ScreenView::Recover(view) = *world.on("new").screen() else { panic!("{:?}", world.on("new").screen()) };
    view
}

fn add_passkey(world: &mut World, words: Option<&str>) {
    let words = words.map(|words| words.to_owned().into());
    world.on("new").want(Intention::AddWay { kind: PrfKind::Passkey, name: String::new(), words });
    world.settle();
}

/// Types the three words of the kit that is shown.
fn confirm(world: &mut World, name: &str) -> String {
    let words = world.on(name).kit().words.join(" ");
    let asked = world.on(name).asked_words();
    world.on(name).want(Intention::ConfirmWords { words: asked.into() });
    words
}

#[test]
fn words_lead_at_once_to_a_new_way_and_to_new_words() {
    let (mut world, old) = everything_lost();
    come_in(&mut world, &old);
    assert_eq!(asked(&mut world), RecoverView { step: RecoverStep::NewWay, needs_words: false, change: None });
    add_passkey(&mut world, None);
    assert_eq!(world.tab("new").gestures.len(), 1, "the words sign, and nothing but the new one is asked");
    assert_eq!(asked(&mut world).step, RecoverStep::OldWords);
    assert_eq!(world.log("laptop").epoch().part.number, 2, "the keys are changed with it");

    world.on("new").want(Intention::MakeWords { are_known: true, old: None });
    let kit = world.on("new").kit();
    assert!(!kit.is_first);
    let wrong = ["one", "two", "three"].map(str::to_owned);
    world.on("new").want(Intention::ConfirmWords { words: wrong.into() });
    assert_eq!(world.on("new").kit().wrong, kit.asked, "all three are marked");
    let new = confirm(&mut world, "new");
    world.settle();
    assert_eq!(*world.on("new").screen(), ScreenView::Open);
    assert!(world.on("new").status().online && world.on("new").status().lead.is_none());
    let log = world.log("laptop");
    let reason_of = |body: &EntryBody| {
        if let EntryBody::MethodRemove { reason, .. } = body { Some(*reason) } else { None }
    };
    let removed = log.entries().iter().rev().find_map(|accepted| reason_of(&accepted.entry.body));
    assert_eq!(removed, Some(RemoveReason::Compromised));
    assert_eq!(log.active_methods().filter(|method| method.is_words()).count(), 1);

    // The new words open, the old ones do not; so does the new passkey.
    world.on("new").open_newest().send("from the new one");
    world.settle();
    world.add_person("tablet");
    world.on("tablet").want(Intention::SignInWithWords(old.into()));
    assert_eq!(world.on("tablet").problem(), Some(Problem::WordsUnknown));
    world.on("tablet").want(Intention::SignInWithWords(new.clone().into()));
    world.on("tablet").want(Intention::Agree);
    world.settle();
    world.on("tablet").want(Intention::Recover { later: true });
    assert_eq!(world.on("tablet").messages().len(), 4);
    world.restart("new");
    world.restart_locked("new");
    world.on("new").want(Intention::UnlockWithWords(new.into()));
    assert_eq!(*world.on("new").screen(), ScreenView::Open);
    assert_eq!(world.on("new").integrity(), IntegrityState::Verified);
}

#[test]
fn whoever_closes_the_tab_in_the_middle_is_asked_again_and_types_the_words_once_more() {
    let (mut world, words) = everything_lost();
    come_in(&mut world, &words);
    let unlock = |world: &mut World| {
        world.restart_locked("new");
        world.on("new").want(Intention::UnlockWithWords(words.clone().into()));
    };
    unlock(&mut world);
    world.settle();
    assert_eq!(asked(&mut world), RecoverView { step: RecoverStep::NewWay, needs_words: true, change: None });
    add_passkey(&mut world, Some(&words));
    unlock(&mut world);
    world.settle();
    assert_eq!(asked(&mut world).step, RecoverStep::OldWords);
    world.on("new").want(Intention::MakeWords { are_known: true, old: Some(words.clone().into()) });
    unlock(&mut world);
    world.settle();
    assert_eq!(asked(&mut world).step, RecoverStep::OldWords, "words that nobody has confirmed are none");
    assert_eq!(world.log("laptop").active_methods().filter(|method| method.is_words()).count(), 1);
    world.on("new").want(Intention::KeepWords);
    assert_eq!(*world.on("new").screen(), ScreenView::Open);
    unlock(&mut world);
    assert_eq!(*world.on("new").screen(), ScreenView::Open, "that was answered for good");
}

#[test]
fn it_can_be_put_off_but_is_not_forgotten() {
    let (mut world, words) = everything_lost();
    come_in(&mut world, &words);
    world.on("new").want(Intention::Recover { later: true });
    assert_eq!(
        (world.on("new").screen().clone(), world.on("new").status().lead),
        (ScreenView::Open, Some(Lead::Recover))
    );
    world.on("new").want(Intention::Recover { later: false });
    assert_eq!(asked(&mut world), RecoverView { step: RecoverStep::NewWay, needs_words: true, change: None });
    world.on("new").want(Intention::Recover { later: true });
    world.restart_locked("new");
    world.on("new").want(Intention::UnlockWithWords(words.into()));
    world.settle();
    assert_eq!(asked(&mut world).step, RecoverStep::NewWay, "whoever unlocks is asked again");
}

#[test]
fn new_words_without_the_old_ones_leave_those_and_both_are_listed() {
    let (mut world, old) = everything_lost();
    world.on("laptop").want(Intention::MakeWords { are_known: false, old: None });
    let new = confirm(&mut world, "laptop");
    world.settle();
    let ways = world.on("laptop").security().ways;
    let words: Vec<_> = ways.iter().filter(|way| way.kind == WayKind::Words).collect();
    assert_eq!(words.len(), 2);
    assert!(words.iter().all(|way| way.opens_this));
    // The old ones go by their own word alone.
    let (first, words) = (words[0].id, |words: &str| Some(words.to_owned().into()));
    let reason = client_core::view::security::WayReason::Unused;
    world.on("laptop").want(Intention::RemoveWay { way: first, reason, words: words(&new) });
    let state = |world: &mut World| world.on("laptop").security().way_change.map(|change| change.state);
    assert_eq!(state(&mut world), Some(WayState::Failed(Problem::WrongSigner)));
    world.on("laptop").want(Intention::RemoveWay { way: first, reason, words: words(&old) });
    world.settle();
    assert_eq!(state(&mut world), Some(WayState::Done { is_unlisted: false }));
    assert_eq!(world.log("laptop").active_methods().count(), 2);
}

#[test]
fn whoever_stops_keeps_the_old_words() {
    let (mut world, old) = everything_lost();
    world.on("laptop").want(Intention::MakeWords { are_known: false, old: Some(old.into()) });
    assert!(matches!(world.on("laptop").screen(), ScreenView::RecoveryKit(_)));
    world.on("laptop").want(Intention::Abandon);
    world.settle();
    assert_eq!(*world.on("laptop").screen(), ScreenView::Open);
    assert_eq!(world.log("laptop").entries().len(), 1);
}

#[test]
fn words_are_looked_at_after_a_month_then_ever_more_seldom_on_whatever_device() {
    let (mut world, words) = everything_lost();
    world.add_device_like("phone", "laptop");
    world.on("phone").sign_in();
    world.settle();
    let phone = world.on("phone").device_id();
    world.on("laptop").want(Intention::ChangeMember(phone, MemberAction::Confirm));
    world.settle();
    let lead = |world: &mut World, name: &str| world.on(name).status().lead;
    assert_eq!(lead(&mut world, "laptop"), None);
    let pass = |world: &mut World, days: u64| {
        world.pass_ms(days * DAY_MS + DAY_MS / 12);
        // A session lives for thirty days.
        for name in ["laptop", "phone"] {
            world.on(name).want(Intention::SignInAgain);
        }
        world.settle();
    };
    pass(&mut world, 30);
    let both = (Some(Lead::CheckWords), Some(Lead::CheckWords));
    assert_eq!((lead(&mut world, "laptop"), lead(&mut world, "phone")), both);

    world.on("laptop").want(Intention::CheckWordsLater);
    world.settle();
    assert_eq!((lead(&mut world, "laptop"), lead(&mut world, "phone")), (None, None), "not now, on any device");
    pass(&mut world, 7);
    assert_eq!(lead(&mut world, "phone"), Some(Lead::CheckWords));
    let other = [["abandon"; 23].as_slice(), &["art"]].concat().join(" ");
    world.on("phone").want(Intention::CheckWords(other.into()));
    assert_eq!(world.on("phone").notices().last(), Some(&NoticeView::Trouble(Problem::WordsOfAnother)));
    world.on("phone").want(Intention::CheckWords(words.into()));
    assert_eq!(world.on("phone").notices().last(), Some(&NoticeView::WordsRight));
    world.settle();
    assert_eq!(lead(&mut world, "laptop"), None);
    let checked = world.on("laptop").security().ways.into_iter().find(|way| way.kind == WayKind::Words);
    assert!(checked.is_some_and(|way| way.checked_s > 0));
    pass(&mut world, 45);
    assert_eq!(lead(&mut world, "laptop"), None, "the second wait is longer");
    pass(&mut world, 16);
    assert_eq!(lead(&mut world, "laptop"), Some(Lead::CheckWords));
}
