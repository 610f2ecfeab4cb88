//! What two devices leave for each other at the relay while one lets the other in, and the messages that carry it.
//! The relay reads none of it but the account that answered.

use serde::{Deserialize, Serialize};

use crate::bytes::{ParseError, Reader, Writer};
use crate::ids::{AccountId, AnswerId, DeviceId, Signature, WireBytes};
use crate::log::{DevicePart, DeviceStatus, Entry, EntryBody, LogHead};

/// What a new device leaves: its part of the account log, and the MAC over it.
pub const OFFER_BYTES: usize = DeviceId::LEN + 32 + 32 + 32;
/// What stands before the sealed part of an answer.
const OPEN_BYTES: usize = AccountId::LEN + 4 + DeviceId::LEN + 8 + Signature::LEN;
/// An answer: the sealed part is an encapsulated key, the log's head, the epoch key and their MAC, and a tag.
pub const ANSWER_BYTES: usize = OPEN_BYTES + 32 + (4 + 32 + 32 + 32) + 16;
/// The same with the account secret, which an account with a password has.
pub const ANSWER_BYTES_WITH_SECRET: usize = ANSWER_BYTES + 16;

/// A new device's part and the MAC over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The device.
    pub device: DevicePart,
    /// HMAC over its bytes under the key of the hand-over.
    pub mac: [u8; 32],
}

impl Offer {
    /// Device part ‖ MAC.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Writer::new();
        bytes.put(&self.device.to_bytes()).put(&self.mac);
        bytes.into_bytes()
    }

    /// Reads exactly these bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let device = DevicePart::parse(reader.take(OFFER_BYTES - 32)?)?;
        let mac = reader.array()?;
        reader.finish()?;
        Ok(Self { device, mac })
    }
}

/// What a confirmed device answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferAnswer {
    /// The account that lets the device in.
    pub account_id: AccountId,
    /// The epoch in force.
    pub epoch: u32,
    /// The confirmed device.
    pub by: DeviceId,
    /// Time of the entry that lets the new device in, Unix seconds.
    pub time_s: u64,
    /// The confirmed device's signature over that entry.
    pub signature: Signature,
    /// Log head ‖ epoch key (‖ account secret) ‖ MAC, sealed to the new device.
    pub sealed: Vec<u8>,
}

impl OfferAnswer {
    /// Account ‖ epoch ‖ confirmed device ‖ time ‖ its signature ‖ sealed part.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Writer::new();
        bytes.put(&self.account_id.0).u32(self.epoch).put(&self.by.0).u64(self.time_s).put(&self.signature.0);
        bytes.put(&self.sealed);
        bytes.into_bytes()
    }

    /// Reads exactly these bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let account_id = AccountId(reader.array()?);
        let epoch = reader.u32()?;
        let by = DeviceId(reader.array()?);
        let time_s = reader.u64()?;
        let signature = Signature(reader.array()?);
        let has_secret = bytes.len() == ANSWER_BYTES_WITH_SECRET;
        let n_bytes = if has_secret { ANSWER_BYTES_WITH_SECRET } else { ANSWER_BYTES };
        let sealed = reader.take(n_bytes - OPEN_BYTES)?.to_vec();
        reader.finish()?;
        Ok(Self { account_id, epoch, by, time_s, signature, sealed })
    }

    /// The entry that lets a device in behind a head of the account log.
    pub fn entry(&self, device: DevicePart, head: LogHead) -> Option<Entry> {
        device_add(device, (self.account_id, head), self.by, self.time_s)
    }
}

/// The entry by which a confirmed device lets another one in, both of which sign it; none behind the last number.
pub fn device_add(
    device: DevicePart,
    (account_id, head): (AccountId, LogHead),
    by: DeviceId,
    time_s: u64,
) -> Option<Entry> {
    let mut signers = vec![device.id.into(), by.into()];
    signers.sort_unstable();
    Some(Entry {
        account_id,
        seq: head.seq.checked_add(1)?,
        previous: head.hash,
        time_s,
        body: EntryBody::DeviceAdd { device, status: DeviceStatus::Confirmed },
        signers,
    })
}

/// `POST /v1/hand-over/offer`, unsigned: a new device waits to be let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferRequest {
    /// Where it looks for the answer.
    pub answer_id: AnswerId,
    /// Device part ‖ MAC.
    pub offer: WireBytes,
}

/// `GET /v1/hand-over/offers`: all devices that wait; whoever knows a secret finds the one that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OffersResponse {
    /// Each a device part ‖ MAC.
    pub offers: Vec<WireBytes>,
}

/// `POST /v1/hand-over/answer`: a confirmed device lets one in. An offer is answered once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerRequest {
    /// Where the new device looks.
    pub answer_id: AnswerId,
    /// An answer's bytes.
    pub answer: WireBytes,
}

/// `POST /v1/hand-over/collect`, unsigned: whether there is an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectRequest {
    /// Where.
    pub answer_id: AnswerId,
}

/// Answer to [`CollectRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectResponse {
    /// It, once it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<WireBytes>,
}

/// `POST /v1/hand-over/finish`, unsigned: a session for the device of an entry that could be appended now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOverFinishRequest {
    /// Where its answer was.
    pub answer_id: AnswerId,
    /// The `device_add`, signed by the new device and a confirmed one.
    pub entry: WireBytes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_reads_back_and_has_one_length() {
        let answer = OfferAnswer {
            account_id: AccountId([1; 16]),
            epoch: 2,
            by: DeviceId([3; 16]),
            time_s: 4,
            signature: Signature([5; 64]),
            sealed: vec![6; ANSWER_BYTES - OPEN_BYTES],
        };
        let bytes = answer.to_bytes();
        assert_eq!((bytes.len(), OFFER_BYTES), (256, 112));
        assert_eq!(OfferAnswer::parse(&bytes), Ok(answer));
        assert!(OfferAnswer::parse(&bytes[..255]).is_err());
        assert!(OfferAnswer::parse(&[bytes, vec![0]].concat()).is_err());
    }
}
