//! The machine's randomness, drawn in portions: a browser answers one large request about as fast as a small one, and
//! every envelope wants 32 bytes.
//!
//! Each byte is handed out once and overwritten where it was; what is left of a portion is never written anywhere.

use std::convert::Infallible;
use std::fmt;

use rand_core::{TryCryptoRng, TryRng};
use zeroize::{Zeroize, Zeroizing};

const PORTION_BYTES: usize = 1024;

/// Randomness of the machine for drivers.
pub struct MachineRandomness {
    portion: Box<Zeroizing<[u8; PORTION_BYTES]>>,
    n_fresh: usize,
    draw: fn(&mut [u8]),
}

impl MachineRandomness {
    /// Draws nothing yet.
    pub fn new() -> Self {
        Self::drawing_with(|bytes| getrandom::fill(bytes).expect("the machine has randomness"))
    }

    fn drawing_with(draw: fn(&mut [u8])) -> Self {
        Self { portion: Box::new(Zeroizing::new([0; PORTION_BYTES])), n_fresh: 0, draw }
    }

    fn fill(&mut self, bytes: &mut [u8]) {
        for piece in bytes.chunks_mut(PORTION_BYTES) {
            if self.n_fresh < piece.len() {
                (self.draw)(self.portion.as_mut_slice());
                self.n_fresh = PORTION_BYTES;
            }
            let (rest, taken) = self.portion.split_at_mut(self.n_fresh - piece.len());
            let (taken, _) = taken.split_at_mut(piece.len());
            piece.copy_from_slice(taken);
            taken.zeroize();
            self.n_fresh = rest.len();
        }
    }
}

impl Default for MachineRandomness {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MachineRandomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MachineRandomness(…)")
    }
}

impl TryRng for MachineRandomness {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.fill(&mut bytes);
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.fill(bytes);
        Ok(())
    }
}

impl TryCryptoRng for MachineRandomness {}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Every four bytes that were ever drawn are different, and none are zero.
    fn count_up(bytes: &mut [u8]) {
        static DRAWN: AtomicU32 = AtomicU32::new(1);
        for word in bytes.chunks_mut(4) {
            let number = DRAWN.fetch_add(1, Ordering::Relaxed);
            word.copy_from_slice(number.to_be_bytes().get(..word.len()).unwrap());
        }
    }

    #[test]
    fn every_byte_is_handed_out_once_and_is_gone_from_the_portion() {
        let mut randomness = MachineRandomness::drawing_with(count_up);
        let mut handed_out = std::collections::BTreeSet::new();
        let mut n_words = 0;
        for n_bytes in [32, 4, 1020, 1024, 8, 3000, 512, 516, 16].into_iter().cycle().take(90) {
            let mut bytes = vec![0; n_bytes];
            randomness.fill(&mut bytes);
            n_words += n_bytes / 4;
            handed_out.extend(bytes.chunks(4).map(<[u8]>::to_vec));
            let used = randomness.portion.get(randomness.n_fresh..).unwrap();
            assert!(used.iter().all(|byte| *byte == 0), "what was handed out is still there");
        }
        assert_eq!(handed_out.len(), n_words, "something was handed out twice");
        assert!(!handed_out.contains(&vec![0; 4]));
    }

    #[test]
    fn the_machines_own_bytes_arrive() {
        let mut randomness = MachineRandomness::new();
        let mut bytes = [[0; 32]; 3];
        for bytes in &mut bytes {
            randomness.fill(bytes);
        }
        assert!(bytes[0] != bytes[1] && bytes[1] != bytes[2] && bytes[2] != [0; 32]);
        assert_eq!(format!("{randomness:?}"), "MachineRandomness(…)");
    }
}
