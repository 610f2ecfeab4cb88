//! Mending: what is damaged in this device's store is read again from the account's own batches, those that still
//! wait here and those that the relay keeps, and written beside the damaged rows. So is all of it after a device was
//! taken off of which more had been merged than counts.

use shared_types::ordered::SortedSet;

use shared_types::sync::{Cursor, PageBody};

use super::{Client, Stage};
use crate::records::{ChatRecord, Record};
use crate::relay::{Relay, RelayError};
use crate::store::Store;
use crate::sync::engine::Effect;
use crate::sync::verify::judge_page;
use crate::vault::{DamagedPlace, OpenedBatches, Reread, RowName, Vault};
use crate::view::Problem;

/// Reading everything once more, if it is under way.
#[derive(Default)]
pub(super) struct Mending(Option<Run>);

struct Run {
    next: Cursor,
    reread: Reread,
    /// All of it is to take the place of what was merged.
    cuts: bool,
    /// What was damaged when it began.
    places: SortedSet<DamagedPlace>,
    /// Something was held: not all of the content has come.
    has_skipped: bool,
}

impl Mending {
    /// Begins, or goes on; returns where the next page starts, if there is anything to read it for.
    pub(super) fn begin(&mut self, vault: &Vault) -> Option<Cursor> {
        let has_run = self.0.is_some() || vault.is_to_cut() || !vault.list_damaged().is_empty();
        if !has_run {
            return None;
        }
        let run = self.0.take().filter(|run| run.cuts == vault.is_to_cut()).unwrap_or_else(|| Run {
            next: Cursor::default(),
            reread: Reread::default(),
            cuts: vault.is_to_cut(),
            places: vault.list_damaged(),
            has_skipped: false,
        });
        Some(self.0.insert(run).next)
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// What does not count any more is looked for among all there is.
    pub(super) fn poll_cut(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        if opened.vault.is_to_cut() {
            opened.engine.handle_cut();
        }
    }

    /// Damage that was just found is mended with what waits here, and the rest is asked for.
    pub(super) async fn poll_damage(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        if !opened.vault.take_damage_found() {
            return;
        }
        opened.engine.handle_damage();
        if self.mend_with_unsent().await.is_ok() {
            self.commit_or_tell().await;
        }
    }

    async fn mend_with_unsent(&mut self) -> Result<(), Problem> {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let records = opened.vault.open_unsent(now);
        self.mend_with(records).await
    }

    pub(super) async fn handle_pulled_to_mend(&mut self, result: Result<PageBody, RelayError>) {
        let now = self.now();
        let page = match result {
            Ok(page) => page,
            Err(error) => return self.handle_failed(Effect::Mend, &error),
        };
        if self.load_links_for(&page).await.is_err() {
            return self.handle_failed(Effect::Mend, &RelayError::Unreachable);
        }
        let Stage::Open(opened) = &mut self.stage else { return };
        let vault = &mut opened.vault;
        let Some(mut run) = opened.mending.0.take() else { return opened.engine.handle_mended(false) };
        let known = |device, seq| vault.hash_at(device, seq);
        let Ok(judged) = judge_page(&page, vault.log(), run.reread.tips(), &known) else {
            // The page is looked at where it is pulled as well, and said to make no sense there.
            return opened.engine.handle_mended(false);
        };
        let mut batches = vault.open_batches(&judged.batches, now);
        for trouble in judged.troubles.into_iter().chain(std::mem::take(&mut batches.troubles)) {
            vault.keep_trouble(trouble);
        }
        run.has_skipped |= judged.is_held || batches.is_held;
        let has_more = page.more && page.next > run.next;
        let is_empty = page.parcels.is_empty();
        run.next = page.next;
        run.reread.take_page(&judged.batches, &batches, run.cuts);
        let mut mended = self.mend_with(batches.records).await;
        if mended.is_ok() && !has_more {
            // Keys that came with the last page may open what waits here.
            mended = self.mend_with_unsent().await;
        }
        if mended.is_err() {
            return self.handle_failed(Effect::Mend, &RelayError::Unreachable);
        }
        if has_more {
            self.mend_on(run);
        } else if self.finish_mending(run, is_empty).await.is_err() {
            return self.handle_failed(Effect::Mend, &RelayError::Unreachable);
        }
        self.commit_or_tell().await;
    }

    fn mend_on(&mut self, run: Run) {
        let Stage::Open(opened) = &mut self.stage else { return };
        opened.mending.0 = Some(run);
        opened.engine.handle_mended(true);
    }

    /// The relay has no more: if nothing is missing, damage is mended, and what does not count is taken away.
    async fn finish_mending(&mut self, mut run: Run, was_empty: bool) -> Result<(), Problem> {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        if !run.has_skipped {
            opened.vault.handle_mended(std::mem::take(&mut run.places));
        }
        if run.cuts && (run.has_skipped || !opened.vault.has_come_again(&run.reread)) {
            // Something came in between and stands behind what was read, or the relay keeps it back.
            if was_empty || run.has_skipped {
                opened.engine.handle_mended_in_vain(now);
            } else {
                self.mend_on(run);
            }
            return Ok(());
        }
        if run.cuts {
            self.cut_back(run.reread).await?;
        }
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        opened.engine.handle_mended(false);
        Ok(())
    }

    async fn cut_back(&mut self, reread: Reread) -> Result<(), Problem> {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let chats = opened.vault.list_cut_chats(&reread);
        for chat in &chats {
            self.load_missing(|vault| vault.missing_outline(*chat)).await?;
        }
        if let Stage::Open(opened) = &mut self.stage {
            opened.vault.cut_back(reread, &chats, now);
        }
        Ok(())
    }

    /// Applies once more what belongs to damaged rows.
    async fn mend_with(&mut self, records: Vec<Record>) -> Result<(), Problem> {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        let candidates: Vec<Record> = records.into_iter().filter(|record| opened.vault.can_mend_with(record)).collect();
        let mut wanted = Vec::with_capacity(candidates.len());
        for record in candidates {
            if !self.has_receipt(&record).await? {
                wanted.push(record);
            }
        }
        self.load_missing_for(&wanted).await?;
        let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
        opened.vault.apply_opened(OpenedBatches { records: wanted, ..OpenedBatches::default() }, now);
        Ok(())
    }

    /// Whether a record is a receipt that is here and good: it is written once and never again.
    async fn has_receipt(&mut self, record: &Record) -> Result<bool, Problem> {
        let Record::Chat(chat, ChatRecord::Receipt(receipt)) = record else { return Ok(false) };
        let name = RowName::Receipt(*chat, receipt.turn);
        while let Stage::Open(opened) = &mut self.stage {
            let key = opened.vault.stored_key(name);
            let value = self.store.load_row(name.table(), &key).await.map_err(super::problem_of_store)?;
            match value.map(|value| opened.vault.open_value(name, &value).is_some()) {
                None => return Ok(false),
                Some(true) => return Ok(true),
                Some(false) => opened.vault.mark_damaged(name),
            }
        }
        Ok(true)
    }
}
