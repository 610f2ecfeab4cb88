//! Branches: what is shown depends on what is known and on nothing else, and nothing is lost.

use super::{CHAT, NOW, Party, account};
use crate::records::{Author, ChatRecord, End, Fork, Message, Record, Spot, Standing};
use crate::time::Stamp;
use crate::view::{IntegrityState, MessageId};
use shared_types::account::{ModelOffer, ModelPlace, ModelState};

fn id(nth: u8) -> MessageId {
    MessageId([nth; 16])
}

impl Party {
    fn stamp(&self, n: u32) -> Stamp {
        Stamp { ms: NOW.0, n, device: self.vault.device().id() }
    }

    fn question(&self, nth: u8, standing: Option<Standing>) -> Record {
        let (at, text) = (self.stamp(nth.into()), format!("q{nth}"));
        Record::Chat(CHAT, ChatRecord::Message(Message { id: id(nth), at, text, author: Author::Owner, standing }))
    }

    fn answer(&self, nth: u8, question: u8, standing: Option<Standing>) -> Record {
        let (at, text) = (self.stamp(nth.into()), format!("a{nth}"));
        let (place, state) = (ModelPlace::Server, ModelState::Ready);
        let (label, region, policy) = (String::new(), None, None);
        let owner = "test".to_owned();
        let offer = ModelOffer { id: "small".into(), label, place, owner, region, policy, state, context_tokens: 2048 };
        let author = Author::Model { question: id(question), offer, end: End::Done };
        Record::Chat(CHAT, ChatRecord::Message(Message { id: id(nth), at, text, author, standing }))
    }

    fn instead(&self, branch: Option<u8>, question: u8) -> Standing {
        let at = self.stamp(question.into());
        Standing::Instead(Fork { branch: branch.map(id), question: id(question), at })
    }

    fn chosen(&self, n: u32, spot: Spot, version: Option<u8>) -> Record {
        Record::Chat(CHAT, ChatRecord::Chosen { spot, version: version.map(id), at: self.stamp(n) })
    }

    fn shown(&mut self) -> Vec<String> {
        while let Some(name) = self.vault.missing_for_tail(CHAT, 100) {
            let key = self.vault.stored_key(name);
            self.vault.insert_row(name, self.rows.get(&(name.table(), key)).map(Vec::as_slice));
        }
        self.vault.visible_messages(CHAT).iter().map(|message| message.text.clone()).collect()
    }
}

/// q1 a2 q3 a4, q3 edited (5) with answer 6 and a follow-up 7, a2 written again (8) with a follow-up 9.
fn records(of: &Party) -> Vec<Record> {
    let within = |branch| Some(Standing::In(id(branch)));
    vec![
        of.question(1, None),
        of.answer(2, 1, None),
        of.question(3, None),
        of.answer(4, 3, None),
        of.question(5, Some(of.instead(None, 3))),
        of.answer(6, 5, within(5)),
        of.question(7, within(5)),
        of.answer(8, 1, Some(of.instead(None, 1))),
        of.question(9, within(8)),
        of.chosen(10, Spot::Answer(id(1)), None),
    ]
}

#[test]
fn branches_are_the_same_whatever_the_order_of_arrival() {
    let (mut owner, other) = account();
    let records = records(&owner);
    let n_records = records.len();
    for turn in 0..n_records {
        for step in [1, 3, 7, 9] {
            let mut reader = other.twin();
            let order = (0..n_records).map(|nth| (nth * step + turn) % n_records);
            for nth in order {
                let parcel = owner.forge_record(&records[nth]);
                reader.read(vec![parcel]);
            }
            assert_eq!(reader.shown(), ["q1", "a2", "q5", "a6", "q7"], "from {turn} by {step}");
            reader.restart();
            assert_eq!(reader.shown(), ["q1", "a2", "q5", "a6", "q7"], "from {turn} by {step}, after a restart");
            owner = account().0;
        }
    }
}

// Adversary: a device of the account that was taken over, or a bug of another version.
// Invariant: whatever branches messages claim, every one of them is shown or one step of versions away.
// Regression caught: versions that leave each other, or a branch that nobody began, make messages unreachable or
// the path endless.
#[test]
fn branches_that_lead_nowhere_lose_no_message() {
    let (mut owner, mut reader) = account();
    let records = [
        owner.question(1, None),
        owner.answer(2, 1, None),
        owner.question(3, Some(Standing::In(id(99)))),
        owner.question(4, Some(owner.instead(Some(5), 3))),
        owner.question(5, Some(owner.instead(Some(4), 3))),
        owner.question(6, Some(owner.instead(Some(6), 98))),
        owner.question(7, Some(Standing::In(id(6)))),
    ];
    for record in &records {
        let parcel = owner.forge_record(record);
        reader.read(vec![parcel]);
    }
    let mut seen = reader.shown();
    for version in [None, Some(4), Some(5)] {
        let choice = owner.chosen(20 + u32::from(version.unwrap_or(0)), Spot::Question(id(3)), version);
        let parcel = owner.forge_record(&choice);
        reader.read(vec![parcel]);
        seen.extend(reader.shown());
    }
    for text in ["q1", "a2", "q3", "q4", "q5", "q6", "q7"] {
        assert!(seen.iter().any(|shown| shown == text), "{text} is lost: {seen:?}");
    }
}

// Adversary: A11, a device that was let in and writes in a far future.
// Invariant: which version is shown can always be chosen anew.
// Regression caught: a choice from the year 2100 counts, and every honest one comes before it.
#[test]
fn a_choice_of_a_far_future_does_not_count() {
    let (mut owner, mut reader) = account();
    for record in [owner.question(1, None), owner.question(2, Some(owner.instead(None, 1)))] {
        let parcel = owner.forge_record(&record);
        reader.read(vec![parcel]);
    }
    assert_eq!(reader.shown(), ["q2"], "the newest, if nobody has chosen");
    let far = Stamp { ms: NOW.0 + 100 * 24 * 60 * 60 * 1000, ..owner.stamp(1) };
    let choice = ChatRecord::Chosen { spot: Spot::Question(id(1)), version: None, at: far };
    let parcel = owner.forge_record(&Record::Chat(CHAT, choice));
    reader.read(vec![parcel]);
    assert_eq!((reader.shown(), reader.vault.integrity()), (vec!["q2".to_owned()], IntegrityState::Altered));
    let choice = owner.chosen(9, Spot::Question(id(1)), None);
    let parcel = owner.forge_record(&choice);
    reader.read(vec![parcel]);
    assert_eq!(reader.shown(), ["q1"]);
}
