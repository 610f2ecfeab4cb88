//! What one device has been shown so far: what a frozen view goes on showing, and what is shown again.

use shared_types::sync::{BatchParcel, PageBody};

/// What one device has been shown.
#[derive(Default)]
pub(super) struct Shown {
    /// Every batch, once.
    pub(super) parcels: Vec<BatchParcel>,
    /// The newest position.
    pub(super) position: u64,
    /// How many entries of the account log.
    pub(super) n_entries: usize,
}

impl Shown {
    pub(super) fn keep_page(&mut self, page: &PageBody) {
        let new: Vec<_> = page.parcels.iter().filter(|parcel| !self.parcels.contains(parcel)).cloned().collect();
        self.parcels.extend(new);
        self.position = self.position.max(page.next.0);
    }

    pub(super) fn keep_log(&mut self, n_entries: usize) {
        self.n_entries = self.n_entries.max(n_entries);
    }
}
