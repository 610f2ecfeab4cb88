//! Settings, Storage: the counts are those of the rows on the disk, and follow what is written.

use client_core::intention::Intention;
use client_core::store::{Access, Table};
use client_core::view::storage::{BrowserStorage, StorageView};

use crate::world::World;

const SAYS: BrowserStorage = BrowserStorage { used_bytes: 3_000_000, quota_bytes: 9_000_000_000, persisted: false };

fn look(world: &mut World) -> StorageView {
    world.on("laptop").want(Intention::ShowStorage);
    world.tab("laptop").storage.clone().expect("the page is shown")
}

/// Rows and bytes on the disk: of these tables, or of all others.
fn on_disk(world: &World, tables: &[Table], of_these: bool) -> u64 {
    let rows = world.disk("laptop").all_rows();
    let chosen = rows.iter().filter(|(table, _)| tables.contains(table) == of_these);
    chosen.map(|(_, row)| row.value.len() as u64).sum()
}

#[test]
fn storage_is_counted_by_kind_and_follows_what_is_written() {
    let mut world = World::with_devices(["laptop"]);
    world.browser_says("laptop", Some(SAYS));
    for nth in 0..30 {
        world.on("laptop").send_in_new_chat(&format!("question {nth}"));
        world.settle();
    }
    world.on("laptop").keep_draft("half a thought");
    let view = look(&mut world);
    assert_eq!(view.browser, Some(SAYS));
    assert_eq!((view.chats.n, view.messages.n, view.receipts.n), (30, 60, 30));
    assert_eq!((view.deleted.n, view.drafts.n, view.waiting.n), (0, 1, 0));
    assert_eq!(view.chats.bytes, on_disk(&world, &[Table::Directory], true));
    assert_eq!(view.messages.bytes + view.receipts.bytes, on_disk(&world, &[Table::Messages], true));
    assert_eq!(view.drafts.bytes, on_disk(&world, &[Table::Drafts], true));
    let rest = [Table::Directory, Table::Messages, Table::Drafts, Table::Outbox];
    assert_eq!(view.other.bytes, on_disk(&world, &rest, false));

    world.cut_off("laptop");
    world.on("laptop").rename("another title");
    let view = world.tab("laptop").storage.clone().expect("the page is still shown");
    assert_eq!(view.waiting.n, 1, "it follows by itself");
    assert_eq!(view.waiting.bytes, on_disk(&world, &[Table::Outbox], true));
    let chat = world.tab("laptop").open.as_ref().expect("a chat is open").id;
    world.on("laptop").want(Intention::DeleteChat(chat));
    let view = look(&mut world);
    assert_eq!((view.chats.n, view.deleted.n, view.messages.n), (29, 1, 60), "the rows of a deleted chat are left");
}

#[test]
fn a_browser_that_says_nothing_and_a_store_that_is_read_only_are_counted_too() {
    let mut world = World::with_devices(["laptop"]);
    world.on("laptop").send("hello");
    world.settle();
    world.crash("laptop");
    world.disk("laptop").allow(Access::ReadOnly);
    world.start("laptop");
    world.on("laptop").unlock();
    let view = look(&mut world);
    assert_eq!(view.browser, None);
    assert_eq!((view.chats.n, view.messages.n), (1, 2));
    world.browser_says("laptop", Some(SAYS));
    assert_eq!(look(&mut world).browser, Some(SAYS));
}
