//! A relay that bends its pages and then serves them as they are: what was bent is refused and shown, the rest of the
//! account keeps working, and what is true is read in the end.

use client_core::keys::DeviceKeys;
use client_core::keys::seeded::SeededRng;
use client_core::relay::fake::evil::To;
use client_core::store::Table;
use client_core::view::{IntegrityState, Problem};
use shared_types::batch::SignedBatch;
use shared_types::ids::Hash;
use shared_types::log::LogState;
use shared_types::sync::{BatchParcel, Cursor};

use crate::world::World;

/// Longer than the longest wait before a held page is read again.
const HOURS_MS: u64 = 3 * 3_600_000;

/// Bends a page on its way to the phone.
type Lie<'a> = &'a dyn Fn(&World);

/// Three devices; the laptop has renamed its chat while the phone was away, and the tablet has asked something after.
fn with_news_of_two_devices() -> World {
    let mut world = World::with_devices(["laptop", "phone", "tablet"]);
    world.on("laptop").send("of the laptop");
    world.settle();
    world.on("phone").open_newest();
    world.cut_off("phone");
    world.on("laptop").rename("renamed");
    world.settle();
    world
}

fn newest_batch(world: &World) -> BatchParcel {
    world.relay().stored_batches(world.account("laptop")).pop().expect("something was pushed")
}

#[test]
fn a_bent_page_holds_its_author_and_nobody_else_and_a_healed_relay_is_believed() {
    let drop_it: Lie<'_> = &|world| {
        let lost = newest_batch(world).batch;
        world.relay().bend_pages(To::Link("phone"), move |page| page.parcels.retain(|parcel| parcel.batch != lost));
    };
    let alter: Lie<'_> = &|world| world.relay().alter_envelopes(To::Link("phone"));
    let strip: Lie<'_> = &|world| {
        let bare = newest_batch(world).batch;
        world.relay().bend_pages(To::Link("phone"), move |page| {
            page.parcels.iter_mut().filter(|parcel| parcel.batch == bare).for_each(|parcel| parcel.envelopes.clear());
        });
    };
    let forge: Lie<'_> = &|world| {
        let genuine = newest_batch(world);
        let mut forged = genuine.clone();
        // The end of what is signed; the signature is looked at only in the last batch.
        let last_leaf = forged.batch.len() - 65;
        forged.batch[last_leaf] ^= 1;
        world.relay().fork(To::Link("phone"), genuine.batch, forged);
    };
    let cases: [(&str, Lie<'_>, IntegrityState); 4] = [
        ("a batch left out", drop_it, IntegrityState::Withheld),
        ("an envelope changed", alter, IntegrityState::Altered),
        ("envelopes left out", strip, IntegrityState::Withheld),
        ("a batch changed", forge, IntegrityState::Altered),
    ];
    for (case, bend, state) in cases {
        let mut world = with_news_of_two_devices();
        bend(&world);
        // A batch of the same author after it, so that leaving one out can be seen.
        world.on("laptop").rename("renamed twice");
        world.settle();
        world.reconnect("phone");
        world.settle();
        assert_eq!(world.on("phone").titles(), ["of the laptop"], "{case}: nothing of it counts");
        assert_eq!(world.on("phone").integrity(), state, "{case}: it is shown");
        assert!(world.on("phone").status().online, "{case}: the relay answers");

        world.on("phone").send("of the phone");
        world.settle();
        assert_eq!(world.on("phone").messages().last().map(String::as_str), Some("a scripted answer"), "{case}");
        assert_eq!(world.on("phone").status().n_unsent, 0, "{case}: writing goes on");
        if case != "an envelope changed" {
            world.on("tablet").send_in_new_chat("of the tablet");
            world.settle();
            assert!(world.on("phone").titles().contains(&"of the tablet".to_owned()), "{case}: others are read");
        }

        world.relay().turn_honest();
        world.pass_ms(HOURS_MS);
        assert!(world.on("phone").titles().contains(&"renamed twice".to_owned()), "{case}: it is read in the end");
        let kept = if state == IntegrityState::Withheld { IntegrityState::Verified } else { state };
        assert_eq!(world.on("phone").integrity(), kept, "{case}: what only came late is no trouble any more");
        world.restart("phone");
        assert_eq!(world.on("phone").integrity(), kept, "{case}: and evidence stays");
    }
}

#[test]
fn a_bent_page_is_read_again_after_a_restart() {
    let mut world = with_news_of_two_devices();
    world.relay().alter_envelopes(To::Link("phone"));
    world.reconnect("phone");
    world.settle();
    world.crash("phone");
    world.relay().turn_honest();
    world.start("phone");
    world.on("phone").unlock();
    world.run();
    assert_eq!(world.on("phone").titles(), ["renamed"], "the cursor of the store stood before the page");
}

#[test]
fn pages_in_any_order_and_twice_change_nothing() {
    let mut world = with_news_of_two_devices();
    for number in 0..5 {
        world.on("laptop").send(&format!("question {number}"));
    }
    world.settle();
    world.relay().replay(To::Link("phone"));
    world.relay().reorder(To::Link("phone"));
    world.reconnect("phone");
    world.settle();
    world.on("laptop").open_newest();
    assert_eq!(world.on("phone").messages(), world.on("laptop").messages());
    assert_eq!(world.on("phone").integrity(), IntegrityState::Verified);
}

