//! The recovery words: they sign in on an empty profile, they unlock, and wrong ones say what is wrong.

use client_core::intention::Intention;
use client_core::view::security::Event;
use client_core::view::{LockedView, Problem, ScreenView, WordsAnswer};
use shared_types::log::{DeviceStatus, EntryBody, LogState};

use crate::world::World;

/// An account of one device with a chat, and its 24 words.
fn with_words() -> (World, Vec<String>) {
    let mut world = World::new();
    world.add_person("laptop");
    world.on("laptop").want(Intention::SignUp { device_name: Some("laptop".into()) });
    let words = world.on("laptop").kit().words;
    let asked = world.on("laptop").asked_words();
    world.on("laptop").want(Intention::ConfirmWords { words: asked.into() });
    world.on("laptop").send("hello from the laptop");
    world.settle();
    (world, words)
}

fn sign_in_with(world: &mut World, name: &str, typed: String) {
    world.on(name).want(Intention::SignInWithWords(typed.into()));
}

fn locked(world: &mut World, name: &str) -> LockedView {
    let ScreenView::Locked(view) = world.on(name).screen().clone() else { panic!("{name} is not locked") };
    view
}

#[test]
fn words_bring_in_a_device_that_is_confirmed_and_finds_the_chat() {
    let (mut world, words) = with_words();
    world.add_person("phone");
    let numbered = words.iter().enumerate().map(|(index, word)| format!("{}. {}\r\n", index + 1, word.to_uppercase()));
    sign_in_with(&mut world, "phone", numbered.collect());
    assert_eq!(world.tab("phone").words, Some(WordsAnswer::Taken));
    assert!(matches!(world.on("phone").screen(), ScreenView::Agree(_)), "{:?}", world.on("phone").screen());
    assert!(world.tab("phone").gestures.is_empty(), "words need no authenticator");
    world.on("phone").want(Intention::Agree);
    world.settle();
    assert_eq!(world.on("phone").messages().first().map(String::as_str), Some("hello from the laptop"));

    let entries = world.relay().stored_log(world.account("laptop"));
    let log = LogState::verify(world.account("laptop"), entries.iter().map(Vec::as_slice)).unwrap();
    let last = &log.entries().last().unwrap().entry;
    let EntryBody::DeviceAdd { device, status } = &last.body else { panic!("the last entry lets the phone in") };
    assert_eq!(*status, DeviceStatus::Confirmed);
    let words_method = log.methods().find(|method| method.is_words()).unwrap().part.id;
    let mut signers = vec![device.id.into(), words_method.into()];
    signers.sort_unstable();
    assert_eq!(last.signers, signers, "the device and the words sign");

    // It writes what the laptop reads, and its own words unlock it.
    world.on("phone").send("hello from the phone");
    world.settle();
    assert_eq!(world.on("laptop").messages().len(), 4);
    world.on("phone").want(Intention::Lock);
    world.cut_off("phone");
    world.start("phone");
    let view = locked(&mut world, "phone");
    assert!(view.has_words && !view.has_passkey, "{view:?}");
    world.on("phone").want(Intention::UnlockWithWords(words.join("\n").into()));
    assert!(matches!(world.on("phone").screen(), ScreenView::Recover(_)), "it is open, and leads on");
    world.on("phone").want(Intention::Recover { later: true });
    assert_eq!(*world.on("phone").screen(), ScreenView::Open);
}

#[test]
fn a_locked_profile_opens_with_its_words_and_without_the_relay() {
    let (mut world, words) = with_words();
    let before = world.on("laptop").messages();
    world.on("laptop").want(Intention::Lock);
    world.cut_off("laptop");
    world.start("laptop");
    assert!(locked(&mut world, "laptop").has_words);
    world.on("laptop").want(Intention::UnlockWithWords(format!("  {}\t", words.join(" \n ")).into()));
    assert_eq!(world.tab("laptop").words, Some(WordsAnswer::Taken));
    assert_eq!(*world.on("laptop").screen(), ScreenView::Open);
    assert_eq!(world.on("laptop").messages(), before);
}

#[test]
fn a_profile_that_joined_by_passkey_says_that_words_do_not_unlock_it() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.crash("phone");
    world.start("phone");
    let view = locked(&mut world, "phone");
    assert!(view.has_passkey && !view.has_words, "{view:?}");
}

