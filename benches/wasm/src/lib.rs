//! Seals and opens records in a loop, keeps rows, changes keys and signs in by password, exactly as the product does: the
//! same code, profile, flags and allocator.

mod password;
mod rotation;
#[cfg(target_arch = "wasm32")]
mod rows;

use std::alloc::System;

use client_core::envelope::{OpPlace, open_op, seal_op};
use client_core::keys::ScopeKey;
use client_core::randomness::MachineRandomness;
use rand_core::{CryptoRng, Rng};
use shared_types::ids::{AccountId, DeviceId, ScopeId, ScopeKind};
use wasm_bindgen::prelude::wasm_bindgen;
use zeroizing_alloc::ZeroAlloc;

#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// CBOR of a record has this length; with its length field it fills its size class to the last byte.
const LENGTH_FIELD_BYTES: usize = 4;

/// A key, a place, a record of a size, and that record sealed.
#[wasm_bindgen]
pub struct Sealer {
    key: ScopeKey,
    account_id: AccountId,
    place: OpPlace,
    record: Vec<u8>,
    envelope: Vec<u8>,
    rng: Box<dyn CryptoRng>,
}

#[wasm_bindgen]
impl Sealer {
    /// Records that are `n_bytes` long once padded.
    #[wasm_bindgen(constructor)]
    pub fn new(n_bytes: usize) -> Self {
        let mut rng = Box::new(MachineRandomness::new());
        let account_id = AccountId([1; 16]);
        let place = OpPlace {
            owner: account_id,
            scope_kind: ScopeKind::Chat,
            scope_id: ScopeId([2; 16]),
            epoch: 1,
            author: DeviceId([3; 16]),
            batch_seq: 4,
            leaf_index: 5,
        };
        let mut record = vec![0; n_bytes - LENGTH_FIELD_BYTES];
        rng.fill_bytes(&mut record);
        let key = ScopeKey::generate(&mut rng);
        let mut sealer = Self { key, account_id, place, record, envelope: Vec::new(), rng };
        sealer.envelope = sealer.sealed();
        sealer
    }

    /// Seals the record so many times; the answer is the length of an envelope.
    pub fn seal(&mut self, n_times: u32) -> usize {
        (0..n_times).fold(0, |_, _| self.sealed().len())
    }

    /// Opens the envelope so many times; the answer is the length of the record.
    pub fn open(&self, n_times: u32) -> usize {
        let opened = || open_op(&self.key, self.account_id, &self.place, &self.envelope);
        (0..n_times).fold(0, |_, _| opened().expect("an own envelope opens").len())
    }

    fn sealed(&mut self) -> Vec<u8> {
        seal_op(&self.key, self.account_id, &self.place, &self.record, &mut *self.rng).expect("the record fits")
    }
}
