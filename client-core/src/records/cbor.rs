//! CBOR of records and local rows.

use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// Authentic bytes that are not the record that this version expects there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a record cannot be read")]
pub struct DecodeError;

/// Writes a record.
pub fn to_cbor<T: Serialize>(record: &T) -> Vec<u8> {
    minicbor_serde::to_vec(record).expect("records hold only what CBOR can hold")
}

/// Reads a record; every byte is demanded.
pub fn from_cbor<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    let mut reader = minicbor_serde::Deserializer::new(bytes);
    let record = T::deserialize(&mut reader).map_err(|_| DecodeError)?;
    if reader.decoder().position() == bytes.len() { Ok(record) } else { Err(DecodeError) }
}

#[cfg(test)]
mod tests {
    use shared_types::ids::DeviceId;

    use super::*;
    use crate::records::{Author, ChatRecord, Message};
    use crate::time::Stamp;
    use crate::view::MessageId;

    #[test]
    fn a_record_reads_back_and_a_byte_more_is_refused() {
        let record = ChatRecord::Message(Message {
            id: MessageId([7; 16]),
            at: Stamp { ms: 1, n: 2, device: DeviceId([3; 16]) },
            text: "Grüße".into(),
            author: Author::Owner,
            standing: None,
        });
        let mut bytes = to_cbor(&record);
        assert_eq!(from_cbor::<ChatRecord>(&bytes), Ok(record));
        bytes.push(0);
        assert_eq!(from_cbor::<ChatRecord>(&bytes), Err(DecodeError));
    }
}
