//! A confirmed device lets a new one in: what it answers, and what the new one believes of it.
//!
//! ```text
//! new device                        relay                     confirmed device
//! part ‖ MAC ─────────────────────► offer ──────────────────► whose MAC is it? may it come in?
//! opens, signs the entry too ◄───── answer ◄───────────────── entry signed, head ‖ epoch key (‖ account secret) ‖ MAC sealed
//! entry of both ──────────────────► session, then log
//! ```

use rand_core::CryptoRng;
use shared_types::account::BackLink;
use shared_types::bytes::ParseError;
use shared_types::hand_over::{OfferAnswer, device_add};
use shared_types::ids::{AccountId, Signature};
use shared_types::log::{DevicePart, LogHead, LogState};
use thiserror::Error;

use super::epochs::{EpochKeys, Recipient};
use crate::keys::{AccountSecret, DeviceKeys, HandOverSecret, HandedOver};

/// Why a new device does not go on with what it was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HandOverFault {
    /// Whoever answered has not seen the secret, or the answer was bent.
    #[error("the answer is not from a device that has seen the secret")]
    NotTrue,
    /// Another entry came in between: what was signed does not fit any more.
    #[error("the account log has moved")]
    Moved,
    /// What the relay shows is not the log that the other device knows.
    #[error("the relay shows another account log")]
    AnotherLog,
}

impl From<ParseError> for HandOverFault {
    fn from(_: ParseError) -> Self {
        Self::NotTrue
    }
}

/// What a confirmed device answers to let a device in behind the newest entry of its log; none while it has no key of
/// the epoch in force.
pub fn answer_offer(
    (log, known, account_secret): (&LogState, &EpochKeys, Option<&AccountSecret>),
    (device, secret): (DevicePart, &HandOverSecret),
    by: &DeviceKeys,
    now_s: u64,
    rng: &mut dyn CryptoRng,
) -> Option<OfferAnswer> {
    let (account_id, head, epoch) = (log.account_id(), log.head(), log.epoch().part.number);
    let time_s = now_s.max(log.time_s());
    let entry = device_add(device, (account_id, head), by.id(), time_s)?;
    let sealed = secret.seal(head, (known.key(epoch)?, account_secret), (account_id, epoch), &device, rng);
    Some(OfferAnswer { account_id, epoch, by: by.id(), time_s, signature: by.sign_entry(&entry), sealed })
}

/// What a new device was answered, by a device that has seen its secret.
#[derive(Debug)]
pub struct Admission {
    account_id: AccountId,
    epoch: u32,
    handed: HandedOver,
    entry: Vec<u8>,
}

impl Admission {
    /// Opens an answer and signs the entry that lets this device in.
    pub fn open(answer: &[u8], secret: &HandOverSecret, device: &DeviceKeys) -> Result<Self, HandOverFault> {
        let answer = OfferAnswer::parse(answer)?;
        let (account_id, epoch) = (answer.account_id, answer.epoch);
        let handed = device.open_hand_over(secret, account_id, epoch, &answer.sealed).ok_or(HandOverFault::NotTrue)?;
        let entry = answer.entry(device.part(), handed.head()).ok_or(HandOverFault::NotTrue)?;
        let own = device.sign_entry(&entry);
        let signatures: Vec<Signature> =
            entry.signers.iter().map(|id| if id.0 == device.id().0 { own } else { answer.signature }).collect();
        Ok(Self { account_id, epoch, handed, entry: entry.with_signatures(&signatures) })
    }

    /// The account that lets it in.
    pub fn account_id(&self) -> AccountId {
        self.account_id
    }

    /// The newest entry of the log, as the other device knows it.
    pub fn head(&self) -> LogHead {
        self.handed.head()
    }

    /// The account secret, if the other device had one to give.
    pub fn take_account_secret(&mut self) -> Option<AccountSecret> {
        self.handed.take_account_secret()
    }

    /// The entry that lets this device in, signed by both.
    pub fn entry(&self) -> &[u8] {
        &self.entry
    }

    /// Believes the log that the relay shows if it is the one that the other device knows, and opens its epochs.
    pub fn verify(
        self,
        entries: &[Vec<u8>],
        device: &DeviceKeys,
        back_links: &[BackLink],
    ) -> Result<(LogState, EpochKeys, Vec<u8>), HandOverFault> {
        let log = LogState::verify(self.account_id, entries.iter().map(Vec::as_slice));
        let log = log.map_err(|_| HandOverFault::AnotherLog)?;
        let head = self.handed.head();
        if !log.extends(&head) {
            return Err(HandOverFault::AnotherLog);
        }
        if log.head() != head || log.append(&self.entry).is_err() {
            return Err(HandOverFault::Moved);
        }
        let epoch = &log.epoch().part;
        let key = self.handed.into_epoch_key(&epoch.commitment).filter(|_| epoch.number == self.epoch);
        let mut keys = EpochKeys::new();
        keys.insert(self.epoch, key.ok_or(HandOverFault::NotTrue)?);
        keys.open(&log, &Recipient::Device(device), &[], back_links);
        if keys.key(1).is_none() {
            return Err(HandOverFault::AnotherLog);
        }
        Ok((log, keys, self.entry))
    }
}
