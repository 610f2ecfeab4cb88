//! Batches: what one device did at once, signed, each naming the one before by its hash.
//!
//! A batch is `signed part ‖ signature(64)`; its hash is the SHA-256 of the signed part. So one signature vouches for
//! the whole chain below it. Bytes: `docs/formats.md`, "Batch".

mod chain;

use crate::bytes::{ParseError, Reader, Writer};
use crate::ids::{AccountId, DeviceId, Hash, Signature, StreamTag};
use crate::limits::{MAX_BATCH_LEAVES, MAX_SEEN_HEADS};
use crate::log::{DeviceHead, LogHead, put_heads, read_heads};
use crate::public_key::SigningPublic;

pub use chain::{BatchError, BatchRefusal, ChainTip, Contradiction, ForkEvidence, verify_chain_page};

const MAGIC: &[u8] = b"SOTB";
const VERSION: u8 = 1;

/// A place in a device's chain of batches, with the hash that stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChainPin {
    /// Number of the batch, from 0.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
}

/// One sealed change as its batch names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Leaf {
    /// Stream of the op.
    pub tag: StreamTag,
    /// SHA-256 of the op's envelope.
    pub envelope_hash: Hash,
}

/// One batch without its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Whose account.
    pub account_id: AccountId,
    /// The author.
    pub device_id: DeviceId,
    /// From 0, without gap.
    pub seq: u64,
    /// Hash of the author's batch before; zero for the first.
    pub previous: Hash,
    /// The newest log entry that the author knew.
    pub log: LogHead,
    /// Heads of other devices that moved since the author's batch before, ascending.
    pub seen: Vec<DeviceHead>,
    /// The ops; none in a heartbeat.
    pub leaves: Vec<Leaf>,
}

/// A batch as it came, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBatch {
    /// The batch.
    pub batch: Batch,
    /// The author's signature, if it verifies.
    pub signature: Signature,
    /// SHA-256 of the signed part.
    pub hash: Hash,
}

impl Batch {
    /// Everything that the signature covers.
    pub fn to_signed_part(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.put(MAGIC).u8(VERSION).put(&self.account_id.0).put(&self.device_id.0).u64(self.seq);
        writer.put(&self.previous.0).u32(self.log.seq).put(&self.log.hash.0);
        put_heads(&mut writer, &self.seen);
        writer.u16(u16::try_from(self.leaves.len()).expect("a batch has at most 1,024 leaves"));
        for leaf in &self.leaves {
            writer.put(&leaf.tag.0).put(&leaf.envelope_hash.0);
        }
        writer.into_bytes()
    }

    /// SHA-256 of the signed part.
    pub fn hash(&self) -> Hash {
        Hash::of(&[&self.to_signed_part()])
    }

    /// The whole batch.
    pub fn with_signature(&self, signature: Signature) -> Vec<u8> {
        let mut bytes = self.to_signed_part();
        bytes.extend_from_slice(&signature.0);
        bytes
    }

    /// The whole batch with what a reader keeps beside it.
    pub fn signed_with(self, signature: Signature) -> SignedBatch {
        let hash = self.hash();
        SignedBatch { batch: self, signature, hash }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, ParseError> {
        reader.expect(MAGIC)?;
        reader.expect(&[VERSION])?;
        let account_id = AccountId(reader.array()?);
        let device_id = DeviceId(reader.array()?);
        let seq = reader.u64()?;
        let previous = Hash(reader.array()?);
        let log = LogHead { seq: reader.u32()?, hash: Hash(reader.array()?) };
        let seen = read_heads(reader)?;
        if seen.len() > MAX_SEEN_HEADS || seen.iter().any(|head| head.device == device_id) {
            return Err(ParseError::OutOfRange);
        }
        let n_leaves = usize::from(reader.u16()?);
        if n_leaves > MAX_BATCH_LEAVES {
            return Err(ParseError::OutOfRange);
        }
        let mut leaves = Vec::with_capacity(n_leaves);
        for _ in 0..n_leaves {
            leaves.push(Leaf { tag: StreamTag(reader.array()?), envelope_hash: Hash(reader.array()?) });
        }
        Ok(Self { account_id, device_id, seq, previous, log, seen, leaves })
    }
}

impl SignedBatch {
    /// Reads a batch and its signature; every byte is demanded, nothing is verified.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let batch = Batch::read(&mut reader)?;
        let (signed, _) = bytes.split_at_checked(reader.position()).ok_or(ParseError::Truncated)?;
        let hash = Hash::of(&[signed]);
        let signature = Signature(reader.array()?);
        reader.finish()?;
        Ok(Self { batch, signature, hash })
    }

    /// The bytes as they came.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.batch.with_signature(self.signature)
    }

    /// The place of this batch in its chain.
    pub fn pin(&self) -> ChainPin {
        ChainPin { seq: self.batch.seq, hash: self.hash }
    }

    /// Whether the signature is that of a key.
    pub fn is_signed_by(&self, key: &SigningPublic) -> bool {
        key.verifies(&self.batch.to_signed_part(), &self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> Batch {
        Batch {
            account_id: AccountId([1; 16]),
            device_id: DeviceId([2; 16]),
            seq: 7,
            previous: Hash([3; 32]),
            log: LogHead { seq: 4, hash: Hash([5; 32]) },
            seen: vec![
                DeviceHead { device: DeviceId([1; 16]), seq: 0, hash: Hash([6; 32]) },
                DeviceHead { device: DeviceId([3; 16]), seq: 9, hash: Hash([7; 32]) },
            ],
            leaves: vec![Leaf { tag: StreamTag([8; 16]), envelope_hash: Hash([9; 32]) }],
        }
    }

    fn parse(batch: &Batch) -> Result<SignedBatch, ParseError> {
        SignedBatch::parse(&batch.with_signature(Signature([0; 64])))
    }

    #[test]
    fn a_batch_reads_back_and_every_cut_is_refused() {
        let bytes = batch().with_signature(Signature([10; 64]));
        let signed = SignedBatch::parse(&bytes).unwrap();
        assert_eq!(signed, batch().signed_with(Signature([10; 64])));
        assert_eq!(signed.to_bytes(), bytes);
        assert_eq!(bytes.len(), 113 + 1 + 2 * 56 + 2 + 48 + 64);
        for end in 0..bytes.len() {
            assert_eq!(SignedBatch::parse(bytes.get(..end).unwrap()), Err(ParseError::Truncated));
        }
        assert_eq!(SignedBatch::parse(&[bytes, vec![0]].concat()), Err(ParseError::TrailingBytes));
    }

    #[test]
    fn seen_heads_are_ascending_without_doubles_without_the_author_and_without_zero_hashes() {
        let mut swapped = batch();
        swapped.seen.reverse();
        let mut doubled = batch();
        doubled.seen[1].device = doubled.seen[0].device;
        let mut own = batch();
        own.seen[1].device = own.device_id;
        let mut zero = batch();
        zero.seen[0].hash = Hash::ZERO;
        for bent in [swapped, doubled, own, zero] {
            assert_eq!(parse(&bent), Err(ParseError::OutOfRange));
        }
    }

    #[test]
    fn a_batch_over_its_limit_of_leaves_is_refused() {
        let mut full = batch();
        full.leaves = vec![full.leaves[0]; MAX_BATCH_LEAVES];
        assert!(parse(&full).is_ok());
        full.leaves.push(full.leaves[0]);
        assert_eq!(parse(&full), Err(ParseError::OutOfRange));
    }
}
