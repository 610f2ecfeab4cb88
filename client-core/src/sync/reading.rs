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
//! And each device looks that the relay shows its own newest batch: a relay that has frozen the view does not. It is
//! looked for from the very start before the relay is accused of it.

use shared_types::ordered::SortedMap;

use shared_types::batch::SignedBatch;
use shared_types::ids::DeviceId;
use shared_types::sync::{Cursor, PageBody};

use super::verify::Tips;
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
    awaited: SortedMap<DeviceId, u64>,
    own: OwnHead,
    /// Nothing was passed over since reading began at the start.
    is_from_start: bool,
}

/// How far the relay has this device's own chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnHead {
    /// This device.
    pub device: DeviceId,
    /// Its newest batch that the relay accepted before it was asked for the page that is under way.
    pub accepted: Option<u64>,
    /// Its newest batch that the relay has shown.
    pub shown: Option<u64>,
}

impl Reading {
    /// Reads on where the store is, the last page once more.
    pub fn new(kept: Cursor, last: &LastPageRow, own: OwnHead) -> Self {
        let awaited = map_of(last.heads.iter().copied());
        let next = if awaited.is_empty() { kept } else { last.after.min(kept) };
        Self { kept, next, has_skipped: false, n_again: 0, awaited, own, is_from_start: next == Cursor::default() }
    }

    /// The relay is asked for a page now; `accepted` is the newest batch of this device that it has accepted.
    pub fn begin_page(&mut self, accepted: Option<u64>) -> Cursor {
        self.own.accepted = accepted;
        self.next
    }

    /// The newest batch of this device that the relay has shown.
    pub fn own_shown(&self) -> Option<u64> {
        self.own.shown
    }

    /// Where the next page starts.
    pub fn next(&self) -> Cursor {
        self.next
    }

    /// A page was read from [`Self::next`]. An empty page moves nothing: the relay could name any cursor with it.
    /// `tips` is what was held before: what is served again says nothing of where it stands.
    pub fn handle_page(&mut self, page: &PageBody, tips: &Tips, is_held: bool) -> Moved {
        let (after, heads) = (self.next, heads_of(page));
        let held = |device: &DeviceId| tips.get(device).and_then(|tip| tip.pin).map(|pin| pin.seq);
        let newest = |device: &DeviceId| if *device == self.own.device { self.own.shown } else { held(device) };
        let all_heads = heads.iter().map(|(device, seq)| (*device, *seq));
        let new_heads = all_heads.filter(|(device, seq)| newest(device) < Some(*seq)).collect();
        self.own.shown = self.own.shown.max(heads.get(&self.own.device).copied());
        let moves = page.next > after && !page.parcels.is_empty();
        let own_missing = self.own.accepted.filter(|accepted| !page.more && self.own.shown < Some(*accepted));
        let is_held = is_held || own_missing.is_some() || (page.more && !moves);
        self.has_skipped |= is_held;
        if moves {
            self.next = page.next;
        }
        self.awaited.retain(|device, seq| heads.get(device).is_none_or(|come_to| *come_to < *seq));
        let mut missing = if page.more { SortedMap::new() } else { std::mem::take(&mut self.awaited) };
        missing.extend(own_missing.filter(|_| self.is_from_start).map(|seq| (self.own.device, seq)));
        self.is_from_start &= page.more;
        let is_kept = !self.has_skipped && self.next > self.kept;
        if is_kept {
            self.kept = self.next;
        }
        if !self.has_skipped && !page.more {
            self.n_again = 0;
        }
        let kept = is_kept.then_some((self.kept, LastPageRow { after, heads: new_heads }));
        Moved { kept, has_more: page.more && moves, is_held, missing: missing.into_iter().collect() }
    }

    /// Reads the held page once more; if that was in vain before, from the very start: what was held back may be
    /// served anywhere.
    pub fn start_again(&mut self) {
        self.next = if self.n_again == 0 { self.kept.min(self.next) } else { Cursor::default() };
        self.n_again = self.n_again.saturating_add(1);
        self.has_skipped = false;
        self.is_from_start = self.next == Cursor::default();
    }
}

