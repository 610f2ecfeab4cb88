//! The state code: eight words by which two people or devices compare what they hold.

use shared_types::bytes::Writer;
use shared_types::ids::Hash;
use shared_types::log::{DeviceHead, LogHead};
use shared_types::ordered::sort_by_key;

use crate::keys::word_at;

/// Number of words.
pub const N_STATE_WORDS: usize = 8;
const BITS_PER_WORD: u32 = 11;

/// The first 88 bits of `SHA-256("sotto/state-code/v1" ‖ log seq ‖ log hash ‖ heads, ascending)` as words.
pub fn state_code(log: LogHead, heads: &[DeviceHead]) -> [&'static str; N_STATE_WORDS] {
    let mut heads = heads.to_vec();
    sort_by_key(&mut heads, |one| *one);
    let mut writer = Writer::new();
    writer.put(b"sotto/state-code/v1").u32(log.seq).put(&log.hash.0);
    for head in heads {
        writer.put(&head.device.0).u64(head.seq).put(&head.hash.0);
    }
    let hash = Hash::of(&[writer.as_slice()]);
    let bits = u128::from_be_bytes(*hash.0.first_chunk().expect("a hash has 32 bytes"));

    let mut words = [""; N_STATE_WORDS];
    let mut shift = u128::BITS;
    for word in &mut words {
        shift -= BITS_PER_WORD;
        let index = (bits >> shift) & 0x7ff;
        *word = word_at(u16::try_from(index).expect("11 bits fit"));
    }
    words
}
