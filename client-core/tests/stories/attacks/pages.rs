//! Attack rows 12 and 25: pages served again, turned around, and with metadata of the relay's choice.

use client_core::intention::Intention;
use client_core::keys::seeded::SeededRng;
use client_core::relay::fake::evil::To;
use client_core::view::IntegrityState;
use rand_core::Rng;
use shared_types::sync::{BatchParcel, Cursor, PageBody, RelayEvent};

use super::HOURS_MS;
use crate::world::World;

/// Title and texts of every chat that a device lists.
fn everything(world: &mut World, name: &str) -> Vec<(Option<String>, Vec<String>)> {
    let mut all = Vec::new();
    for row in world.tab(name).chats.clone() {
        world.on(name).open(row.id);
        all.push((row.title, world.on(name).messages()));
    }
    all.sort();
    all
}

/// Two devices have written, renamed, deleted and brought back what a third has not read.
fn with_unread_news() -> World {
    let mut world = World::with_devices(["laptop", "phone", "tablet"]);
    world.on("laptop").send("first");
    world.settle();
    world.on("tablet").open_newest();
    world.cut_off("phone");
    world.on("laptop").rename("renamed");
    world.settle();
    world.on("tablet").send("second");
    world.settle();
    let chat = world.on("laptop").chat();
    world.on("laptop").want(Intention::DeleteChat(chat));
    world.settle();
    world.on("laptop").want(Intention::UndoDelete(chat));
    world.settle();
    world.on("tablet").send_in_new_chat("deleted for good");
    world.settle();
    let gone = world.on("tablet").chat();
    world.on("laptop").want(Intention::DeleteChat(gone));
    world.on("laptop").open(chat).rename("renamed twice");
    world.settle();
    world
}

/// A number below another.
fn roll(rng: &mut SeededRng, n_sides: usize) -> usize {
    usize::try_from(rng.next_u64() % u64::try_from(n_sides).expect("few sides")).expect("few sides")
}

/// Serves what it has served before once more, some of it twice, all of it in another order.
fn replay_in_disorder(seed: u64) -> impl FnMut(&mut PageBody) {
    let mut rng = SeededRng::new(seed);
    let mut served: Vec<BatchParcel> = Vec::new();
    move |page| {
        served.append(&mut page.parcels);
        page.parcels.clone_from(&served);
        for _ in 0..served.len() {
            let twice = served.get(roll(&mut rng, served.len())).expect("a place in it").clone();
            page.parcels.push(twice);
        }
        for place in (1..page.parcels.len()).rev() {
            page.parcels.swap(place, roll(&mut rng, place + 1));
        }
        page.parcels.iter_mut().for_each(|parcel| parcel.envelopes.reverse());
    }
}

// Adversary: A1, a malicious relay, serves batches again and again, twice in a page, and in any order.
// Invariant: what a device holds follows from the set of batches, not from how often or in which order they came.
// Regression caught: an old name, or a deletion that was undone, comes back; or honest news looks like an attack.
#[test]
fn replay_and_reorder_change_nothing() {
    for seed in 0..12 {
        let mut world = with_unread_news();
        let expected = everything(&mut world, "laptop");
        assert_eq!(expected.len(), 1, "{expected:?}");
        world.relay().bend_pages(To::Link("phone"), replay_in_disorder(seed));
        world.reconnect("phone");
        world.settle();
        assert_eq!(everything(&mut world, "phone"), expected, "seed {seed}");
        assert_eq!(world.on("phone").integrity(), IntegrityState::Verified, "seed {seed}");

        world.on("laptop").send("and on");
        world.settle();
        world.restart("phone");
        world.settle();
        assert_eq!(everything(&mut world, "phone"), everything(&mut world, "laptop"), "seed {seed}: and from then on");
        assert_eq!(world.on("phone").integrity(), IntegrityState::Verified, "seed {seed}");
    }
}

/// A page bent in one place.
type Bend = fn(&mut PageBody);

