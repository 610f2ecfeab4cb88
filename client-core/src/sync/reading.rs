//! Where the next page is read. A page that is held keeps the cursor of the store before it, and reading goes on
//! behind it, so that the rest of the account keeps working; from time to time it is read once more.
//!
//! ```text
//! kept ──► whole page ──► kept ──► held page ──► next ──► whole page ──► next …
//!                          ▲                                              │
//!                          └────────────── read again ───────────────────┘
//! ```
//!
//! A device that opens reads its last page once more: a relay that went back to an older state does not have it.

use std::collections::BTreeMap;

use shared_types::batch::SignedBatch;
use shared_types::ids::DeviceId;
use shared_types::sync::{Cursor, PageBody};

use crate::records::LastPageRow;
use shared_types::ordered::map_of;

/// What a page does to reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The cursor to keep in the store, if it moves, and the page that moved it.
    pub kept: Option<(Cursor, LastPageRow)>,
    /// Whether there is more to read now.
    pub has_more: bool,
    /// The page can be read again with another result: something of it was held, or it leads nowhere.
    pub is_held: bool,
    /// Places of chains that were read from this relay once and that it does not have any more.
    pub missing: Vec<(DeviceId, u64)>,
}

/// Where reading is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    kept: Cursor,
    next: Cursor,
    /// A page since `kept` was held.
    has_skipped: bool,
    n_again: u32,
    /// Places of the last page that have not come again.
    awaited: BTreeMap<DeviceId, u64>,
}

impl Reading {
    /// Reads on where the store is, the last page once more.
    pub fn new(kept: Cursor, last: &LastPageRow) -> Self {
        let awaited = map_of(last.heads.iter().copied());
        let next = if awaited.is_empty() { kept } else { last.after.min(kept) };
        Self { kept, next, has_skipped: false, n_again: 0, awaited }
    }

    /// Where the next page starts.
    pub fn next(&self) -> Cursor {
        self.next
    }

    /// A page was read from [`Self::next`]. An empty page moves nothing: the relay could name any cursor with it.
    pub fn handle_page(&mut self, page: &PageBody, is_held: bool) -> Moved {
        let (after, heads) = (self.next, heads_of(page));
        let moves = page.next > after && !page.parcels.is_empty();
        let is_held = is_held || (page.more && !moves);
        self.has_skipped |= is_held;
        if moves {
            self.next = page.next;
        }
        self.awaited.retain(|device, seq| heads.get(device).is_none_or(|come_to| *come_to < *seq));
        let missing = if page.more { BTreeMap::new() } else { std::mem::take(&mut self.awaited) };
        let is_kept = !self.has_skipped && self.next > self.kept;
        if is_kept {
            self.kept = self.next;
        }
        if !self.has_skipped && !page.more {
            self.n_again = 0;
        }
        let kept = is_kept.then(|| (self.kept, LastPageRow { after, heads: heads.into_iter().collect() }));
        Moved { kept, has_more: page.more && moves, is_held, missing: missing.into_iter().collect() }
    }

    /// Reads the held page once more; if that was in vain before, from the very start: what was held back may be
    /// served anywhere.
    pub fn start_again(&mut self) {
        self.next = if self.n_again == 0 { self.kept.min(self.next) } else { Cursor::default() };
        self.n_again = self.n_again.saturating_add(1);
        self.has_skipped = false;
    }
}

/// The newest batch of each author in a page.
fn heads_of(page: &PageBody) -> BTreeMap<DeviceId, u64> {
    let mut heads: BTreeMap<DeviceId, u64> = BTreeMap::new();
    for SignedBatch { batch, .. } in page.parcels.iter().filter_map(|parcel| SignedBatch::parse(&parcel.batch).ok()) {
        let head = heads.entry(batch.device_id).or_default();
        *head = batch.seq.max(*head);
    }
    heads
}

#[cfg(test)]
mod tests {
    use shared_types::batch::Batch;
    use shared_types::ids::{AccountId, Hash, Signature};
    use shared_types::log::LogHead;
    use shared_types::sync::BatchParcel;

    use super::*;

    const AUTHOR: DeviceId = DeviceId([1; 16]);

