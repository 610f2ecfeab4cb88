//! The anchor: what a method remembers of the account, sealed under its seal key at each sign-in with it.
//!
//! It proves that the log which a relay shows has not lost anything that the method saw; it does not prove freshness.

use rand_core::CryptoRng;
use serde_bytes::ByteArray;
use shared_types::account::AnchorPut;
use shared_types::ids::{DeviceId, Hash, WireBytes};
use shared_types::log::{DeviceHead, LogHead, LogState};
use shared_types::ordered::sort_by_key;

use crate::envelope::{self, Context, OpenError, Place, SCHEMA};
use crate::keys::MethodKeys;

/// What a method saw of the account when it last signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    /// Rises with each anchor of the method.
    pub counter: u64,
    /// Head of the account log.
    pub log: LogHead,
    /// Newest verified batch of every device, ascending.
    pub heads: Vec<DeviceHead>,
    /// Epoch in force.
    pub epoch: u32,
    /// When, Unix seconds.
    pub time_s: u64,
    /// The device that signed in.
    pub device_id: DeviceId,
}

/// CBOR array of: device, seq, hash.
type HeadFields = (ByteArray<16>, u64, ByteArray<32>);
/// CBOR array of: counter, log seq, log hash, heads, epoch, time, device.
type Fields = (u64, u32, ByteArray<32>, Vec<HeadFields>, u32, u64, ByteArray<16>);

impl Anchor {
    /// Seals the anchor for the method whose keys these are.
    pub fn seal(&self, method: &MethodKeys, rng: &mut dyn CryptoRng) -> AnchorPut {
        let envelope = envelope::seal(method.seal_key(), &context(method, self.counter), SCHEMA, &self.to_cbor(), rng)
            .expect("an anchor with a head for each of 4,096 log entries is below 1 MiB");
        AnchorPut { method: method.id(), counter: self.counter, envelope: WireBytes(envelope) }
    }

    /// Opens an anchor that the relay kept.
    pub fn open(kept: &AnchorPut, method: &MethodKeys) -> Result<Self, OpenError> {
        if kept.method != method.id() {
            return Err(OpenError::Refused);
        }
        let cbor = envelope::open(method.seal_key(), &context(method, kept.counter), &kept.envelope.0)?;
        Self::from_cbor(&cbor).filter(|anchor| anchor.counter == kept.counter).ok_or(OpenError::Refused)
    }

    /// Whether a log still goes through what the method saw; where it does not, the account was forked.
    pub fn is_within(&self, log: &LogState) -> bool {
        log.extends(&self.log)
    }

    fn to_cbor(&self) -> Vec<u8> {
        let mut heads = self.heads.clone();
        sort_by_key(&mut heads, |one| *one);
        let heads: Vec<HeadFields> =
            heads.iter().map(|head| (ByteArray::new(head.device.0), head.seq, ByteArray::new(head.hash.0))).collect();
        let log_hash = ByteArray::new(self.log.hash.0);
        let device = ByteArray::new(self.device_id.0);
        let fields: Fields = (self.counter, self.log.seq, log_hash, heads, self.epoch, self.time_s, device);
        minicbor_serde::to_vec(fields).expect("numbers and bytes become CBOR in memory")
    }

    /// Reads only the one form that [`Self::to_cbor`] writes.
    fn from_cbor(cbor: &[u8]) -> Option<Self> {
        let (counter, seq, hash, heads, epoch, time_s, device): Fields = minicbor_serde::from_slice(cbor).ok()?;
        let heads = heads.into_iter().map(|(device, seq, hash)| DeviceHead {
            device: DeviceId(device.into_array()),
            seq,
            hash: Hash(hash.into_array()),
        });
        let log = LogHead { seq, hash: Hash(hash.into_array()) };
        let device_id = DeviceId(device.into_array());
        let anchor = Self { counter, log, heads: heads.collect(), epoch, time_s, device_id };
        let is_ascending = anchor.heads.is_sorted_by(|first, second| first.device < second.device);
        (is_ascending && anchor.to_cbor() == cbor).then_some(anchor)
    }
}

fn context(method: &MethodKeys, counter: u64) -> Context {
    Context { account_id: method.account_id(), place: Place::Anchor { method_id: method.id(), counter } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchor() -> Anchor {
        Anchor {
            counter: 3,
            log: LogHead { seq: 5, hash: Hash([1; 32]) },
            heads: vec![
                DeviceHead { device: DeviceId([2; 16]), seq: 900, hash: Hash([3; 32]) },
                DeviceHead { device: DeviceId([5; 16]), seq: 1, hash: Hash([6; 32]) },
            ],
            epoch: 2,
            time_s: 1_800_000_000,
            device_id: DeviceId([4; 16]),
        }
    }

    #[test]
    fn heads_are_written_ascending_and_a_device_stands_once() {
        let mut reversed = anchor();
        reversed.heads.reverse();
        assert_eq!(reversed.to_cbor(), anchor().to_cbor());
        let mut doubled = anchor();
        doubled.heads[1].device = doubled.heads[0].device;
        assert_eq!(Anchor::from_cbor(&doubled.to_cbor()), None);
    }

    #[test]
    fn an_anchor_reads_back_and_every_cut_is_refused() {
        let anchor = anchor();
        let cbor = anchor.to_cbor();
        assert_eq!(Anchor::from_cbor(&cbor), Some(anchor));
        for end in 0..cbor.len() {
            assert_eq!(Anchor::from_cbor(cbor.get(..end).unwrap()), None, "cut at {end}");
        }
        assert_eq!(Anchor::from_cbor(&[cbor, vec![0]].concat()), None);
    }
}
