//! Mending: what is damaged in this device's store is read again from the account's own batches, those that still
//! wait here and those that the relay keeps, and written beside the damaged rows.

use shared_types::ordered::SortedSet;

use shared_types::sync::{Cursor, PageBody};

use super::{Client, Stage};
use crate::records::{ChatRecord, Record};
use crate::relay::{Relay, RelayError};
use crate::store::Store;
use crate::sync::engine::Effect;
use crate::sync::verify::{Tips, judge_page};
use crate::vault::{DamagedPlace, OpenedBatches, RowName, Vault};
use crate::view::Problem;

/// Reading everything once more, if it is under way.
#[derive(Default)]
pub(super) struct Mending(Option<Run>);

struct Run {
    next: Cursor,
    tips: Tips,
    /// What was damaged when it began.
    places: SortedSet<DamagedPlace>,
    /// Something was held: not all of the content has come.
    has_skipped: bool,
}

impl Mending {
    /// Begins, or goes on; returns where the next page starts.
    pub(super) fn begin(&mut self, vault: &Vault) -> Cursor {
        let fresh =
            || Run { next: Cursor::default(), tips: Tips::new(), places: vault.list_damaged(), has_skipped: false };
        self.0.get_or_insert_with(fresh).next
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
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
        let Ok(judged) = judge_page(&page, vault.log(), &run.tips, &known) else {
            // The page is looked at where it is pulled as well, and said to make no sense there.
            return opened.engine.handle_mended(false);
        };
        let batches = vault.open_batches(&judged.batches, now);
        for trouble in judged.troubles.into_iter().chain(batches.troubles) {
            vault.keep_trouble(trouble);
        }
        run.has_skipped |= judged.is_held || batches.is_held;
        run.tips.extend(batches.tips);
        let has_more = page.more && page.next > run.next;
        run.next = page.next;
        let mut mended = self.mend_with(batches.records).await;
        if mended.is_ok() && !has_more {
            // Keys that came with the last page may open what waits here.
            mended = self.mend_with_unsent().await;
        }
        let Stage::Open(opened) = &mut self.stage else { return };
        if mended.is_err() {
            return self.handle_failed(Effect::Mend, &RelayError::Unreachable);
        }
        if has_more {
            opened.mending.0 = Some(run);
        } else if !run.has_skipped {
            opened.vault.handle_mended(run.places);
        }
        opened.engine.handle_mended(has_more);
        self.commit_or_tell().await;
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