    fn parcel(seq: u64) -> BatchParcel {
        let log = LogHead { seq: 0, hash: Hash::ZERO };
        let (seen, leaves) = (Vec::new(), Vec::new());
        let (account_id, device_id) = (AccountId([9; 16]), AUTHOR);
        let batch = Batch { account_id, device_id, seq, previous: Hash::ZERO, log, seen, leaves };
        BatchParcel { batch: batch.with_signature(Signature([0; 64])), envelopes: Vec::new() }
    }

    /// The batch before its cursor.
    fn page(next: u64, more: bool) -> PageBody {
        PageBody { next: Cursor(next), more, parcels: vec![parcel(next)] }
    }

    fn empty(next: u64) -> PageBody {
        PageBody { next: Cursor(next), more: false, parcels: Vec::new() }
    }

    fn last(after: u64, seq: u64) -> LastPageRow {
        LastPageRow { after: Cursor(after), heads: vec![(AUTHOR, seq)] }
    }

    fn moved(kept: Option<(u64, u64)>, has_more: bool, is_held: bool) -> Moved {
        let kept = kept.map(|(after, kept)| (Cursor(kept), last(after, kept)));
        Moved { kept, has_more, is_held, missing: Vec::new() }
    }

    fn fresh(kept: u64) -> Reading {
        Reading::new(Cursor(kept), &LastPageRow::default())
    }

    #[test]
    fn whole_pages_move_the_kept_cursor_and_a_held_one_does_not() {
        let mut reading = fresh(3);
        assert_eq!(reading.handle_page(&page(5, true), false), moved(Some((3, 5)), true, false));
        assert_eq!(reading.handle_page(&page(7, true), true), moved(None, true, true));
        assert_eq!(reading.handle_page(&page(9, false), false), moved(None, false, false));
        assert_eq!(reading.next(), Cursor(9), "the rest is read on");
        reading.start_again();
        assert_eq!(reading.next(), Cursor(5), "the held page comes first again");
        assert_eq!(reading.handle_page(&page(7, true), false), moved(Some((5, 7)), true, false));
    }

    #[test]
    fn what_is_held_for_long_is_looked_for_from_the_start() {
        let mut reading = fresh(5);
        reading.handle_page(&page(7, false), true);
        reading.start_again();
        reading.handle_page(&page(7, false), true);
        reading.start_again();
        assert_eq!(reading.next(), Cursor(0));
        assert_eq!(reading.handle_page(&page(4, true), false), moved(None, true, false));
        assert_eq!(reading.handle_page(&page(7, false), false), moved(Some((4, 7)), false, false));
    }

    #[test]
    fn a_page_that_leads_nowhere_moves_nothing() {
        let mut reading = fresh(5);
        assert_eq!(reading.handle_page(&empty(u64::MAX), false), moved(None, false, false));
        assert_eq!(reading.handle_page(&page(2, true), false), moved(None, false, true));
        assert_eq!(reading.next(), Cursor(5));
    }

    #[test]
    fn the_last_page_is_read_once_more_and_what_is_gone_of_it_is_said_once() {
        let opened = || Reading::new(Cursor(7), &last(5, 7));
        let mut reading = opened();
        assert_eq!(reading.next(), Cursor(5));
        assert_eq!(reading.handle_page(&page(7, false), false), moved(None, false, false), "it is still there");
        assert_eq!(reading.handle_page(&page(8, false), false), moved(Some((7, 8)), false, false));

        let gone = vec![(AUTHOR, 7)];
        let mut reading = opened();
        assert_eq!(reading.handle_page(&empty(5), false).missing, gone);
        assert_eq!(reading.handle_page(&empty(5), false).missing, [], "once");
        let mut reading = opened();
        assert_eq!(reading.handle_page(&page(6, true), false).missing, [], "it may come with the next page");
        assert_eq!(reading.handle_page(&page(6, false), false).missing, gone);
        let mut reading = opened();
        reading.handle_page(&page(6, true), true);
        reading.start_again();
        assert_eq!(reading.next(), Cursor(6), "nothing of the last page is passed over");
    }
}
