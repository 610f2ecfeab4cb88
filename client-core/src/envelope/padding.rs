//! Padding: `length(4) ‖ CBOR ‖ zeros`, in all `Padmé(max(4 + length, 256))` bytes, at most 1 MiB.

use shared_types::limits::MAX_PADDED_BYTES;

const LENGTH_BYTES: usize = 4;
const MIN_PADDED_BYTES: usize = 256;

/// The size class of `n_bytes` (at least 2): leaks at most O(log log n) bits, costs at most 12 %.
pub fn padme(n_bytes: usize) -> usize {
    let exponent = n_bytes.ilog2();
    let kept_bits = exponent.ilog2() + 1;
    let mask = (1 << (exponent - kept_bits)) - 1;
    (n_bytes + mask) & !mask
}

/// Bytes of the whole padded plaintext for `n_cbor_bytes`; `None` over 1 MiB.
pub fn n_padded_bytes(n_cbor_bytes: usize) -> Option<usize> {
    let n_bytes = n_cbor_bytes.checked_add(LENGTH_BYTES).filter(|n_bytes| *n_bytes <= MAX_PADDED_BYTES)?;
    Some(padme(n_bytes.max(MIN_PADDED_BYTES))).filter(|n_padded| *n_padded <= MAX_PADDED_BYTES)
}

/// Appends the padded form of `cbor` in `n_padded` bytes.
pub(super) fn pad_into(out: &mut Vec<u8>, cbor: &[u8], n_padded: usize) {
    let length = u32::try_from(cbor.len()).expect("the plaintext is at most 1 MiB");
    let end = out.len() + n_padded;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(cbor);
    out.resize(end, 0);
}

/// Strips the padding and demands exactly the total and the zeros that [`pad_into`] writes.
pub(super) fn unpad(mut text: Vec<u8>) -> Option<Vec<u8>> {
    let (length, rest) = text.split_first_chunk::<LENGTH_BYTES>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let zeros = rest.get(length..)?;
    if n_padded_bytes(length)? != text.len() || zeros.iter().any(|byte| *byte != 0) {
        return None;
    }
    text.truncate(LENGTH_BYTES + length);
    text.drain(..LENGTH_BYTES);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_class_is_never_below_its_size_and_costs_at_most_an_eighth() {
        for n_bytes in 256..70_000 {
            let padded = padme(n_bytes);
            assert!(padded >= n_bytes && padded - n_bytes <= n_bytes / 8, "{n_bytes} → {padded}");
            assert_eq!(padme(padded), padded, "{n_bytes}");
        }
    }

    #[test]
    fn the_smallest_and_the_largest_plaintext_have_these_sizes() {
        assert_eq!(n_padded_bytes(0), Some(256));
        assert_eq!(n_padded_bytes(252), Some(256));
        assert_eq!(n_padded_bytes(253), Some(272));
        assert_eq!(n_padded_bytes(MAX_PADDED_BYTES - 4), Some(MAX_PADDED_BYTES));
        assert_eq!(n_padded_bytes(MAX_PADDED_BYTES - 3), None);
        assert_eq!(n_padded_bytes(usize::MAX), None);
    }

    #[test]
    fn only_the_exact_padding_is_stripped() {
        let mut padded = Vec::new();
        pad_into(&mut padded, b"cbor", 256);
        assert_eq!(unpad(padded.clone()), Some(b"cbor".to_vec()));

        let mut with_bit = padded.clone();
        with_bit[255] = 1;
        assert_eq!(unpad(with_bit), None, "a bit in the zeros");
        let mut longer = padded.clone();
        longer.resize(272, 0);
        assert_eq!(unpad(longer), None, "another total");
        let mut length = padded.clone();
        length[3] = 253;
        assert_eq!(unpad(length), None, "a length of another class");
        assert_eq!(unpad(vec![0; 3]), None);
    }
}
