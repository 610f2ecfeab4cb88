//! Rows of the vault: how each is named, sealed and written when it is dirty.

use rand_core::CryptoRng;
use shared_types::ids::{DeviceId, Hash, KeyId, MethodId};

use super::Vault;
use super::ring::KeyUsage;
use crate::envelope::SealError;
use crate::keys::RowSealer;
use crate::records::{HeadsRow, LinksRow, ScopePlaceRow, SeenRow, TipRow, to_cbor};
use crate::store::{Expectation, Row, StoreBatch, Table, Write};
use crate::view::{ChatId, MessageId};

/// Names a row of this device's store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowName {
    /// Private halves of the device keys.
    DeviceKeys,
    /// The session.
    Session,
    /// Cursor and clock.
    Sync,
    /// What is known of the saves of the last days.
    KnownDays,
    /// Damaged rows whose content was read again.
    Mended,
    /// How its user wants this device to be.
    Preferences,
    /// The name that goes with the account's password.
    Password,
    /// The account secret, without which no guess of a password can be tested.
    AccountSecret,
    /// Name of a device.
    DeviceName(DeviceId),
    /// What is known of a way to sign in.
    MethodNote(MethodId),
    /// An entry of the account log.
    Log(u32),
    /// An epoch key.
    Epoch(u32),
    /// Number and commitment of an epoch that this device has made and the log does not have yet.
    MadeEpoch,
    /// Its key.
    MadeKey,
    /// A scope key.
    ScopeKey(KeyId),
    /// Where a scope key belongs.
    ScopePlace(KeyId),
    /// Tips of all chains.
    Heads,
    /// What the chain of a device has seen of the others.
    Seen(DeviceId),
    /// Hashes of batches of a device's chain.
    Links(DeviceId, u64),
    /// An own batch on its way.
    Outbox(u64),
    /// What the chat list knows of a chat.
    Chat(ChatId),
    /// Where the messages of a chat lie.
    Outline(ChatId),
    /// A page of messages.
    Page(ChatId, u32),
    /// A receipt.
    Receipt(ChatId, MessageId),
    /// A question that waits.
    Waiting(MessageId),
    /// A draft.
    Draft(Option<ChatId>),
    /// Something that did not verify, by its hash.
    Evidence(Hash),
}

impl RowName {
    /// The table that holds it.
    pub fn table(self) -> Table {
        match self {
            Self::DeviceKeys
            | Self::Session
            | Self::Sync
            | Self::KnownDays
            | Self::Mended
            | Self::Preferences
            | Self::Password
            | Self::MadeEpoch
            | Self::DeviceName(_)
            | Self::MethodNote(_) => Table::Device,
            Self::Log(_) => Table::Log,
            Self::Epoch(_) | Self::MadeKey | Self::ScopeKey(_) | Self::AccountSecret => Table::Keys,
            Self::ScopePlace(_) => Table::Scopes,
            Self::Heads | Self::Seen(_) | Self::Links(..) => Table::Heads,
            Self::Outbox(_) => Table::Outbox,
            Self::Chat(_) => Table::Directory,
            Self::Outline(_) | Self::Page(..) | Self::Receipt(..) => Table::Messages,
            Self::Waiting(_) => Table::Waiting,
            Self::Draft(_) => Table::Drafts,
            Self::Evidence(_) => Table::Evidence,
        }
    }

