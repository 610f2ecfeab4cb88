//! What a search for secrets sees of a message.

use serde::Serialize;

/// JSON as it would go over the wire, and every byte string in it decoded, so that a search finds what is inside.
pub(super) fn json_seen(message: &impl Serialize) -> Vec<u8> {
    let value = serde_json::to_value(message).expect("a wire message has string keys only");
    let mut bytes = value.to_string().into_bytes();
    decode_strings(&value, &mut bytes);
    bytes
}

fn decode_strings(value: &serde_json::Value, bytes: &mut Vec<u8>) {
    if let Some(text) = value.as_str() {
        bytes.extend(data_encoding::BASE64URL_NOPAD.decode(text.as_bytes()).unwrap_or_default());
    }
    let listed = value.as_array().into_iter().flatten();
    let fields = value.as_object().into_iter().flat_map(serde_json::Map::values);
    listed.chain(fields).for_each(|inside| decode_strings(inside, bytes));
}

/// Something that a device sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Over which link.
    pub link: String,
    /// Name of the call.
    pub call: &'static str,
    /// What arrived: bodies as they are; for JSON also every byte string in it, decoded.
    pub bytes: Vec<u8>,
}
