//! One account with two devices, its owner's and one that joined and was not confirmed, each a vault with its rows;
//! either can write what this version would never write.

mod branches;
mod erasing;
mod forks;
mod revoking;
mod sizes;

use std::collections::BTreeMap;
use std::rc::Rc;

use shared_types::ids::{Nonce, ScopeId};
use shared_types::sync::{BatchParcel, Cursor, PageBody};

use super::open::LockedRows;
use super::{Enrolment, Vault};
use crate::account::{EpochKeys, LetIn, PrfKind, PrfMethod, Recipient, SignUp, add_device};
use crate::keys::seeded::SeededRng;
use crate::keys::{DeviceKeys, LocalStoreKey, PrfOutput, RecoveryWords};
use crate::records::{Record, Scope};
use crate::store::{Row, Table, Write};
use crate::sync::verify::{judge_page, places_named};
use crate::time::Timestamp;
use crate::view::ChatId;

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const CHAT: ChatId = ScopeId([7; 16]);

/// What the owner's passkey gives out.
const OUTPUT: [u8; 32] = [0x51; 32];

fn passkey(output: &PrfOutput) -> PrfMethod<'_> {
    PrfMethod { kind: PrfKind::Passkey, output, rp_id: "localhost", credential_id: b"credential" }
}

/// A device of the account.
struct Party {
    vault: Vault,
    store_key: Rc<LocalStoreKey>,
    rows: BTreeMap<(Table, Vec<u8>), Vec<u8>>,
    rng: SeededRng,
    now: Timestamp,
}

/// The owner's device, confirmed, and one that joined with the owner's passkey.
fn account() -> (Party, Party) {
    let mut rng = SeededRng::new(5);
    let (words, sign_up) = (RecoveryWords::generate(&mut rng), SignUp::begin(&mut rng));
    let account_id = sign_up.account_id();
    let output = PrfOutput::parse(OUTPUT).unwrap();
    let passkey = passkey(&output);
    let parts = sign_up.finish(&passkey, &words, Nonce([7; 32]), NOW.seconds(), &mut rng).unwrap();
    let keys = passkey.derive_keys(account_id).unwrap();
    let joined = DeviceKeys::generate(&mut rng);
    let addition = add_device(&parts.log, &joined, &LetIn::Method(&keys), NOW.seconds());
    let log = parts.log.append(&addition).unwrap();
    let copies: Vec<_> = parts.copies.iter().filter(|copy| copy.recipient == keys.id().into()).collect();
    let copies: Vec<_> = copies
        .into_iter()
        .map(|copy| shared_types::account::EpochCopy { epoch: 1, sealed: copy.sealed.clone() })
        .collect();
    let [owner, other] = [parts.device, joined].map(|device| {
        let mut epochs = EpochKeys::new();
        epochs.open(&log, &Recipient::Method(&keys), &copies, &[]);
        let entries = vec![parts.genesis.clone(), addition.clone()];
        Party::new(Enrolment { account_id, device, log: log.clone(), entries, epochs, session: None }, &mut rng)
    });
    (owner, other)
}

impl Party {
    fn new(enrolment: Enrolment, rng: &mut SeededRng) -> Self {
        let store_key = Rc::new(LocalStoreKey::generate(rng));
        let vault = Vault::enrol(&store_key, enrolment).unwrap();
        let mut party = Self { vault, store_key, rows: BTreeMap::new(), rng: rng.clone(), now: NOW };
        party.commit();
        party
    }

    /// Writes as the product does; returns what goes to the relay.
    fn write(&mut self, record: Record) -> BatchParcel {
        let vault = &mut self.vault;
        while let Some(name) = vault.missing_row([&record]) {
            let key = vault.stored_key(name);
            vault.insert_row(name, self.rows.get(&(name.table(), key)).map(Vec::as_slice));
        }
        vault.write(vec![record], self.now, &mut self.rng).unwrap();
        self.commit();
        self.newest()
    }

    /// Writes any plaintexts under the account's true keys and this device's true signature.
    fn forge(&mut self, plaintexts: &[(Scope, Vec<u8>)]) -> BatchParcel {
        let sealed = self.vault.seal_all(plaintexts, &mut self.rng).unwrap();
        self.vault.sign_ops(sealed);
        self.newest()
    }

    fn forge_record(&mut self, record: &Record) -> BatchParcel {
        self.forge(&[(record.scope(), record.to_cbor())])
    }

    fn newest(&self) -> BatchParcel {
        self.vault.unsent().pop().unwrap().1
    }

    /// Reads what the relay serves, as the client does.
    fn read(&mut self, parcels: Vec<BatchParcel>) {
        let page = PageBody { next: Cursor(1), more: false, parcels };
        let vault = &mut self.vault;
        while let Some(name) = vault.missing_link(&places_named(&page)) {
            let key = vault.stored_key(name);
            vault.insert_row(name, self.rows.get(&(name.table(), key)).map(Vec::as_slice));
        }
        let known = |device, seq| vault.hash_at(device, seq);
        let judged = judge_page(&page, vault.log(), vault.tips(), &known).unwrap();
        if let Some(trouble) = judged.log_ahead {
            // The log was loaded, and nothing has come.
            vault.keep_trouble(trouble);
        }
        let mut opened = vault.open_batches(&judged.batches, self.now);
        for trouble in judged.troubles.into_iter().chain(std::mem::take(&mut opened.troubles)) {
            vault.keep_trouble(trouble);
        }
        while let Some(name) = vault.missing_row(&opened.records) {
            let key = vault.stored_key(name);
            vault.insert_row(name, self.rows.get(&(name.table(), key)).map(Vec::as_slice));
        }
        vault.apply_opened(opened, self.now);
        self.commit();
    }

    fn commit(&mut self) {
        for write in self.vault.take_writes(&mut self.rng).writes {
            match write {
                Write::Put { table, row: Row { key, value } } => drop(self.rows.insert((table, key), value)),
                Write::Delete { table, key } => drop(self.rows.remove(&(table, key))),
            }
        }
    }

    /// Takes one more entry of the account log.
    fn append(&mut self, entry: &[u8]) {
        let log = self.vault.log().append(entry).unwrap();
        let entries = [self.vault.entries.clone(), vec![entry.to_vec()]].concat();
        self.vault.set_log(log, entries);
        self.commit();
    }

    /// The same device once more, from a copy of its profile: each writes a history of its own from here on.
    fn twin(&self) -> Self {
        let (store_key, rows) = (Rc::clone(&self.store_key), self.rows.clone());
        let vault = self.reopened();
        Self { vault, store_key, rows, rng: SeededRng::new(77), now: self.now }
    }

    /// Opens the vault anew from its rows.
    fn restart(&mut self) {
        self.vault = self.reopened();
    }

    fn reopened(&self) -> Vault {
        let (account_id, device) = (self.vault.account_id(), self.vault.device().id());
        let sealer = self.store_key.row_sealer(account_id, device);
        let mut rows = LockedRows::default();
        for ((table, key), value) in &self.rows {
            if LockedRows::TABLES.contains(table) {
                rows.add(*table, Row { key: key.clone(), value: value.clone() }, &sealer);
            }
        }
        Vault::open(&self.store_key, account_id, device, &rows).unwrap()
    }
}
