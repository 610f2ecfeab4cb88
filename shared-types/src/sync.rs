//! Wire messages of batches and streams: length-prefixed bytes, and the events of the socket.

use serde::{Deserialize, Serialize};

use crate::bytes::{ParseError, Reader, Writer};
use crate::ids::StreamTag;
use crate::limits::{MAX_BATCH_LEAVES, MAX_BATCHES_PER_REQUEST, MAX_ENVELOPE_BYTES, MAX_STREAM_TAGS};

/// Longest signed batch: header, 255 heads, 1,024 leaves, signature.
const MAX_BATCH_BYTES: usize = 128 * 1024;

/// How far in the relay's order a reader is; opaque to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Cursor(pub u64);

/// A signed batch with the envelopes of some or all of its leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchParcel {
    /// Signed bytes, signature included.
    pub batch: Vec<u8>,
    /// (leaf index, envelope), ascending by index.
    pub envelopes: Vec<(u16, Vec<u8>)>,
}

/// Body of `POST /v1/batches`: `n(2) ‖ n × parcel`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PushBody {
    /// Oldest first.
    pub parcels: Vec<BatchParcel>,
}

/// Answer to a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushResponse {
    /// Cursor right after the newest accepted batch.
    pub cursor: Cursor,
}

/// Answer to `GET /v1/batches` and `POST /v1/streams`: `next cursor(8) ‖ more(1: 0 or 1) ‖ n(2) ‖ n × parcel`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageBody {
    /// Where the next page starts.
    pub next: Cursor,
    /// Whether more is there already.
    pub more: bool,
    /// In the relay's order.
    pub parcels: Vec<BatchParcel>,
}

/// Body of `POST /v1/streams`: `after cursor(8) ‖ n(2) ‖ n × stream tag(16)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamsBody {
    /// Where to start.
    pub after: Cursor,
    /// Streams whose envelopes are wanted.
    pub tags: Vec<StreamTag>,
}

/// What the relay tells over the events socket, one JSON text frame each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RelayEvent {
    /// The ticket was good.
    Hello,
    /// There are batches after this cursor's predecessor.
    CursorMoved {
        /// The newest cursor.
        cursor: Cursor,
    },
    /// The account log has grown.
    LogMoved,
    /// The session is over.
    SignedOut,
}

fn put_parcels(writer: &mut Writer, parcels: &[BatchParcel]) {
    writer.u16(u16::try_from(parcels.len()).expect("limits keep the number of batches below 65,536"));
    for parcel in parcels {
        writer.long_bytes(&parcel.batch);
        writer.u16(u16::try_from(parcel.envelopes.len()).expect("a batch has at most 1,024 leaves"));
        for (index, envelope) in &parcel.envelopes {
            writer.u16(*index).long_bytes(envelope);
        }
    }
}

fn read_parcels(reader: &mut Reader<'_>) -> Result<Vec<BatchParcel>, ParseError> {
    let n_parcels = usize::from(reader.u16()?);
    if n_parcels > MAX_BATCHES_PER_REQUEST {
        return Err(ParseError::OutOfRange);
    }
    (0..n_parcels).map(|_| read_parcel(reader)).collect()
}

fn read_parcel(reader: &mut Reader<'_>) -> Result<BatchParcel, ParseError> {
    let batch = reader.long_bytes(MAX_BATCH_BYTES)?.to_vec();
    let n_envelopes = usize::from(reader.u16()?);
    if n_envelopes > MAX_BATCH_LEAVES {
        return Err(ParseError::OutOfRange);
    }
    let mut envelopes: Vec<(u16, Vec<u8>)> = Vec::with_capacity(n_envelopes);
    for _ in 0..n_envelopes {
        let index = reader.u16()?;
        if envelopes.last().is_some_and(|(before, _)| *before >= index) {
            return Err(ParseError::OutOfRange);
        }
        envelopes.push((index, reader.long_bytes(MAX_ENVELOPE_BYTES)?.to_vec()));
    }
    Ok(BatchParcel { batch, envelopes })
}

impl PushBody {
    /// Writes the body.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        put_parcels(&mut writer, &self.parcels);
        writer.into_bytes()
    }

    /// Reads the body; every byte is demanded.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let parcels = read_parcels(&mut reader)?;
        reader.finish()?;
        Ok(Self { parcels })
    }
}

impl PageBody {
    /// Writes the body.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u64(self.next.0).u8(u8::from(self.more));
        put_parcels(&mut writer, &self.parcels);
        writer.into_bytes()
    }

    /// Reads the body; every byte is demanded.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let next = Cursor(reader.u64()?);
        let more = match reader.u8()? {
            0 => false,
            1 => true,
            _ => return Err(ParseError::Unknown),
        };
        let parcels = read_parcels(&mut reader)?;
        reader.finish()?;
        Ok(Self { next, more, parcels })
    }
}

impl StreamsBody {
    /// Writes the body.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new();
        writer.u64(self.after.0);
        writer.u16(u16::try_from(self.tags.len()).expect("a request names at most 256 streams"));
        for tag in &self.tags {
            writer.put(&tag.0);
        }
        writer.into_bytes()
    }

    /// Reads the body; every byte is demanded.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(bytes);
        let after = Cursor(reader.u64()?);
        let n_tags = usize::from(reader.u16()?);
        if n_tags > MAX_STREAM_TAGS {
            return Err(ParseError::OutOfRange);
        }
        let tags = (0..n_tags).map(|_| reader.array().map(StreamTag)).collect::<Result<_, _>>()?;
        reader.finish()?;
        Ok(Self { after, tags })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_back_and_every_cut_is_refused() {
        let page = PageBody {
            next: Cursor(7),
            more: true,
            parcels: vec![BatchParcel { batch: vec![1, 2], envelopes: vec![(0, vec![3]), (2, vec![])] }],
        };
        let bytes = page.to_bytes();
        assert_eq!(PageBody::parse(&bytes), Ok(page));
        for end in 0..bytes.len() {
            assert!(PageBody::parse(bytes.get(..end).unwrap()).is_err(), "cut at {end}");
        }
    }
}
