//! Changes the keys of an account with many chats as the core does, but for the relay's answer and the disk.

use client_core::account::{EpochKeys, PrfKind, PrfMethod, SignUp};
use client_core::keys::{LocalStoreKey, PrfOutput, RecoveryWords};
use client_core::randomness::MachineRandomness;
use client_core::records::{DirectoryRecord, Record};
use client_core::time::Timestamp;
use client_core::vault::{Enrolment, Vault};
use client_core::view::ChatId;
use rand_core::CryptoRng;
use shared_types::ids::{Nonce, ScopeId};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

const BEGUN: Timestamp = Timestamp(1_800_000_000_000);
const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// An account, its log's entries, and one of its chats.
#[wasm_bindgen]
pub struct Rotation {
    vault: Vault,
    entries: Vec<Vec<u8>>,
    chat: ChatId,
    now: Timestamp,
    rng: Box<dyn CryptoRng>,
}

#[wasm_bindgen]
impl Rotation {
    /// An account in which so many questions were asked, each in a chat of its own.
    #[wasm_bindgen(constructor)]
    pub fn new(n_chats: u32) -> Result<Rotation, JsError> {
        let mut rng: Box<dyn CryptoRng> = Box::new(MachineRandomness::new());
        let (words, sign_up) = (RecoveryWords::generate(&mut *rng), SignUp::begin(&mut *rng));
        let account_id = sign_up.account_id();
        let output = PrfOutput::parse([0x51; 32])?;
        let passkey = PrfMethod { kind: PrfKind::Passkey, output: &output, rp_id: "localhost", credential_id: b"one" };
        let parts = sign_up.finish(&passkey, &words, Nonce([7; 32]), BEGUN.seconds(), &mut *rng)?;
        let mut epochs = EpochKeys::new();
        epochs.insert(1, parts.epoch_key);
        let entries = vec![parts.genesis];
        let (log, device) = (parts.log, parts.device);
        let enrolment = Enrolment { account_id, device, log, entries: entries.clone(), epochs, session: None };
        let vault = Vault::enrol(&LocalStoreKey::generate(&mut *rng), enrolment)?;
        let mut rotation = Self { vault, entries, chat: ScopeId([0; 16]), now: BEGUN, rng };
        for number in 0..n_chats {
            let question = format!("what is number {number}?");
            let new = rotation.vault.edit_question(None, &question, rotation.now, &mut *rotation.rng)?;
            rotation.chat = new.waiting.chat;
            rotation.write(new.records)?;
        }
        Ok(rotation)
    }

    /// Begins an epoch, adopts it, and writes something under its keys; the answer is how many bytes went to the relay.
    pub fn rotate(&mut self) -> Result<usize, JsError> {
        self.now = self.now.after_ms(15 * DAY_MS);
        let refused = || JsError::new("the account does not rotate");
        let request = self.vault.make_epoch(self.now, &mut *self.rng).ok_or_else(refused)?;
        self.vault.take_writes(&mut *self.rng);
        self.entries.extend(request.entries.iter().map(|entry| entry.0.clone()));
        let log = self.vault.log().append_all(request.entries.iter().map(|entry| entry.0.as_slice()))?;
        self.vault.set_log(log, self.entries.clone());
        let at = self.vault.tick(self.now);
        self.write(vec![Record::Directory(DirectoryRecord::Titled { chat: self.chat, title: "new".into(), at })])?;
        Ok(request.copies.iter().map(|copy| copy.sealed.0.len()).sum())
    }

    fn write(&mut self, records: Vec<Record>) -> Result<(), JsError> {
        self.vault.write(records, self.now, &mut *self.rng)?;
        self.vault.take_changes();
        self.vault.take_writes(&mut *self.rng);
        // The relay has it.
        self.vault.handle_sent(u64::MAX, (self.now, self.now));
        Ok(())
    }
}