#[test]
fn a_cursor_that_a_relay_invents_hides_nothing() {
    let mut world = with_news_of_two_devices();
    world.relay().bend_pages(To::Link("phone"), |page| {
        page.parcels.clear();
        (page.next, page.more) = (Cursor(u64::MAX), false);
    });
    world.reconnect("phone");
    world.settle();
    world.relay().turn_honest();
    world.restart("phone");
    world.settle();
    assert_eq!(world.on("phone").titles(), ["renamed"]);
}

#[test]
fn pages_without_an_end_or_sense_are_said_to_make_none() {
    let endless: Lie<'_> = &|world| {
        world.relay().bend_pages(To::Link("phone"), |page| {
            page.parcels.clear();
            page.more = true;
        });
    };
    let senseless: Lie<'_> = &|world| {
        world.relay().bend_pages(To::Link("phone"), |page| {
            page.parcels.iter_mut().for_each(|parcel| parcel.batch.truncate(40));
        });
    };
    for (case, bend, problem) in [("endless", endless, None), ("senseless", senseless, Some(Problem::RelayConfused))] {
        let mut world = with_news_of_two_devices();
        bend(&world);
        world.reconnect("phone");
        world.settle();
        let n_pulls = world.relay().seen().iter().filter(|seen| seen.link == "phone" && seen.call == "pull").count();
        assert!(n_pulls < 30, "{case}: the relay is left alone between tries, not asked {n_pulls} times");
        assert_eq!(world.on("phone").status().problem, problem, "{case}");
        world.relay().turn_honest();
        world.pass_ms(HOURS_MS);
        assert_eq!(world.on("phone").titles(), ["renamed"], "{case}");
        assert_eq!(world.on("phone").status().problem, None, "{case}");
    }
}

#[test]
fn a_batch_ahead_of_the_log_waits_for_it_and_holds_nobody_else() {
    let mut world = with_news_of_two_devices();
    let account = world.account("laptop");
    let n_entries = world.relay().stored_log(account).len();
    world.relay().bend_logs(To::Link("phone"), move |log| log.entries.truncate(n_entries));
    world.add_device_like("watch", "laptop");
    world.on("watch").sign_in();
    world.settle();
    world.on("watch").send_in_new_chat("of the watch");
    world.settle();
    world.on("tablet").send_in_new_chat("of the tablet");
    world.settle();
    world.reconnect("phone");
    world.settle();
    assert_eq!(world.on("phone").integrity(), IntegrityState::Withheld);
    assert!(!world.on("phone").titles().contains(&"of the watch".to_owned()));

    world.relay().turn_honest();
    world.pass_ms(HOURS_MS);
    assert!(world.on("phone").titles().contains(&"of the watch".to_owned()));
    assert_eq!(world.on("phone").integrity(), IntegrityState::Verified);
}

#[test]
fn a_device_whose_batches_are_all_held_back_is_missed_because_others_have_seen_them() {
    let mut world = with_news_of_two_devices();
    let entries = world.relay().stored_log(world.account("laptop"));
    let log = LogState::verify(world.account("laptop"), entries.iter().map(Vec::as_slice)).unwrap();
    let laptop = log.devices().min_by_key(|device| device.added_seq).expect("the founding one").part.id;
    world.relay().withhold_device(To::Link("phone"), laptop);
    world.reconnect("phone");
    world.settle();
    assert_eq!(world.on("phone").integrity(), IntegrityState::Verified, "nobody speaks of what is missing");

    // The tablet has seen the laptop's newest batch and says so with its own next one.
    world.on("tablet").send_in_new_chat("of the tablet");
    world.settle();
    assert_eq!(world.on("phone").integrity(), IntegrityState::Withheld);
    assert!(world.on("phone").titles().contains(&"of the tablet".to_owned()), "the tablet is read");
    assert!(!world.on("phone").titles().contains(&"renamed".to_owned()));

    world.relay().turn_honest();
    world.pass_ms(HOURS_MS);
    assert!(world.on("phone").titles().contains(&"renamed".to_owned()));
    assert_eq!(world.on("phone").integrity(), IntegrityState::Verified);
}

#[test]
fn a_relay_that_invents_trouble_without_end_does_not_fill_the_disk() {
    let mut world = with_news_of_two_devices();
    let genuine = newest_batch(&world);
    let mut n_invented = 0_u64;
    world.relay().bend_pages(To::Link("phone"), move |page| {
        for _ in 0..100 {
            n_invented += 1;
            let keys = DeviceKeys::generate(&mut SeededRng::new(n_invented));
            let mut batch = SignedBatch::parse(&genuine.batch).unwrap().batch;
            (batch.device_id, batch.seq, batch.previous) = (keys.id(), 0, Hash::ZERO);
            batch.seen.clear();
            let signature = keys.sign_batch(&batch);
            page.parcels.push(BatchParcel { batch: batch.with_signature(signature), envelopes: Vec::new() });
        }
    });
    world.reconnect("phone");
    world.pass_ms(HOURS_MS);
    let n_kept = world.disk("phone").all_rows().iter().filter(|(table, _)| *table == Table::Evidence).count();
    assert!((1..=70).contains(&n_kept), "{n_kept} rows of evidence");
    assert_eq!(world.on("phone").integrity(), IntegrityState::Altered);
    assert_eq!(world.on("phone").titles(), ["renamed"], "what is true is read all the same");
}
