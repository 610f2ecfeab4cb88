//! A store that belongs to a newer release: it is read as far as that goes, and nothing of it is changed.

use client_core::intention::Intention;
use client_core::store::{Access, Table};
use client_core::view::{NoticeView, Problem, ScreenView};

use crate::world::World;

/// Where the schema stands in an envelope.
const SCHEMA_LOW_BYTE: usize = 7;

#[test]
fn a_store_of_a_newer_release_is_read_and_neither_written_nor_wiped() {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").send("before the update");
    world.settle();
    world.crash("laptop");
    world.disk("laptop").allow(Access::ReadOnly);
    let rows = world.disk("laptop").all_rows();
    let n_batches = world.relay().stored_batches(world.account("laptop")).len();

    world.start("laptop");
    world.on("laptop").unlock();
    assert_eq!(world.on("laptop").messages(), ["before the update", "a scripted answer"]);
    assert_eq!(world.on("laptop").status().problem, Some(Problem::NewerRelease), "it is said");
    assert!(world.on("laptop").status().online, "and nobody says that the network is to blame");
    world.on("laptop").send("written with the old one");
    let refused = NoticeView::Trouble(Problem::NewerRelease);
    assert_eq!(world.on("laptop").notices(), [refused]);
    assert_eq!(world.on("laptop").draft(), "written with the old one", "the text stays in its box");
    world.on("laptop").rename("another title");
    world.on("laptop").want(Intention::SignOut);
    world.on("laptop").want(Intention::SignOutAnyway);
    world.settle();
    assert_eq!(world.on("laptop").notices(), [refused; 4], "a sign-out that could not be finished is not begun");
    assert_eq!(world.on("laptop").messages(), ["before the update", "a scripted answer"]);
    assert_eq!(world.disk("laptop").all_rows(), rows, "nothing was written");
    assert_eq!(world.relay().stored_batches(world.account("laptop")).len(), n_batches, "nothing was sent");
    assert_eq!(world.relay().asked().len(), 1, "nothing was asked");

    world.disk("laptop").allow(Access::Full);
    world.restart("laptop");
    world.on("laptop").send("with the new one");
    world.settle();
    assert_eq!(world.on("laptop").messages().len(), 4);
}

#[test]
fn rows_that_a_newer_release_has_sealed_are_passed_over() {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").send("in the old form");
    world.settle();
    let known: Vec<_> = world.disk("laptop").all_rows().into_iter().map(|(_, row)| row.key).collect();
    world.on("laptop").send_in_new_chat("in the new form");
    world.settle();
    world.crash("laptop");
    for (table, row) in world.disk("laptop").all_rows() {
        if table == Table::Directory && !known.contains(&row.key) {
            let mut newer = row.value;
            newer[SCHEMA_LOW_BYTE] += 1;
            world.disk("laptop").tamper(table, &row.key, Some(newer));
        }
    }
    world.disk("laptop").allow(Access::ReadOnly);
    world.start("laptop");
    world.on("laptop").unlock();
    assert_eq!(world.on("laptop").titles(), ["in the old form"]);
    assert_eq!(world.on("laptop").messages(), ["in the old form", "a scripted answer"]);
}

#[test]
fn a_store_of_a_newer_release_without_an_account_says_so() {
    let mut world = World::new();
    world.add_person("laptop");
    world.crash("laptop");
    world.disk("laptop").allow(Access::ReadOnly);
    world.start("laptop");
    assert_eq!(*world.on("laptop").screen(), ScreenView::Stuck(Problem::NewerRelease));
}
