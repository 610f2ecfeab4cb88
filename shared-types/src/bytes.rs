//! The one reader and writer of hand-laid-out bytes: big-endian, every byte demanded.

use thiserror::Error;

/// Why bytes are not what a parser expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ParseError {
    /// The bytes end before the layout does.
    #[error("bytes end too early")]
    Truncated,
    /// Bytes are left after the layout.
    #[error("bytes are left over")]
    TrailingBytes,
    /// The magic, version, kind or suite is none that this version knows.
    #[error("unknown magic, version or kind")]
    Unknown,
    /// A length or count is over its limit, or a list is out of order.
    #[error("a length, count or order is not allowed")]
    OutOfRange,
    /// A public key is non-canonical or of low order.
    #[error("a public key is not acceptable")]
    BadPublicKey,
    /// An id is not the one that its keys derive.
    #[error("an id does not belong to its keys")]
    WrongId,
}

/// Reads big-endian fields from the front of a slice.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
    total: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, total: bytes.len() }
    }

    /// Number of bytes read so far.
    pub fn position(&self) -> usize {
        self.total - self.rest.len()
    }

    /// Takes the next `n_bytes` bytes.
    pub fn take(&mut self, n_bytes: usize) -> Result<&'a [u8], ParseError> {
        let (head, tail) = self.rest.split_at_checked(n_bytes).ok_or(ParseError::Truncated)?;
        self.rest = tail;
        Ok(head)
    }

    /// Takes the next `N` bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], ParseError> {
        let (head, tail) = self.rest.split_first_chunk::<N>().ok_or(ParseError::Truncated)?;
        self.rest = tail;
        Ok(*head)
    }

    /// Reads one byte.
    pub fn u8(&mut self) -> Result<u8, ParseError> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    /// Reads two bytes.
    pub fn u16(&mut self) -> Result<u16, ParseError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    /// Reads four bytes.
    pub fn u32(&mut self) -> Result<u32, ParseError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// Reads eight bytes.
    pub fn u64(&mut self) -> Result<u64, ParseError> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// Demands exactly these bytes next, such as a magic or a version.
    pub fn expect(&mut self, bytes: &[u8]) -> Result<(), ParseError> {
        if self.take(bytes.len())? == bytes { Ok(()) } else { Err(ParseError::Unknown) }
    }

    /// Reads `length(4) ‖ bytes` with at most `max_bytes` bytes.
    pub fn long_bytes(&mut self, max_bytes: usize) -> Result<&'a [u8], ParseError> {
        let length = usize::try_from(self.u32()?).map_err(|_| ParseError::OutOfRange)?;
        if length > max_bytes {
            return Err(ParseError::OutOfRange);
        }
        self.take(length)
    }

    /// Demands that every byte has been read.
    pub fn finish(self) -> Result<(), ParseError> {
        if self.rest.is_empty() { Ok(()) } else { Err(ParseError::TrailingBytes) }
    }
}

/// Appends big-endian fields to a vector.
#[derive(Debug, Default, Clone)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Starts empty.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends bytes as they are.
    pub fn put(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// Appends one byte.
    pub fn u8(&mut self, value: u8) -> &mut Self {
        self.put(&value.to_be_bytes())
    }

    /// Appends two bytes.
    pub fn u16(&mut self, value: u16) -> &mut Self {
        self.put(&value.to_be_bytes())
    }

    /// Appends four bytes.
    pub fn u32(&mut self, value: u32) -> &mut Self {
        self.put(&value.to_be_bytes())
    }

    /// Appends eight bytes.
    pub fn u64(&mut self, value: u64) -> &mut Self {
        self.put(&value.to_be_bytes())
    }

    /// Appends `length(4) ‖ bytes`; the caller keeps the length under its limit.
    pub fn long_bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let length = u32::try_from(bytes.len()).expect("limits keep every length below 4 GiB");
        self.u32(length).put(bytes)
    }

    /// The bytes written so far.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    /// Ends writing.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_demanded() {
        let mut writer = Writer::new();
        writer.put(b"SOT1").u8(1).u16(2).u32(3).u64(4).long_bytes(b"five");
        let bytes = writer.into_bytes();

        let mut reader = Reader::new(&bytes);
        reader.expect(b"SOT1").unwrap();
        assert_eq!((reader.u8(), reader.u16(), reader.u32(), reader.u64()), (Ok(1), Ok(2), Ok(3), Ok(4)));
        assert_eq!(reader.clone().finish(), Err(ParseError::TrailingBytes));
        assert_eq!(reader.long_bytes(4), Ok(&b"five"[..]));
        assert_eq!(reader.u8(), Err(ParseError::Truncated));
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn a_length_over_its_limit_is_refused_before_the_bytes_are_taken() {
        assert_eq!(Reader::new(&[0, 0, 0, 9]).long_bytes(8), Err(ParseError::OutOfRange));
    }
}