/// The newest batch of each author in a page.
fn heads_of(page: &PageBody) -> SortedMap<DeviceId, u64> {
    let mut heads: SortedMap<DeviceId, u64> = SortedMap::new();
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
    const OWN: DeviceId = DeviceId([2; 16]);

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

    fn own(shown: Option<u64>) -> OwnHead {
        OwnHead { device: OWN, accepted: None, shown }
    }

    fn fresh(kept: u64) -> Reading {
        Reading::new(Cursor(kept), &LastPageRow::default(), own(None))
    }

    #[test]
    fn whole_pages_move_the_kept_cursor_and_a_held_one_does_not() {
        let mut reading = fresh(3);
        assert_eq!(reading.handle_page(&page(5, true), &Tips::new(), false), moved(Some((3, 5)), true, false));
        assert_eq!(reading.handle_page(&page(7, true), &Tips::new(), true), moved(None, true, true));
        assert_eq!(reading.handle_page(&page(9, false), &Tips::new(), false), moved(None, false, false));
        assert_eq!(reading.next(), Cursor(9), "the rest is read on");
        reading.start_again();
        assert_eq!(reading.next(), Cursor(5), "the held page comes first again");
        assert_eq!(reading.handle_page(&page(7, true), &Tips::new(), false), moved(Some((5, 7)), true, false));
    }

    #[test]
    fn what_is_held_for_long_is_looked_for_from_the_start() {
        let mut reading = fresh(5);
        reading.handle_page(&page(7, false), &Tips::new(), true);
        reading.start_again();
        reading.handle_page(&page(7, false), &Tips::new(), true);
        reading.start_again();
        assert_eq!(reading.next(), Cursor(0));
        assert_eq!(reading.handle_page(&page(4, true), &Tips::new(), false), moved(None, true, false));
        assert_eq!(reading.handle_page(&page(7, false), &Tips::new(), false), moved(Some((4, 7)), false, false));
    }

    #[test]
    fn a_page_that_leads_nowhere_moves_nothing() {
        let mut reading = fresh(5);
        assert_eq!(reading.handle_page(&empty(u64::MAX), &Tips::new(), false), moved(None, false, false));
        assert_eq!(reading.handle_page(&page(2, true), &Tips::new(), false), moved(None, false, true));
        assert_eq!(reading.next(), Cursor(5));
    }

    #[test]
    fn the_last_page_is_read_once_more_and_what_is_gone_of_it_is_said_once() {
        let opened = || Reading::new(Cursor(7), &last(5, 7), own(None));
        let mut reading = opened();
        assert_eq!(reading.next(), Cursor(5));
        assert_eq!(
            reading.handle_page(&page(7, false), &Tips::new(), false),
            moved(None, false, false),
            "it is still there"
        );
        assert_eq!(reading.handle_page(&page(8, false), &Tips::new(), false), moved(Some((7, 8)), false, false));

        let gone = vec![(AUTHOR, 7)];
        let mut reading = opened();
        assert_eq!(reading.handle_page(&empty(5), &Tips::new(), false).missing, gone);
        assert_eq!(reading.handle_page(&empty(5), &Tips::new(), false).missing, [], "once");
        let mut reading = opened();
        assert_eq!(
            reading.handle_page(&page(6, true), &Tips::new(), false).missing,
            [],
            "it may come with the next page"
        );
        assert_eq!(reading.handle_page(&page(6, false), &Tips::new(), false).missing, gone);
        let mut reading = opened();
        reading.handle_page(&page(6, true), &Tips::new(), true);
        reading.start_again();
        assert_eq!(reading.next(), Cursor(6), "nothing of the last page is passed over");
    }

    #[test]
    fn a_batch_of_this_device_that_is_never_shown_is_looked_for_from_the_start_and_missed() {
        let mut reading = fresh(5);
        assert_eq!(reading.begin_page(Some(3)), Cursor(5));
        assert_eq!(reading.handle_page(&empty(5), &Tips::new(), false), moved(None, false, true), "once more first");
        reading.start_again();
        reading.begin_page(Some(3));
        assert_eq!(reading.handle_page(&empty(5), &Tips::new(), false).missing, [], "and from the start");
        reading.start_again();
        assert_eq!(reading.begin_page(Some(3)), Cursor(0));
        assert_eq!(reading.handle_page(&page(4, true), &Tips::new(), false).missing, []);
        reading.begin_page(Some(4));
        assert_eq!(reading.handle_page(&page(7, false), &Tips::new(), false).missing, [(OWN, 4)]);

        let mut reading = Reading::new(Cursor(5), &LastPageRow::default(), own(Some(3)));
        reading.begin_page(Some(3));
        assert_eq!(reading.handle_page(&empty(5), &Tips::new(), false), moved(None, false, false), "it was shown");
    }

    #[test]
    fn what_is_served_again_is_not_expected_in_its_new_place() {
        let mut reading = fresh(5);
        let pin = shared_types::batch::ChainPin { seq: 7, hash: Hash::ZERO };
        let held = Tips::from([(AUTHOR, shared_types::batch::ChainTip::at(pin))]);
        let kept = reading.handle_page(&page(7, false), &held, false).kept;
        assert_eq!(kept, Some((Cursor(7), LastPageRow { after: Cursor(5), heads: Vec::new() })));
    }
}
