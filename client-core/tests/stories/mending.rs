//! Damaged rows of a device's store: shown, kept byte for byte, written beside, and read again from the batches.

use std::collections::BTreeMap;

use client_core::intention::Intention;
use client_core::store::{Row, Table};
use client_core::view::{ChatRowState, MessageState, Problem, ScreenView};
use shared_types::error::ErrorCode;

use crate::world::World;

const DAMAGED: Option<Problem> = Some(Problem::DamagedRow);

/// Two chats that the relay has, and a question in one of them that it does not have yet. The laptop is off.
fn with_two_chats() -> World {
    let mut world = World::with_devices(["laptop", "phone"]);
    world.on("laptop").send("first chat");
    world.settle();
    world.on("laptop").send_in_new_chat("second chat");
    world.settle();
    world.cut_off("laptop");
    world.on("laptop").send("only here");
    world.on("laptop").keep_draft("half a thought");
    world.settle();
    world.crash("laptop");
    world
}

fn rows(world: &World) -> Vec<(Table, Row)> {
    world.disk("laptop").all_rows().into_iter().filter(|(table, _)| *table != Table::Unlock).collect()
}

/// Changes a bit of a row and starts the device again.
fn damage(world: &mut World, table: Table, row: &Row) -> Vec<u8> {
    let mut damaged = row.value.clone();
    *damaged.last_mut().expect("a row is not empty") ^= 1;
    world.disk("laptop").tamper(table, &row.key, Some(damaged.clone()));
    world.start("laptop");
    world.on("laptop").want(Intention::UnlockWithPasskey);
    damaged
}

fn stored(world: &World, table: Table, row: &Row) -> Option<Vec<u8>> {
    let mut rows = world.disk("laptop").all_rows().into_iter();
    rows.find(|(other, stored)| *other == table && stored.key == row.key).map(|(_, stored)| stored.value)
}

/// Title, and the texts of each chat, by title.
fn everything(world: &mut World, name: &str) -> Vec<(Option<String>, Vec<String>)> {
    let chats = world.tab(name).chats.clone();
    let mut all: Vec<_> = chats
        .into_iter()
        .map(|row| {
            world.on(name).open(row.id);
            (row.title, world.on(name).messages())
        })
        .collect();
    all.sort();
    all
}

/// Opens every chat, so that every row that is looked at has been.
fn look_at_everything(world: &mut World) {
    everything(world, "laptop");
}

fn write_into_every_chat(world: &mut World) {
    for row in world.tab("laptop").chats.clone() {
        world.on("laptop").open(row.id).send("written after the damage");
    }
}

/// How many chats show what was written after the damage.
fn n_durable(world: &mut World) -> usize {
    let all = everything(world, "laptop");
    all.iter().filter(|(_, texts)| texts.iter().any(|text| text == "written after the damage")).count()
}

#[test]
fn whatever_row_is_damaged_it_is_shown_kept_written_beside_and_read_again() {
    let n_rows = rows(&with_two_chats()).len();
    let mut fates: BTreeMap<Table, BTreeMap<&str, usize>> = BTreeMap::new();
    for nth in 0..n_rows {
        let mut world = with_two_chats();
        let (table, row) = rows(&world).swap_remove(nth);
        let damaged = damage(&mut world, table, &row);
        let fate = outlive(&mut world, table);
        *fates.entry(table).or_default().entry(fate).or_default() += 1;
        assert_eq!(stored(&world, table, &row), Some(damaged), "{table:?} {nth}: the damaged bytes are kept");
    }
    let stuck: Vec<Table> = fates.iter().filter(|(_, fates)| fates.contains_key("stuck")).map(|(t, _)| *t).collect();
    assert_eq!(stuck, [Table::Device, Table::Log, Table::Keys, Table::Heads], "without these nothing can be read");
    for table in [Table::Directory, Table::Messages, Table::Scopes] {
        assert_eq!(fates[&table].keys().copied().collect::<Vec<_>>(), ["mended"], "{table:?}");
    }
    assert!(fates[&Table::Keys].contains_key("mended"), "scope keys come again");
    assert_eq!(fates[&Table::Waiting].keys().copied().collect::<Vec<_>>(), ["kept"]);
    assert_eq!(fates[&Table::Drafts].keys().copied().collect::<Vec<_>>(), ["kept"]);
}

