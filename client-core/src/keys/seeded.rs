//! Randomness for tests: repeatable, and never in a product build.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};
use shared_types::ids::Hash;

/// A stream of SHA-256 of seed and counter.
#[derive(Debug, Clone)]
pub struct SeededRng {
    seed: u64,
    n_blocks: u64,
    rest: Vec<u8>,
}

impl SeededRng {
    /// Starts the stream of this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, n_blocks: 0, rest: Vec::new() }
    }
}

impl TryRng for SeededRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            if self.rest.is_empty() {
                self.rest = Hash::of(&[&self.seed.to_be_bytes(), &self.n_blocks.to_be_bytes()]).0.to_vec();
                self.n_blocks += 1;
            }
            *byte = self.rest.pop().expect("a block was just made");
        }
        Ok(())
    }
}

impl TryCryptoRng for SeededRng {}

/// Gives out exactly these bytes, so that a test chooses a key or a salt; panics when they are used up.
#[derive(Debug, Clone)]
pub struct ChosenBytes(Vec<u8>);

impl ChosenBytes {
    /// The bytes, first one first.
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.iter().rev().copied().collect())
    }
}

impl TryRng for ChosenBytes {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            *byte = self.0.pop().expect("the test chose enough bytes");
        }
        Ok(())
    }
}

impl TryCryptoRng for ChosenBytes {}