    /// The bytes that are hidden by an HMAC to make the row's key.
    fn row_key(self) -> Vec<u8> {
        let number = |label: &str, number: u32| [label.as_bytes(), &number.to_be_bytes()].concat();
        match self {
            Self::DeviceKeys => b"device-keys".to_vec(),
            Self::Session => b"session".to_vec(),
            Self::Sync => b"sync".to_vec(),
            Self::KnownDays => b"known-days".to_vec(),
            Self::Mended => b"mended".to_vec(),
            Self::Preferences => b"preferences".to_vec(),
            Self::Password => b"password".to_vec(),
            Self::AccountSecret => b"account-secret".to_vec(),
            Self::DeviceName(device) => [b"device-name", &device.0[..]].concat(),
            Self::MethodNote(method) => [b"method-note", &method.0[..]].concat(),
            Self::Log(seq) => number("entry", seq),
            Self::Epoch(epoch) => number("epoch", epoch),
            Self::MadeEpoch => b"made-epoch".to_vec(),
            Self::MadeKey => b"made-key".to_vec(),
            Self::ScopeKey(id) => [b"scope-key", &id.0[..]].concat(),
            Self::ScopePlace(id) => [b"scope-place", &id.0[..]].concat(),
            Self::Heads => b"heads".to_vec(),
            Self::Seen(device) => [b"seen", &device.0[..]].concat(),
            Self::Links(device, row) => [b"links", &device.0[..], &row.to_be_bytes()].concat(),
            Self::Outbox(seq) => seq.to_be_bytes().to_vec(),
            Self::Chat(chat) => [b"entry", &chat.0[..]].concat(),
            Self::Outline(chat) => [b"outline", &chat.0[..]].concat(),
            Self::Page(chat, page) => [b"page", &chat.0[..], &page.to_be_bytes()].concat(),
            Self::Receipt(chat, turn) => [b"receipt", &chat.0[..], &turn.0].concat(),
            Self::Waiting(question) => [b"waiting", &question.0[..]].concat(),
            Self::Draft(Some(chat)) => [b"draft", &chat.0[..]].concat(),
            Self::Draft(None) => b"draft".to_vec(),
            Self::Evidence(hash) => [b"evidence", &hash.0[..]].concat(),
        }
    }

    /// The same for the row that is written beside so many damaged ones of this name.
    pub(super) fn row_key_beside(self, n_damaged: u32) -> Vec<u8> {
        let mut row_key = self.row_key();
        if n_damaged > 0 {
            row_key.extend([b"beside", &n_damaged.to_be_bytes()[..]].concat());
        }
        row_key
    }

    /// The key under which it is stored: an HMAC, except for the device's own sequence numbers.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the few rows that are unlike the others are named")]
    pub(super) fn key_beside(self, n_damaged: u32, sealer: &RowSealer) -> Vec<u8> {
        match self {
            Self::Outbox(seq) if n_damaged == 0 => seq.to_be_bytes().to_vec(),
            _ => sealer.row_key_hash(self.table().number(), &self.row_key_beside(n_damaged)).0.to_vec(),
        }
    }

    /// The chat that it belongs to, if it names one.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the rows of chats are named")]
    pub(super) fn chat(self) -> Option<ChatId> {
        match self {
            Self::Chat(chat) | Self::Outline(chat) | Self::Page(chat, _) | Self::Receipt(chat, _) => Some(chat),
            _ => None,
        }
    }
}

impl Vault {
    /// Seals every dirty row into one batch for the store; empty if nothing is dirty.
    ///
    /// If heads moved, the batch expects the heads that this vault wrote last: one writer. A row that outgrew its limit
    /// stays in the store as it was, and is damaged from now on.
    pub fn take_writes(&mut self, rng: &mut dyn CryptoRng) -> StoreBatch {
        let mut batch = StoreBatch::default();
        if !self.dirty.is_empty() {
            self.release_drafts();
        }
        for name in std::mem::take(&mut self.dirty) {
            let key = self.stored_key(name);
            let Ok(value) = self.seal_dirty(name, rng) else {
                self.mark_outgrown(name);
                continue;
            };
            self.damage.unmark_outgrown(name);
            if name == RowName::Heads {
                let expected = std::mem::replace(&mut self.stored_heads, value.clone());
                batch.expectations.push(Expectation { table: name.table(), key: key.clone(), value: expected });
            }
            batch.writes.push(match value {
                Some(value) => Write::Put { table: name.table(), row: Row { key, value } },
                None => Write::Delete { table: name.table(), key },
            });
        }
        self.receipts.clear();
        batch
    }