/// Goes on with a damaged row, first without the relay, then with it; says what became of it.
fn outlive(world: &mut World, table: Table) -> &'static str {
    if *world.on("laptop").screen() != ScreenView::Open {
        assert_eq!(world.on("laptop").problem(), DAMAGED);
        return "stuck";
    }
    look_at_everything(world);
    // A receipt is looked at only when its turn is taken up.
    let is_shown = world.on("laptop").status().problem.is_some();
    let n_chats = world.tab("laptop").chats.len();
    assert_eq!(n_chats, 2, "{table:?}: both chats are listed");
    write_into_every_chat(world);
    world.restart("laptop");
    assert_eq!(n_durable(world), 2, "{table:?}: what is written after the damage is durable");

    world.reconnect("laptop");
    world.settle();
    let lost = Some(Problem::Relay { code: ErrorCode::UnknownSession, retry_after_s: None });
    if world.on("laptop").status().problem == lost {
        world.on("laptop").want(Intention::SignInAgain);
    }
    world.settle();
    world.settle();
    let problem = world.on("laptop").status().problem;
    if table == Table::Outbox {
        assert!(problem.is_some(), "a change that is damaged before it was sent is said");
        return "kept";
    }
    assert_eq!(everything(world, "laptop"), everything(world, "phone"), "{table:?}: everything is there again");
    if problem == DAMAGED {
        return "kept";
    }
    assert_eq!(problem, None, "{table:?}");
    assert!(is_shown || table == Table::Messages, "{table:?}: it was shown before it was mended");
    let calm = |state| state == ChatRowState::Calm;
    assert!(world.tab("laptop").chats.iter().all(|row| calm(row.state)), "{table:?}: no chat is marked any more");
    world.restart("laptop");
    assert_eq!(everything(world, "laptop"), everything(world, "phone"), "{table:?}: also after a restart");
    assert_eq!(world.on("laptop").status().problem, None, "{table:?}: what is mended is not shown again");
    "mended"
}

#[test]
fn a_damaged_chat_is_marked_and_shows_what_can_still_be_read() {
    let mut n_marked = 0;
    let n_rows = rows(&with_two_chats()).len();
    for nth in 0..n_rows {
        let mut world = with_two_chats();
        let (table, row) = rows(&world).swap_remove(nth);
        if !matches!(table, Table::Directory | Table::Messages) {
            continue;
        }
        damage(&mut world, table, &row);
        look_at_everything(&mut world);
        let marked: Vec<_> =
            world.tab("laptop").chats.iter().filter(|row| row.state == ChatRowState::Damaged).cloned().collect();
        let is_waiting = world.tab("laptop").chats.iter().any(|row| row.state == ChatRowState::Waiting);
        assert!(is_waiting, "the question that waits is shown as waiting");
        for row in &marked {
            world.on("laptop").open(row.id);
            assert_eq!(world.on("laptop").conversation().problem, DAMAGED);
            if table == Table::Directory {
                assert_eq!(row.title, None, "nobody knows its title");
                assert_eq!(world.on("laptop").messages(), ["first chat", "a scripted answer"], "its messages are read");
            }
        }
        n_marked += marked.len();
    }
    assert_eq!(n_marked, 3, "of the chat where nothing waits: its row of the list, its outline and its page");
}

#[test]
fn what_was_not_sent_is_mended_without_the_relay() {
    let mut world = with_two_chats();
    let before = {
        world.start("laptop");
        world.on("laptop").unlock();
        let texts = everything(&mut world, "laptop");
        world.crash("laptop");
        texts
    };
    let pages: Vec<(Table, Row)> = rows(&world).into_iter().filter(|(table, _)| *table == Table::Messages).collect();
    let mut n_survived = 0;
    for (table, row) in pages {
        let damaged = damage(&mut world, table, &row);
        let texts = everything(&mut world, "laptop");
        n_survived += usize::from(texts.iter().any(|(_, texts)| texts.contains(&"only here".to_owned())));
        assert_eq!(stored(&world, table, &row), Some(damaged));
        world.crash("laptop");
        // The rows beside stay; the next one is damaged as well.
    }
    let n_pages = rows(&world).iter().filter(|(table, _)| *table == Table::Messages).count();
    assert!(n_survived > 0 && n_pages > 0);
    world.start("laptop");
    world.on("laptop").unlock();
    world.reconnect("laptop");
    world.settle();
    world.settle();
    assert_eq!(everything(&mut world, "laptop"), everything(&mut world, "phone"));
    assert_eq!(before.len(), 2);
    assert!(world.on("laptop").states().iter().all(|state| *state == MessageState::Done));
}
