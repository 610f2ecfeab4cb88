//! Bytes that the caller has drawn, in the form that OPAQUE's generation of crates asks for.

use opaque_ke::rand::{CryptoRng, Error, RngCore};
use zeroize::Zeroizing;

/// Random bytes that one step takes at most: a blind(64), a nonce(32) and a seed(32).
pub const N_RANDOM: usize = 128;

/// Hands out each byte once.
pub(crate) struct Drawn {
    bytes: Zeroizing<[u8; N_RANDOM]>,
    n_used: usize,
}

impl Drawn {
    pub(crate) fn new(bytes: &[u8; N_RANDOM]) -> Self {
        Self { bytes: Zeroizing::new(*bytes), n_used: 0 }
    }
}

impl RngCore for Drawn {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        self.fill_bytes(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill_bytes(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        let end = self.n_used + dest.len();
        // A byte that is handed out twice would be worse than a step that does not happen.
        let fresh = self.bytes.get(self.n_used..end).expect("no step draws more than its bytes");
        dest.copy_from_slice(fresh);
        self.n_used = end;
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(dest);
        Ok(())
    }
}

impl CryptoRng for Drawn {}