    /// The sealed value of a row as the vault has it now; `None` = the row goes.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the few rows that are unlike the others are named")]
    fn seal_dirty(&self, name: RowName, rng: &mut dyn CryptoRng) -> Result<Option<Vec<u8>>, SealError> {
        let (table, row_key) = (name.table().number(), self.row_key(name));
        let sealed = match name {
            RowName::DeviceKeys => Some(self.device.to_row(&self.sealer, table, &row_key, rng)),
            RowName::Epoch(number) => self.epochs.key(number).map(|key| key.to_row(&self.sealer, table, &row_key, rng)),
            RowName::MadeKey => self.made.as_ref().map(|made| made.key.to_row(&self.sealer, table, &row_key, rng)),
            RowName::AccountSecret => {
                self.account_secret.as_ref().map(|secret| secret.to_row(&self.sealer, table, &row_key, rng))
            }
            RowName::ScopeKey(id) => {
                self.ring.find_key(&id).map(|found| found.key.to_row(&self.sealer, table, &row_key, rng))
            }
            _ => {
                let cbor = self.plain_row(name);
                cbor.map(|cbor| self.sealer.seal_row(table, &row_key, &cbor, rng)).transpose()?
            }
        };
        Ok(sealed.map(|sealed| sealed.envelope))
    }

    fn plain_row(&self, name: RowName) -> Option<Vec<u8>> {
        match name {
            RowName::DeviceKeys
            | RowName::Epoch(_)
            | RowName::MadeKey
            | RowName::ScopeKey(_)
            | RowName::AccountSecret => None,
            RowName::MadeEpoch => self.made.as_ref().map(|made| to_cbor(&made.to_row())),
            RowName::Session => self.session.as_ref().map(to_cbor),
            RowName::Sync => Some(to_cbor(&self.sync)),
            RowName::KnownDays => Some(to_cbor(&self.known_days)),
            RowName::Mended => Some(to_cbor(&self.damage.to_row())),
            RowName::Preferences => Some(to_cbor(&self.preferences)),
            RowName::Password => self.password.as_ref().map(to_cbor),
            RowName::DeviceName(device) => {
                self.device_names.get(&device).map(|(name, at)| to_cbor(&(device, name, at)))
            }
            RowName::MethodNote(method) => {
                self.method_notes.get(&method).map(|(note, at)| to_cbor(&(method, note, at)))
            }
            RowName::Log(seq) => {
                let bytes = self.entries.get(usize::try_from(seq).ok()?)?;
                Some(to_cbor(&serde_bytes::Bytes::new(bytes)))
            }
            RowName::ScopePlace(key_id) => self.ring.find_key(&key_id).map(|ring_key| {
                let scope = ring_key.scope;
                let only_opens = ring_key.usage == KeyUsage::Opens;
                let epoch = ring_key.epoch;
                to_cbor(&ScopePlaceRow { key_id, kind: scope.kind, scope: scope.id, epoch, only_opens })
            }),
            RowName::Heads => {
                let rows: HeadsRow = self.tips.iter().map(|(device, tip)| (*device, TipRow::from(tip))).collect();
                Some(to_cbor(&rows))
            }
            RowName::Seen(device) => {
                let seen: Option<SeenRow> = self.tips.get(&device).map(|tip| tip.seen.clone().into_iter().collect());
                seen.map(|seen| to_cbor(&seen))
            }
            RowName::Links(device, row) => {
                let links = self.links.get(&(device, row))?;
                Some(to_cbor(&links.clone().into_iter().collect::<LinksRow>()))
            }
            RowName::Outbox(seq) => self.outbox.get(&seq).map(to_cbor),
            RowName::Chat(chat) => self.directory.get(&chat).map(to_cbor),
            RowName::Outline(chat) => self.chats.get(&chat).map(|chat| to_cbor(&chat.outline)),
            RowName::Page(chat, page) => self.chats.get(&chat)?.pages.get(&page).map(to_cbor),
            RowName::Receipt(_, turn) => self.receipts.get(&turn).map(|(_, receipt)| to_cbor(receipt)),
            RowName::Waiting(question) => self.waiting.get(&question).map(to_cbor),
            RowName::Draft(chat) => self.drafts.get(&chat).map(|text| to_cbor(&(chat, text))),
            RowName::Evidence(hash) => {
                let trouble = self.troubles.iter().find(|trouble| trouble.evidence_hash() == hash)?;
                Some(to_cbor(trouble))
            }
        }
    }
}
