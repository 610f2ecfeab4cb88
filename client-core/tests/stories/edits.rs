//! Random edits by two devices over links that fail at random: in the end both hold the same, and nothing is lost.

use std::collections::BTreeSet;

use client_core::intention::Intention;
use client_core::keys::seeded::SeededRng;
use client_core::view::{IntegrityState, MessageState};
use rand_core::Rng;
use shared_types::error::ErrorCode;

use crate::world::World;

const NAMES: [&str; 2] = ["laptop", "phone"];
const N_EDITS: usize = 300;

/// Title, and every message with its state.
type Shown = (Option<String>, Vec<(String, MessageState)>);

/// A seeded run, and what it must end with.
struct Run {
    world: World,
    dice: SeededRng,
    /// Questions that were shown as saved and not taken back.
    kept: BTreeSet<String>,
    n_sent: usize,
}

impl Run {
    fn roll(&mut self, n_sides: u32) -> u32 {
        self.dice.next_u32() % n_sides
    }

    fn step(&mut self) {
        let name = NAMES[usize::from(self.roll(2) == 1)];
        match self.roll(20) {
            0..=4 => self.send(name),
            5 | 6 => self.rename(name),
            7 => self.delete_or_undo(name),
            8 => self.take_back(name),
            9 => {
                let text = format!("draft {}", self.roll(1000));
                self.world.on(name).keep_draft(&text);
            }
            10 => self.world.cut_off(name),
            11 | 12 => self.world.reconnect(name),
            13 => self.world.link(name).lose_next_request(),
            14 => self.world.link(name).lose_next_answer(),
            15 => self.world.link(name).refuse_next(ErrorCode::RateLimited),
            16 => self.world.restart(name),
            17 => self.open_any(name),
            _ => {
                let ms = u64::from(self.roll(5_000));
                self.world.pass_ms(ms);
            }
        }
    }

    fn send(&mut self, name: &str) {
        let text = format!("question {}", self.n_sent);
        self.n_sent += 1;
        self.kept.insert(text.clone());
        if self.roll(4) == 0 {
            self.world.on(name).send_in_new_chat(&text);
        } else {
            self.world.on(name).send(&text);
        }
    }

    fn rename(&mut self, name: &str) {
        let title = format!("title {}", self.roll(1000));
        if self.world.tab(name).open.is_some() {
            self.world.on(name).rename(&title);
        }
    }

    fn delete_or_undo(&mut self, name: &str) {
        let Some(chat) = self.world.tab(name).open.as_ref().map(|open| open.id) else { return };
        self.world.on(name).want(Intention::DeleteChat(chat));
        // Always undone, here at once or there later, so that everything can be compared in the end.
        if self.roll(2) == 0 {
            self.world.pass_ms(500);
        }
        self.world.on(name).want(Intention::UndoDelete(chat)).want(Intention::OpenChat(chat));
    }

    fn take_back(&mut self, name: &str) {
        let Some(open) = &self.world.tab(name).open else { return };
        let (chat, last) = (open.id, open.messages.last().cloned());
        let Some(last) = last.filter(|last| last.state == MessageState::WaitingOffline) else { return };
        self.world.on(name).want(Intention::TakeBack(chat));
        self.kept.remove(&last.text);
    }

    fn open_any(&mut self, name: &str) {
        let chats: Vec<_> = self.world.tab(name).chats.iter().map(|row| row.id).collect();
        let n_chats = u32::try_from(chats.len()).expect("a run makes few chats");
        if n_chats > 0 {
            let chat = chats[usize::try_from(self.roll(n_chats)).expect("a die of few sides")];
            self.world.on(name).open(chat);
        }
    }

    /// Title, and every message with its state, of each chat.
    fn everything(&mut self, name: &str) -> Vec<Shown> {
        let mut chats: Vec<_> = self.world.tab(name).chats.clone();
        // Chats that changed in the same millisecond stand as they came.
        chats.sort_by_key(|row| (std::cmp::Reverse(row.changed_ms), row.id));
        let mut all = Vec::new();
        for row in chats {
            self.world.on(name).open(row.id);
            while self.world.on(name).conversation().has_earlier {
                self.world.on(name).want(Intention::ShowEarlier(row.id));
            }
            let views = self.world.on(name).views().to_vec();
            all.push((row.title, views.into_iter().map(|view| (view.text, view.state)).collect()));
        }
        all
    }
}

#[expect(clippy::print_stdout, reason = "a run that fails is repeated by its seed")]
fn run(seed: u64) {
    println!("seed {seed}");
    let world = World::seeded_with_devices(seed, NAMES);
    let mut run = Run { world, dice: SeededRng::new(seed), kept: BTreeSet::new(), n_sent: 0 };
    for _ in 0..N_EDITS {
        run.step();
    }
    for name in NAMES {
        run.world.reconnect(name);
    }
    for _ in 0..4 {
        run.world.settle();
    }
    let [laptop, phone] = NAMES.map(|name| run.everything(name));
    assert_eq!(laptop, phone, "seed {seed}");
    let messages: Vec<&(String, MessageState)> = laptop.iter().flat_map(|(_, messages)| messages).collect();
    let questions: Vec<&String> =
        messages.iter().map(|(text, _)| text).filter(|text| text.starts_with("question")).collect();
    let there: BTreeSet<String> = questions.iter().map(|text| (*text).clone()).collect();
    assert_eq!(there, run.kept, "seed {seed}: what was shown as saved is there, what was taken back is not");
    assert_eq!(questions.len(), there.len(), "seed {seed}: nothing is doubled");
    for name in NAMES {
        let status = run.world.on(name).status();
        assert_eq!((status.n_unsent, status.integrity), (0, IntegrityState::Verified), "seed {seed}: {name}");
    }
}

#[test]
fn two_devices_with_failing_links_end_equal_and_lose_nothing() {
    (1..=6).for_each(run);
}
