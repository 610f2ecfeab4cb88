//! Attack row 26: what lengths tell.

use std::collections::{BTreeMap, BTreeSet};

use client_core::records::{Author, ChatRecord, DirectoryRecord, Message, Record};
use client_core::time::Stamp;
use client_core::view::{ChatId, MessageId};
use shared_types::ids::{DeviceId, ScopeId};
use shared_types::limits::{MAX_MESSAGE_BYTES, MAX_TITLE_CHARS};

use crate::world::World;

const CHAT: ChatId = ScopeId([1; 16]);
/// A moment as wide as any that this world has.
const AT: Stamp = Stamp { ms: 1_700_000_000_000, n: 0, device: DeviceId([1; 16]) };

/// A record around a text.
type Make = fn(String) -> Record;
/// What a person does with a text.
type Write = fn(&mut World, &str);

fn message(text: String) -> Record {
    let id = MessageId([1; 16]);
    Record::Chat(CHAT, ChatRecord::Message(Message { id, at: AT, text, author: Author::Owner, standing: None }))
}

fn title(title: String) -> Record {
    Record::Directory(DirectoryRecord::Titled { chat: CHAT, title, at: AT })
}

/// The size class of the record around a text of so many bytes: Padmé as docs/formats.md has it.
fn class(make: Make, n_bytes: usize) -> usize {
    let n_bytes = (4 + make("x".repeat(n_bytes)).to_cbor().len()).max(256);
    let exponent = n_bytes.ilog2();
    n_bytes.next_multiple_of(1 << (exponent - exponent.ilog2() - 1))
}

/// The first, the last and a length between of the size class that this length belongs to.
fn lengths_of_class(make: Make, n_bytes: usize, max_bytes: usize) -> [usize; 3] {
    let own = class(make, n_bytes);
    let is_own = |n_bytes: &usize| class(make, *n_bytes) == own;
    let first = (1..=n_bytes).rev().take_while(is_own).last().expect("it is of its own class");
    let last = (n_bytes..=max_bytes).take_while(is_own).last().expect("it is of its own class");
    [first, usize::midpoint(first, last), last]
}

// Adversary: A1, A2 and A3, who count the bytes of everything that a device sends and that the relay keeps.
// Invariant: texts of one size class make requests of one length; a text tells its class and nothing else.
// Regression caught: padding that ends short of its class, or a field beside the envelope that grows with the text.
#[test]
fn one_size_class_has_one_wire_length() {
    let kinds: [(Make, Write, usize, &[usize]); 2] = [
        (message, |world, text| _ = world.on("laptop").send(text), MAX_MESSAGE_BYTES, &[1, 300, 1_000, 4_000, 20_000]),
        (title, |world, text| _ = world.on("laptop").rename(text), MAX_TITLE_CHARS, &[1]),
    ];
    for (make, write, max_bytes, starts) in kinds {
        let mut world = World::new();
        // Nothing answers: a prompt is as long as it is.
        world.relay().set_about(|about| about.models.clear());
        world.add_person("laptop");
        world.on("laptop").sign_up();
        world.on("laptop").send("the first makes the chat");
        world.settle();
        let mut by_class: BTreeMap<usize, BTreeSet<Vec<usize>>> = BTreeMap::new();
        for n_bytes in starts.iter().flat_map(|start| lengths_of_class(make, *start, max_bytes)) {
            let n_before = world.relay().seen().len();
            write(&mut world, &"x".repeat(n_bytes));
            world.run();
            let seen = world.relay().seen().split_off(n_before);
            let pushed = seen.iter().filter(|seen| seen.call == "push").map(|seen| seen.bytes.len()).collect();
            by_class.entry(class(make, n_bytes)).or_default().insert(pushed);
        }
        assert_eq!(by_class.len(), starts.len());
        assert!(by_class.values().all(|lengths| lengths.len() == 1), "one length a class: {by_class:?}");
        let all: BTreeSet<_> = by_class.values().flatten().collect();
        assert_eq!(all.len(), starts.len(), "and each class its own: {by_class:?}");
        assert!(all.iter().all(|lengths| lengths.len() == 1), "one push each: {by_class:?}");
    }
}
