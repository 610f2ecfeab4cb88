//! A relay that loses what it stored, or keeps it to itself.

use shared_types::batch::SignedBatch;
use shared_types::ids::{AccountId, DeviceId, StreamTag};
use shared_types::sync::{BatchParcel, Cursor};

use super::FakeRelay;
use super::evil::To;

impl FakeRelay {
    /// Loses the newest batches of an account for good; its cursors go on.
    pub fn lose_newest(&self, account: AccountId, n_batches: usize) {
        let mut inner = self.0.borrow_mut();
        if let Some(account) = inner.books.accounts.get_mut(&account) {
            let kept = account.batches.len().saturating_sub(n_batches);
            account.batches.truncate(kept);
        }
    }

    /// Loses every batch for which this holds.
    pub fn lose_batches(&self, account: AccountId, mut is_lost: impl FnMut(&SignedBatch) -> bool) {
        let mut inner = self.0.borrow_mut();
        if let Some(account) = inner.books.accounts.get_mut(&account) {
            account.batches.retain(|stored| !is_lost(&stored.signed));
        }
    }

    /// Forgets every sign-up and sign-in that was begun, as a relay does when it is started again.
    pub fn forget_ceremonies(&self) {
        self.0.borrow_mut().books.ceremonies.clear();
    }

    /// Withholds the batches of one device.
    pub fn withhold_device(&self, to: To<'_>, device: DeviceId) {
        self.bend_pages(to, move |page| page.parcels.retain(|parcel| !is_by(parcel, device)));
    }

    /// Serves batches without the envelopes of one stream.
    pub fn withhold_stream(&self, to: To<'_>, tag: StreamTag) {
        self.bend_pages(to, move |page| {
            for parcel in &mut page.parcels {
                let Ok(signed) = SignedBatch::parse(&parcel.batch) else { continue };
                let leaves = signed.batch.leaves;
                parcel
                    .envelopes
                    .retain(|(index, _)| leaves.get(usize::from(*index)).is_none_or(|leaf| leaf.tag != tag));
            }
        });
    }

    /// Freezes the view: log and batches end for these devices where they end now.
    pub fn freeze(&self, to: To<'_>, account: AccountId) {
        let inner = self.0.borrow();
        let Some(stored) = inner.books.account(account) else { return };
        let (n_entries, n_batches) = (stored.entries.len(), stored.batches.len());
        let last = stored.batches.last().map_or(Cursor::default(), |batch| Cursor(batch.cursor));
        let known: Vec<Vec<u8>> =
            stored.batches.iter().take(n_batches).map(|batch| batch.parcel.batch.clone()).collect();
        drop(inner);
        self.bend_logs(to, move |log| log.entries.truncate(n_entries));
        self.bend_pages(to, move |page| {
            page.parcels.retain(|parcel| known.contains(&parcel.batch));
            page.next = page.next.min(last);
            page.more = false;
        });
    }
}

fn is_by(parcel: &BatchParcel, device: DeviceId) -> bool {
    SignedBatch::parse(&parcel.batch).is_ok_and(|signed| signed.batch.device_id == device)
}
