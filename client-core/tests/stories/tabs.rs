//! Several tabs on one client: each is at its own chat, any of them may be gone, and what cannot be saved stays in the
//! text box that it was written in.

use client_core::intention::Intention;
use client_core::view::{Delta, NoticeView, Problem, ScreenView};
use futures_channel::mpsc::UnboundedReceiver;

use crate::world::{Mood, World};

/// Everything that a tab was told.
fn told(tab: &mut UnboundedReceiver<Delta>) -> Vec<Delta> {
    std::iter::from_fn(|| tab.try_recv().ok()).collect()
}

#[test]
fn a_tab_that_has_not_said_where_it_is_is_shown_no_chat_by_an_unlock_elsewhere() {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").send("hello");
    world.settle();
    world.crash("laptop");
    world.start("laptop");
    let mut other = world.open_another_tab("laptop");
    world.on("laptop").unlock();
    let deltas = told(&mut other);
    assert!(deltas.contains(&Delta::Screen(ScreenView::Open)), "it is unlocked with the first");
    let shown = deltas.iter().find(|delta| matches!(delta, Delta::NewChat { .. } | Delta::Conversation(_)));
    assert_eq!(shown, None, "it goes back to its own chat by itself");
}

#[test]
fn a_tab_that_is_closed_while_its_passkey_is_asked_leaves_the_others_free() {
    let mut world = World::with_devices(["laptop"]);
    world.crash("laptop");
    world.start("laptop");
    world.set_mood("laptop", Mood::Silent);
    world.on("laptop").want(Intention::UnlockWithPasskey);
    let mut other = world.open_another_tab("laptop");
    let busy = |deltas: Vec<Delta>| {
        let last = deltas
            .into_iter()
            .rev()
            .find_map(|delta| if let Delta::Screen(screen) = delta { Some(screen) } else { None });
        matches!(last, Some(ScreenView::Locked(view)) if view.busy.is_some())
    };
    assert!(busy(told(&mut other)), "it waits for the first");
    world.close_first_tab("laptop");
    assert!(!busy(told(&mut other)), "nobody answers any more");
}

#[test]
fn a_sign_up_ends_with_the_tab_whose_passkey_was_asked() {
    let mut world = World::new();
    world.add_person("laptop");
    world.set_mood("laptop", Mood::Silent);
    world.on("laptop").want(Intention::SignUp { device_name: None });
    let mut other = world.open_another_tab("laptop");
    told(&mut other);
    world.close_first_tab("laptop");
    let screens = told(&mut other).into_iter();
    let welcome = screens
        .rev()
        .find_map(|delta| if let Delta::Screen(ScreenView::Welcome(view)) = delta { Some(view) } else { None });
    assert_eq!(welcome.expect("the others are told").busy, None);
}

#[test]
fn a_draft_that_finds_no_room_stays_and_is_written_with_whatever_is_written_next() {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").send("hello");
    world.settle();
    world.on("laptop").keep_draft("kept before");
    world.disk("laptop").fill_up();
    world.on("laptop").keep_draft("kept before, and more");
    assert_eq!(world.on("laptop").notices(), [NoticeView::Trouble(Problem::StorageFull)]);
    assert_eq!(world.on("laptop").draft(), "kept before, and more", "what stands in the text box stays");
    world.settle();
    assert_eq!(world.on("laptop").notices().len(), 1, "it is said once");

    world.disk("laptop").make_room();
    world.on("laptop").rename("something else");
    world.restart("laptop");
    assert_eq!(world.on("laptop").draft(), "kept before, and more");
}

#[test]
fn a_draft_that_found_no_room_is_written_before_the_device_locks() {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").send("hello");
    world.settle();
    world.disk("laptop").fill_up();
    world.on("laptop").keep_draft("for later");
    world.disk("laptop").make_room();
    world.on("laptop").want(Intention::Lock);
    world.start("laptop");
    world.on("laptop").unlock();
    assert_eq!(world.on("laptop").draft(), "for later");
}

#[test]
fn a_full_disk_sends_no_tab_away_from_where_it_is() {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").send("hello");
    world.settle();
    let mut other = world.open_another_tab("laptop");
    world.want_in_the_other_tab("laptop", Intention::NewChat);
    told(&mut other);
    world.disk("laptop").fill_up();
    world.on("laptop").send("a long thought");
    let deltas = told(&mut other);
    let shown = deltas.iter().find(|delta| matches!(delta, Delta::NewChat { .. } | Delta::Conversation(_)));
    assert_eq!(shown, None, "what stands in its text box is its own");
}
