//! Where the next page is read. A page that is held keeps the cursor of the store before it, and reading goes on
//! behind it, so that the rest of the account keeps working; from time to time it is read once more.
//!
//! ```text
//! kept ──► whole page ──► kept ──► held page ──► next ──► whole page ──► next …
//!                          ▲                                              │
//!                          └────────────── read again ───────────────────┘
//! ```

use shared_types::sync::{Cursor, PageBody};

/// What a page does to reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// The cursor to keep in the store, if it moves.
    pub kept: Option<Cursor>,
    /// Whether there is more to read now.
    pub has_more: bool,
    /// The page can be read again with another result: something of it was held, or it leads nowhere.
    pub is_held: bool,
}

/// Where reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    kept: Cursor,
    next: Cursor,
    /// A page since `kept` was held.
    has_skipped: bool,
    n_again: u32,
}

impl Reading {
    /// Reads on where the store is.
    pub fn new(kept: Cursor) -> Self {
        Self { kept, next: kept, has_skipped: false, n_again: 0 }
    }

    /// Where the next page starts.
    pub fn next(&self) -> Cursor {
        self.next
    }

    /// A page was read from [`Self::next`]. An empty page moves nothing: the relay could name any cursor with it.
    pub fn handle_page(&mut self, page: &PageBody, is_held: bool) -> Moved {
        let moves = page.next > self.next && !page.parcels.is_empty();
        let is_held = is_held || (page.more && !moves);
        self.has_skipped |= is_held;
        if moves {
            self.next = page.next;
        }
        let kept = (!self.has_skipped && self.next > self.kept).then_some(self.next);
        self.kept = kept.unwrap_or(self.kept);
        if !self.has_skipped && !page.more {
            self.n_again = 0;
        }
        Moved { kept, has_more: page.more && moves, is_held }
    }

    /// Reads the held page once more; if that was in vain before, from the very start: what was held back may be
    /// served anywhere.
    pub fn start_again(&mut self) {
        self.next = if self.n_again == 0 { self.kept } else { Cursor::default() };
        self.n_again = self.n_again.saturating_add(1);
        self.has_skipped = false;
    }
}

#[cfg(test)]
mod tests {
    use shared_types::sync::BatchParcel;

    use super::*;

    fn page(next: u64, more: bool) -> PageBody {
        let parcel = BatchParcel { batch: Vec::new(), envelopes: Vec::new() };
        PageBody { next: Cursor(next), more, parcels: vec![parcel] }
    }

    fn moved(kept: Option<u64>, has_more: bool, is_held: bool) -> Moved {
        Moved { kept: kept.map(Cursor), has_more, is_held }
    }

    #[test]
    fn whole_pages_move_the_kept_cursor_and_a_held_one_does_not() {
        let mut reading = Reading::new(Cursor(3));
        assert_eq!(reading.handle_page(&page(5, true), false), moved(Some(5), true, false));
        assert_eq!(reading.handle_page(&page(7, true), true), moved(None, true, true));
        assert_eq!(reading.handle_page(&page(9, false), false), moved(None, false, false));
        assert_eq!(reading.next(), Cursor(9), "the rest is read on");
        reading.start_again();
        assert_eq!(reading.next(), Cursor(5), "the held page comes first again");
        assert_eq!(reading.handle_page(&page(7, true), false), moved(Some(7), true, false));
    }

    #[test]
    fn what_is_held_for_long_is_looked_for_from_the_start() {
        let mut reading = Reading::new(Cursor(5));
        reading.handle_page(&page(7, false), true);
        reading.start_again();
        reading.handle_page(&page(7, false), true);
        reading.start_again();
        assert_eq!(reading.next(), Cursor(0));
        assert_eq!(reading.handle_page(&page(4, true), false), moved(None, true, false));
        assert_eq!(reading.handle_page(&page(7, false), false), moved(Some(7), false, false));
    }

    #[test]
    fn a_page_that_leads_nowhere_moves_nothing() {
        let mut reading = Reading::new(Cursor(5));
        let far = PageBody { next: Cursor(u64::MAX), more: false, parcels: Vec::new() };
        assert_eq!(reading.handle_page(&far, false), moved(None, false, false));
        assert_eq!(reading.handle_page(&page(2, true), false), moved(None, false, true));
        assert_eq!(reading.next(), Cursor(5));
    }
}
