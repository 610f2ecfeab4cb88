//! Batches of the first device.

use shared_types::batch::{Batch, Leaf, SignedBatch};
use shared_types::ids::{Hash, StreamTag};
use shared_types::sync::{BatchParcel, PushBody};

use super::{Answer, Person, World};

/// The stream of envelopes whose stream does not matter.
const ANY_STREAM: StreamTag = StreamTag([1; 16]);

/// An envelope and its stream.
pub(crate) type Streamed<'a> = (StreamTag, &'a [u8]);

impl Person {
    /// The device's next batch, with these envelopes in one stream.
    pub(crate) fn next_batch(&mut self, envelopes: &[&[u8]]) -> BatchParcel {
        self.next_batch_in_streams(&in_one_stream(envelopes))
    }

    /// The device's next batch, with each envelope in its stream.
    pub(crate) fn next_batch_in_streams(&mut self, envelopes: &[Streamed<'_>]) -> BatchParcel {
        let seq = u64::try_from(self.chain.len()).unwrap();
        let previous = self.chain.last().copied().unwrap_or(Hash::ZERO);
        let parcel = self.batch_in_streams(seq, previous, envelopes);
        self.chain.push(SignedBatch::parse(&parcel.batch).unwrap().hash);
        parcel
    }

    pub(crate) fn batch(&self, seq: u64, previous: Hash, envelopes: &[&[u8]]) -> BatchParcel {
        self.batch_in_streams(seq, previous, &in_one_stream(envelopes))
    }

    fn batch_in_streams(&self, seq: u64, previous: Hash, envelopes: &[Streamed<'_>]) -> BatchParcel {
        let leaf = |(tag, envelope): &Streamed<'_>| Leaf { tag: *tag, envelope_hash: Hash::of(&[envelope]) };
        let batch = Batch {
            account_id: self.account,
            device_id: self.device.device().id,
            seq,
            previous,
            log: self.head(),
            seen: vec![],
            leaves: envelopes.iter().map(leaf).collect(),
        };
        self.parcel(&batch, &envelopes.iter().map(|(_, envelope)| *envelope).collect::<Vec<_>>())
    }

    pub(crate) fn parcel(&self, batch: &Batch, envelopes: &[&[u8]]) -> BatchParcel {
        let signature = self.device.sign(&batch.to_signed_part());
        let indexed = (0_u16..).zip(envelopes.iter().map(|envelope| envelope.to_vec()));
        BatchParcel { batch: batch.with_signature(signature), envelopes: indexed.collect() }
    }

    pub(crate) async fn push(&self, world: &World, parcels: Vec<BatchParcel>) -> Answer {
        self.call(world, "POST", "/v1/batches", PushBody { parcels }.to_bytes()).await
    }
}

fn in_one_stream<'a>(envelopes: &[&'a [u8]]) -> Vec<Streamed<'a>> {
    envelopes.iter().map(|envelope| (ANY_STREAM, *envelope)).collect()
}