#[test]
fn wrong_words_say_which_and_nothing_is_asked_of_the_relay() {
    let (mut world, words) = with_words();
    world.add_person("phone");
    let n_calls = world.relay().seen().len();
    let mut misspelt = words.clone();
    misspelt[4] = "Sotto".to_owned();
    let mut swapped = words.clone();
    swapped[0] = if words[0] == "zoo" { "abandon" } else { "zoo" }.to_owned();
    let cases = [
        (misspelt.join(" "), WordsAnswer::NotInList { nth: 5, word: "Sotto".into() }),
        (swapped.join(" "), WordsAnswer::DoNotBelongTogether),
        (words[..23].join(" "), WordsAnswer::WrongCount { found: 23 }),
        (String::new(), WordsAnswer::WrongCount { found: 0 }),
    ];
    for (typed, answer) in cases {
        sign_in_with(&mut world, "phone", typed);
        assert_eq!(world.tab("phone").words, Some(answer));
        assert!(matches!(world.on("phone").screen(), ScreenView::Welcome(_)));
    }
    assert_eq!(world.relay().seen().len(), n_calls);
}

#[test]
fn words_of_another_account_open_neither_door() {
    let (mut world, words) = with_words();
    let mut elsewhere = World::seeded(7);
    elsewhere.add_person("tablet");
    elsewhere.on("tablet").want(Intention::SignUp { device_name: None });
    let foreign = elsewhere.on("tablet").kit().words;
    assert_ne!(foreign, words);

    world.add_person("phone");
    sign_in_with(&mut world, "phone", foreign.join(" "));
    assert_eq!(world.on("phone").problem(), Some(Problem::WordsUnknown));

    world.crash("laptop");
    world.start("laptop");
    for _ in 0..5 {
        world.on("laptop").want(Intention::UnlockWithWords(foreign.join(" ").into()));
        assert_eq!(world.on("laptop").problem(), Some(Problem::WordsDoNotUnlock));
    }
    assert_eq!(locked(&mut world, "laptop").wait_s, 30, "after five tries it waits");
    world.on("laptop").want(Intention::UnlockWithWords(words.join(" ").into()));
    assert!(matches!(world.on("laptop").screen(), ScreenView::Locked(_)), "and the right ones wait too");
    world.pass_ms(30_000);
    world.on("laptop").want(Intention::UnlockWithWords(words.join(" ").into()));
    assert_eq!(*world.on("laptop").screen(), ScreenView::Open);
}

// Adversary: another window of the browser, or code that got hold of another tab.
// Invariant: what is said of typed words, a mistyped one among it, goes to the tab where they were typed alone.
// Regression caught: the answer is put on the screen that every tab shows.
#[test]
fn what_is_said_of_typed_words_goes_to_their_own_tab_alone() {
    let (mut world, _) = with_words();
    world.add_person("phone");
    let mut other = world.open_another_tab("phone");
    sign_in_with(&mut world, "phone", "sotto ".repeat(24));
    assert!(matches!(world.tab("phone").words, Some(WordsAnswer::NotInList { nth: 1, .. })));
    while let Ok(delta) = other.try_recv() {
        assert!(!matches!(delta, client_core::view::Delta::Words(_)), "{delta:?}");
    }
}

#[test]
fn the_security_page_shows_ways_devices_log_and_a_code_that_both_devices_share() {
    let (mut world, words) = with_words();
    world.on("laptop").want(Intention::ShowSecurity);
    let before = world.tab("laptop").security.clone().unwrap();
    assert_eq!(before.ways.len(), 2, "passkey and words");
    assert!(before.ways.iter().all(|way| way.opens_this));
    assert_eq!(before.devices.len(), 1);
    assert_eq!((before.keys.day, before.keys.days), (1, 14));

    world.add_person("phone");
    sign_in_with(&mut world, "phone", words.join(" "));
    world.on("phone").want(Intention::Agree);
    world.settle();
    world.on("phone").want(Intention::ShowSecurity);
    let (laptop, phone) = (world.tab("laptop").security.clone().unwrap(), world.tab("phone").security.clone().unwrap());
    assert_eq!(phone.code, laptop.code, "both hold the same");
    assert_ne!(laptop.code, before.code, "the page that was open has changed by itself");
    assert_eq!(laptop.code.len(), 8);
    let devices: Vec<_> = laptop.devices.iter().map(|device| (device.is_this, device.confirmed)).collect();
    assert_eq!(devices, [(true, true), (false, true)]);
    assert_eq!(laptop.devices[0].name.as_deref(), Some("laptop"));
    let events: Vec<Event> = laptop.events.iter().map(|event| event.what).collect();
    assert_eq!(events, [Event::Joined { confirmed: true }, Event::Founded]);
    assert_eq!(phone.ways.iter().filter(|way| way.opens_this).count(), 1, "only the words unlock the phone");

    world.on("phone").want(Intention::SignOut);
    world.settle();
    let after = world.tab("laptop").security.clone().unwrap();
    assert_eq!(after.devices.len(), 1);
    assert!(after.events.iter().any(|event| event.what == Event::SignedOut));
}