fn last_envelope(page: &mut PageBody) -> Option<&mut Vec<u8>> {
    page.parcels.iter_mut().flat_map(|parcel| &mut parcel.envelopes).map(|(_, envelope)| envelope).last()
}

/// The tag of the newest leaf; the signature of the batch comes after it.
fn change_tag(page: &mut PageBody) {
    if let Some(parcel) = page.parcels.last_mut() {
        let place = parcel.batch.len() - 64 - 48;
        parcel.batch.get_mut(place..place + 16).expect("a batch with a leaf").fill(7);
    }
}

fn renumber_envelopes(page: &mut PageBody) {
    page.parcels.iter_mut().flat_map(|parcel| &mut parcel.envelopes).for_each(|(index, _)| *index += 1);
}

// Adversary: A1, a malicious relay, bends everything that it says beside what devices have signed: cursors, whether
// there is more, the place and the size of an envelope, its tag, what it tells over the socket and after a push.
// Invariant: nothing that was not signed becomes part of the account; what was signed and is bent is seen, and an
// honest relay is believed again.
// Regression caught: a tag or a leaf index of the page is believed, or a cursor hides what came after it for ever.
#[test]
fn relay_metadata_changes_nothing() {
    use IntegrityState::{Altered, Verified, Withheld};
    let cases: [(&str, Bend, IntegrityState); 10] = [
        ("a cursor far ahead", |page| page.next = Cursor(page.next.0 + 1_000), Verified),
        ("a cursor at the end", |page| page.next = Cursor(u64::MAX), Verified),
        ("a cursor that stands", |page| page.next = Cursor(1), Verified),
        ("more where there is none", |page| page.more = true, Verified),
        ("no more where there is some", |page| page.more = false, Verified),
        ("an envelope at another leaf", renumber_envelopes, Withheld),
        ("a longer envelope", |page| last_envelope(page).into_iter().for_each(|envelope| envelope.push(0)), Altered),
        (
            "a shorter one",
            |page| last_envelope(page).into_iter().for_each(|envelope| envelope.truncate(envelope.len() - 1)),
            Altered,
        ),
        ("an empty one", |page| last_envelope(page).into_iter().for_each(Vec::clear), Altered),
        ("another tag", change_tag, Altered),
    ];
    for (case, bend, state) in cases {
        let mut world = with_unread_news();
        let known = everything(&mut world, "phone");
        let expected = everything(&mut world, "laptop");
        world.relay().bend_pages(To::Link("phone"), bend);
        world.relay().bend_pushes(To::Link("phone"), |answer| answer.cursor = Cursor(u64::MAX));
        world.reconnect("phone");
        let account = world.account("laptop");
        for cursor in [0, 1, u64::MAX] {
            world.relay().tell(account, RelayEvent::CursorMoved { cursor: Cursor(cursor) });
        }
        world.relay().tell(account, RelayEvent::LogMoved);
        world.settle();
        assert_eq!(world.on("phone").integrity(), state, "{case}: it is shown");
        let shown = everything(&mut world, "phone");
        let is_true = |chat: &(Option<String>, Vec<String>)| {
            let titles = ["first", "renamed", "renamed twice", "deleted for good"];
            chat.0.as_deref().is_none_or(|title| titles.contains(&title))
        };
        assert!(shown.iter().all(is_true), "{case}: nothing is invented: {shown:?}");
        if state == Verified {
            assert_eq!(shown, expected, "{case}: it is as if nothing were bent");
        }
        assert!(!known.is_empty() && shown.len() >= known.len(), "{case}: what was here stays");

        world.relay().turn_honest();
        world.on("laptop").send("of an honest day");
        world.pass_ms(HOURS_MS);
        world.restart("phone");
        world.settle();
        assert_eq!(everything(&mut world, "phone"), everything(&mut world, "laptop"), "{case}: believed again");
        let kept = if state == Altered { Altered } else { Verified };
        assert_eq!(world.on("phone").integrity(), kept, "{case}: evidence stays, what only came late does not");
    }
}
