//! Entries of the account log, and the epochs that come with them.

use shared_types::account::{BackLink, LogAppendRequest, SealedCopy};
use shared_types::ids::{Hash, PartyId, WireBytes};
use shared_types::log::{Entry, EntryBody, EpochPart, LogHead};

use super::{Answer, Keys, Person, World, random};

impl Person {
    pub(crate) fn epoch(number: u32, mut recipients: Vec<PartyId>) -> (EpochPart, Vec<SealedCopy>) {
        recipients.sort();
        let seal = |recipient| SealedCopy { recipient, sealed: WireBytes(random::<80>().to_vec()) };
        let copies: Vec<SealedCopy> = recipients.into_iter().map(seal).collect();
        let listed = copies.iter().map(|copy| (copy.recipient, Hash::of(&[&copy.sealed.0]))).collect();
        (EpochPart { number, commitment: Hash(random()), copies: listed }, copies)
    }

    pub(crate) fn head(&self) -> LogHead {
        let last = self.log.last().unwrap();
        LogHead { seq: last.seq, hash: last.hash() }
    }

    /// The next entry of this person's log.
    pub(crate) fn entry(&self, now: u64, body: EntryBody, mut signers: Vec<PartyId>) -> Entry {
        signers.sort();
        let head = self.head();
        Entry { account_id: self.account, seq: head.seq + 1, previous: head.hash, time_s: now, body, signers }
    }

    /// Signs with whatever of this person's keys, or the others given, the entry names.
    pub(crate) fn sign_entry(&self, entry: &Entry, others: &[&Keys]) -> Vec<u8> {
        let part = entry.to_signed_part();
        let mut keys: Vec<(PartyId, &Keys)> = vec![
            (self.account.into(), &self.founder),
            (self.device.device().id.into(), &self.device),
            (self.passkey_part().id.into(), &self.passkey),
            (self.words_part().id.into(), &self.words),
        ];
        keys.extend(others.iter().map(|keys| (keys.device().id.into(), *keys)));
        let sign = |signer: &PartyId| keys.iter().find(|(id, _)| id == signer).unwrap().1.sign(&part);
        entry.with_signatures(&entry.signers.iter().map(sign).collect::<Vec<_>>())
    }

    pub(crate) async fn append(&mut self, world: &World, request: &LogAppendRequest) -> Answer {
        self.call(world, "POST", "/v1/log", serde_json::to_vec(request).unwrap()).await
    }

    /// An entry alone, as a request.
    pub(crate) fn append_request(&self, entry: &Entry, others: &[&Keys]) -> LogAppendRequest {
        let entries = vec![WireBytes(self.sign_entry(entry, others))];
        LogAppendRequest { entries, ..LogAppendRequest::default() }
    }

    /// A rotation of the epoch after the entries given.
    pub(crate) fn rotation(&self, after: &Entry, now: u64, recipients: Vec<PartyId>) -> (Entry, LogAppendRequest) {
        let (epoch, copies) = Self::epoch(2, recipients);
        let body = EntryBody::EpochAdvance { epoch, heads: vec![] };
        let entry = Entry {
            account_id: self.account,
            seq: after.seq + 1,
            previous: after.hash(),
            time_s: now,
            body,
            signers: vec![self.device.device().id.into()],
        };
        let link = BackLink { sealing_epoch: 2, sealed_epoch: 1, envelope: WireBytes(random::<360>().to_vec()) };
        let entries = vec![WireBytes(self.sign_entry(&entry, &[]))];
        (entry, LogAppendRequest { entries, copies, back_link: Some(link), ..LogAppendRequest::default() })
    }
}
