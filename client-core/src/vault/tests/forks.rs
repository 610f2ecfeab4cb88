//! Another history of a chain is seen wherever it parts from the one that this device holds.

use shared_types::batch::SignedBatch;
use shared_types::sync::BatchParcel;

use super::{CHAT, NOW, Party, account};
use crate::account::confirm_device;
use crate::records::{DirectoryRecord, Record};
use crate::view::IntegrityState;

impl Party {
    /// Writes a title.
    fn entitle(&mut self, title: &str) -> BatchParcel {
        let at = self.vault.tick(self.now);
        self.write(Record::Directory(DirectoryRecord::Titled { chat: CHAT, title: title.into(), at }))
    }

    fn title(&self) -> String {
        self.vault.chat_row(CHAT).and_then(|row| row.title).unwrap()
    }

    /// State and place of everything that did not verify.
    fn evidence(&self) -> Vec<(IntegrityState, u64)> {
        self.vault.troubles.iter().map(|trouble| (trouble.state, trouble.batch_seq)).collect()
    }
}

fn seq_of(parcel: &BatchParcel) -> u64 {
    SignedBatch::parse(&parcel.batch).unwrap().batch.seq
}

// Adversary: A1 together with A7, a relay that holds two histories of one device, both signed by its key.
// Invariant: a batch that differs from the one applied at its place is a fork, however far below the tip it stands.
// Regression caught: only the tip is compared, so another history of what is known already is passed over in silence.
#[test]
fn a_fork_below_the_tip_is_seen() {
    for (n_common, n_own) in [(3, 3), (3, 200), (130, 10)] {
        let (mut owner, mut other) = account();
        let common = (0..n_common).map(|n| other.entitle(&format!("common {n}"))).collect();
        owner.read(common);
        let mut twin = other.twin();
        let own = (0..n_own).map(|n| other.entitle(&format!("own {n}"))).collect();
        owner.read(own);
        let forked = twin.entitle("of another history");
        assert_eq!(seq_of(&forked), n_common);
        owner.restart();
        owner.read(vec![forked.clone()]);
        assert_eq!(owner.evidence(), [(IntegrityState::Forked, n_common)]);
        let bytes: Vec<_> = owner.vault.troubles.iter().map(|trouble| trouble.bytes.clone()).collect();
        assert_eq!(bytes, [forked.batch], "the second signature is kept");

        let on = other.entitle("and on");
        owner.read(vec![on]);
        assert_eq!(owner.title(), "and on", "the rest of the account keeps working");
        owner.restart();
        assert_eq!(owner.evidence(), [(IntegrityState::Forked, n_common)], "after a restart too");
    }
}

// Adversary: A1, a relay that shows two devices two histories of a third.
// Invariant: who has seen another batch at a place that was applied here proves a fork, below the tip as well.
// Regression caught: a head is compared with the tip alone, so two devices never learn that they were told two stories.
#[test]
fn a_fork_below_the_tip_is_seen_through_what_others_have_seen() {
    let (mut owner, mut other) = account();
    let common: Vec<_> = (0..3).map(|n| owner.entitle(&format!("common {n}"))).collect();
    other.read(common);
    let mut twin = owner.twin();
    for n in 0..100 {
        owner.entitle(&format!("own {n}"));
    }
    other.read(vec![twin.entitle("of another history")]);
    let witness = other.entitle("written after it");
    owner.restart();
    owner.read(vec![witness]);
    assert_eq!(owner.evidence(), [(IntegrityState::Forked, 0)], "the first batch of the other device proves it");
    owner.entitle("and on");
    assert_eq!(owner.title(), "and on");
}

// Adversary: A1, a relay that makes up a batch at a place that is known.
// Invariant: only a batch that its author signed accuses the author.
// Regression caught: rubbish in the name of a device is shown as that device's fork.
#[test]
fn a_batch_that_nobody_signed_is_no_fork_of_its_author() {
    let (mut owner, mut other) = account();
    let parcels: Vec<_> = (0..3).map(|n| other.entitle(&format!("common {n}"))).collect();
    owner.read(parcels.clone());
    let mut unsigned = SignedBatch::parse(&parcels[1].batch).unwrap().batch;
    unsigned.leaves.clear();
    let batch = unsigned.with_signature(SignedBatch::parse(&parcels[1].batch).unwrap().signature);
    owner.read(vec![BatchParcel { batch, envelopes: Vec::new() }]);
    assert_eq!(owner.evidence(), [(IntegrityState::Altered, 1)]);
}

// Adversary: A1, a malicious relay, that serves a batch and holds back the log entry that it names, or invents one.
// Invariant: the trouble names the batch that waits and its author; without a signature it is no withheld log.
// Regression caught: the reader's own device is accused, with nothing that proves it.
#[test]
fn a_log_that_does_not_come_is_missed_by_the_batch_that_names_it() {
    let (mut owner, mut other) = account();
    let id = other.vault.device().id();
    let entry = confirm_device(owner.vault.log(), id, owner.vault.device(), NOW.seconds());
    other.append(&entry);
    let waiting = other.entitle("waits for its log");
    owner.read(vec![waiting.clone()]);
    assert_eq!(owner.evidence(), [(IntegrityState::Withheld, 0)]);
    let kept: Vec<_> = owner.vault.troubles.iter().map(|trouble| (trouble.author, trouble.bytes.clone())).collect();
    assert_eq!(kept, [(id, waiting.batch.clone())]);
    owner.append(&entry);
    assert_eq!(owner.evidence(), [], "the entry has come");
    owner.read(vec![waiting.clone()]);
    assert_eq!(owner.title(), "waits for its log");

    let (mut owner, _) = account();
    let mut unsigned = waiting;
    *unsigned.batch.last_mut().unwrap() ^= 1;
    owner.read(vec![unsigned]);
    assert_eq!(owner.evidence(), [(IntegrityState::Altered, 0)]);
}
