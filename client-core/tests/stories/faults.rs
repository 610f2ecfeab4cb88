//! What goes wrong around a device: lost answers, refusals, a full disk, damaged rows.

use client_core::store::Table;
use client_core::view::{NoticeView, Problem};
use shared_types::error::ErrorCode;

use crate::world::World;

#[test]
fn a_lost_answer_to_a_push_doubles_nothing() {
    for n_lost in 1..8 {
        let mut world = World::with_devices(["laptop", "phone"]);
        let account = world.account("laptop");
        world.cut_off("laptop");
        world.on("laptop").send("once");
        world.link("laptop").reconnect();
        for _ in 0..n_lost {
            world.link("laptop").lose_next_answer();
            world.pass_ms(1_500);
        }
        world.settle();
        assert_eq!(world.on("laptop").messages(), ["once", "a scripted answer"], "{n_lost}");
        assert_eq!(world.on("phone").messages(), ["once", "a scripted answer"], "{n_lost}");
        let batches = world.relay().stored_batches(account);
        let mut different = batches.clone();
        different.sort_by(|a, b| a.batch.cmp(&b.batch));
        different.dedup();
        assert_eq!(batches.len(), different.len(), "{n_lost}");
        assert_eq!(world.on("laptop").status().n_unsent, 0, "{n_lost}");
        assert_eq!(world.relay().asked().len(), 1, "{n_lost}");
    }
}

#[test]
fn a_refusal_that_passes_is_waited_out() {
    for code in [ErrorCode::RateLimited, ErrorCode::Internal, ErrorCode::StorageFull] {
        let mut world = World::with_devices(["laptop", "phone"]);
        world.cut_off("laptop");
        world.on("laptop").send("patient");
        world.link("laptop").reconnect();
        for _ in 0..6 {
            world.link("laptop").refuse_next(code);
            world.pass_ms(1_500);
        }
        world.settle();
        assert_eq!(world.on("phone").messages(), ["patient", "a scripted answer"], "{code:?}");
        assert_eq!(world.on("laptop").status().problem, None, "{code:?}");
    }
}

#[test]
fn a_session_that_the_relay_ended_is_said_and_nothing_is_lost() {
    let mut world = World::with_devices(["laptop"]);
    world.relay().end_all_sessions();
    world.on("laptop").send("still mine");
    world.settle();
    let refused = Problem::Relay { code: ErrorCode::UnknownSession, retry_after_s: None };
    assert_eq!(world.on("laptop").status().problem, Some(refused));
    assert!(world.on("laptop").status().n_unsent > 0);
    world.restart("laptop");
    assert_eq!(world.on("laptop").messages().first().map(String::as_str), Some("still mine"));
}

#[test]
fn a_full_disk_is_said_once_and_the_text_stays_in_the_composer() {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("before");
    world.settle();
    world.disk("laptop").fill_up();
    world.on("laptop").send("a long thought");
    assert_eq!(world.on("laptop").notices(), [NoticeView::Trouble(Problem::StorageFull)]);
    assert_eq!(world.on("laptop").draft(), "a long thought");
    assert_eq!(world.on("laptop").messages(), ["before", "a scripted answer"]);
    assert_eq!(world.relay().asked().len(), 1, "what is not kept is not asked");

    world.disk("laptop").make_room();
    world.on("laptop").send("a long thought");
    world.settle();
    let expected = ["before", "a scripted answer", "a long thought", "a scripted answer"];
    assert_eq!(world.on("laptop").messages(), expected);
    world.on("phone").open_newest();
    assert_eq!(world.on("phone").messages(), expected);
    assert_eq!(world.on("laptop").draft(), "");
}

#[test]
fn a_disk_that_is_full_when_an_answer_comes_gets_it_later() {
    let mut world = World::with_devices(["laptop"]);
    world.relay().hold_answers();
    world.on("laptop").send("question");
    world.disk("laptop").fill_up();
    world.relay().release_answers();
    world.pass_ms(20_000);
    assert!(world.on("laptop").notices().contains(&NoticeView::Trouble(Problem::StorageFull)));
    world.disk("laptop").make_room();
    world.settle();
    assert_eq!(world.on("laptop").messages(), ["question", "a scripted answer"]);
    assert_eq!(world.relay().asked().len(), 1);
}

#[test]
fn a_damaged_row_is_shown_and_kept_and_the_rest_goes_on() {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").send("in the damaged chat");
    world.settle();
    world.on("laptop").send_in_new_chat("in another chat");
    world.settle();
    let rows = world.disk("laptop").all_rows();
    let mut n_shown = 0;
    for (table, row) in rows.iter().filter(|(table, _)| matches!(table, Table::Messages | Table::Directory)) {
        let mut damaged = row.value.clone();
        *damaged.last_mut().unwrap() ^= 1;
        world.crash("laptop");
        world.link("laptop").cut_off();
        world.disk("laptop").tamper(*table, &row.key, Some(damaged.clone()));
        world.start("laptop");
        world.on("laptop").unlock();
        let chats: Vec<_> = world.tab("laptop").chats.iter().map(|row| row.id).collect();
        for chat in chats {
            world.on("laptop").open(chat);
        }
        n_shown += usize::from(world.on("laptop").status().problem == Some(Problem::DamagedRow));
        world.on("laptop").send_in_new_chat("going on");
        world.reconnect("laptop");
        world.settle();
        assert_eq!(world.on("laptop").messages(), ["going on", "a scripted answer"]);
        let kept = world.disk("laptop").all_rows().into_iter().find(|(_, other)| other.key == row.key);
        assert_eq!(kept.map(|(_, row)| row.value), Some(damaged), "{table:?}");
        world.disk("laptop").tamper(*table, &row.key, Some(row.value.clone()));
    }
    assert_eq!(
        n_shown, 6,
        "two chats, each with a directory row, an outline and a page; receipts are read when needed"
    );
}

#[test]
fn a_device_killed_after_any_commit_of_a_question_asks_it_once() {
    let mut n_commits = 0;
    loop {
        let mut world = World::with_devices(["laptop", "phone"]);
        world.relay().hold_answers();
        let n_rows = world.disk("laptop").all_rows().len();
        world.on("laptop").send("once");
        assert!(world.disk("laptop").all_rows().len() > n_rows);
        for _ in 0..n_commits {
            world.relay().release_words(1);
            world.run();
        }
        world.restart("laptop");
        world.relay().release_answers();
        world.settle();
        assert_eq!(world.on("phone").messages(), ["once", "a scripted answer"], "killed after {n_commits} words");
        assert_eq!(world.relay().asked().len(), 1);
        n_commits += 1;
        if n_commits > 5 {
            break;
        }
    }
}
