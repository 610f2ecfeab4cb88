//! The hash of every batch that was applied: whatever the relay serves or a device has seen later is compared with it,
//! also far below the tip of a chain. Only the newest row of a chain is loaded when a vault opens.

use shared_types::ordered::{SortedMap, SortedSet};

use shared_types::batch::ChainPin;
use shared_types::ids::{DeviceId, Hash};

use super::{RowName, Vault};
use crate::records::LinksRow;
use shared_types::ordered::map_of;

/// Places of a chain whose hashes stand in one row.
const PLACES_PER_ROW: u64 = 64;

/// Loaded hashes by device and row.
pub(super) type Links = SortedMap<(DeviceId, u64), SortedMap<u64, Hash>>;

/// The row that holds a place.
pub(super) fn row_of(seq: u64) -> u64 {
    seq / PLACES_PER_ROW
}

impl Vault {
    /// The hash of the batch that was applied at a place, as far as its row is loaded.
    pub fn hash_at(&self, device: DeviceId, seq: u64) -> Option<Hash> {
        let pin = self.tips.get(&device).and_then(|tip| tip.pin).filter(|pin| pin.seq == seq);
        let link = || self.links.get(&(device, row_of(seq)))?.get(&seq).copied();
        pin.map(|pin| pin.hash).or_else(link)
    }

    /// The next row that must be loaded before [`Self::hash_at`] knows all it can of these places.
    pub fn missing_link(&self, places: &SortedSet<(DeviceId, u64)>) -> Option<RowName> {
        let is_held = |device, seq| {
            let pin = self.tips.get(&device).and_then(|tip| tip.pin);
            pin.is_some_and(|pin| seq < pin.seq)
        };
        let mut rows = places.iter().filter(|(device, seq)| is_held(*device, *seq));
        let missing = rows.find(|(device, seq)| !self.links.contains_key(&(*device, row_of(*seq))));
        missing.map(|(device, seq)| RowName::Links(*device, row_of(*seq)))
    }

    /// Keeps the hash of a batch above the tip.
    pub(super) fn add_link(&mut self, device: DeviceId, pin: ChainPin) {
        let row = row_of(pin.seq);
        self.links.entry((device, row)).or_default().insert(pin.seq, pin.hash);
        self.dirty.insert(RowName::Links(device, row));
    }

    /// Forgets the hash of a batch that is taken back.
    pub(super) fn forget_link(&mut self, device: DeviceId, seq: u64) {
        let row = row_of(seq);
        if let Some(links) = self.links.get_mut(&(device, row)) {
            links.remove(&seq);
            self.dirty.insert(RowName::Links(device, row));
        }
    }

    /// Takes a row as the store has it.
    pub(super) fn insert_links(&mut self, device: DeviceId, row: u64, links: Option<LinksRow>) {
        self.links.insert((device, row), map_of(links.unwrap_or_default()));
    }
}
