//! Carries out what the sync engine decides, and hands it what came back.

use futures_util::StreamExt;
use shared_types::account::AboutResponse;
use shared_types::error::ErrorCode;
use shared_types::limits::{MAX_BATCHES_PER_REQUEST, MAX_OFFERS, MAX_PUSH_BYTES};
use shared_types::log::LogState;
use shared_types::sync::{PageBody, PushBody, PushResponse, RelayEvent};

use super::happening::{Happening, LoadedLog};
use super::unlock::Locked;
use super::{Client, Stage};
use crate::records::{Record, is_offer_within_limits};
use crate::relay::{EventStream, Relay, RelayError};
use crate::store::{Access, Store};
use crate::sync::engine::{Effect, LogAhead};
use crate::sync::verify::{judge_page, places_named};
use crate::vault::OpTrouble;
use crate::view::{Delta, IntegrityState, Problem, WelcomeView};

/// When a relay that did not answer is asked again what it is.
const ABOUT_AGAIN_MS: u64 = 5000;
/// Room for lengths and counts around the bytes of a push.
const PUSH_FRAME_BYTES: usize = 64 * 1024;

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// Carries out everything that is due.
    pub(super) async fn poll_effects(&mut self) {
        if matches!(&self.stage, Stage::Open(opened) if opened.access == Access::ReadOnly) {
            self.poll_highlights();
            return self.show_status();
        }
        self.poll_end();
        self.poll_damage().await;
        self.poll_asking().await;
        self.poll_highlights();
        let now = self.now();
        let mut look_again = None;
        while let Stage::Open(opened) = &mut self.stage {
            look_again = opened.poll_rotation(now);
            self.poll_member_change().await;
            self.poll_way_change().await;
            self.poll_letting_in();
            let Stage::Open(opened) = &mut self.stage else { break };
            match opened.engine.poll_effect(now) {
                Some(Effect::Rotate) => self.begin_rotation().await,
                Some(effect) => self.begin_effect(effect).await,
                None => break,
            }
        }
        let Stage::Open(opened) = &self.stage else { return };
        let has_waiting = !opened.vault.waiting().is_empty();
        let asks_at = has_waiting.then_some([opened.ask_after, opened.look_after]).into_iter().flatten();
        let wake =
            opened.engine.poll_wake().into_iter().chain(asks_at).chain(look_again).filter(|wake| *wake > now).min();
        if let Some(wake) = wake {
            self.wake_at(wake);
        }
        self.show_status();
        self.show_waits();
    }

    async fn begin_effect(&mut self, effect: Effect) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let Some(session) = opened.session() else {
            let code = ErrorCode::UnknownSession;
            let refused = RelayError::Refused { code, retry_after_s: None, now: None };
            return self.handle_failed(effect, &refused);
        };
        let relay = self.relay.clone();
        match effect {
            Effect::LoadLog => {
                let recipient = opened.vault.device().id().into();
                self.begin(async move {
                    let load = async {
                        let log = relay.load_log(&session).await?;
                        let epochs = relay.load_epochs(&session, recipient).await?;
                        let about = relay.about().await?;
                        Ok(LoadedLog { log, epochs, about })
                    };
                    Happening::LogLoaded(Box::new(load.await))
                });
            }
            // Begun where a key can be kept first.
            Effect::Rotate => {}
            Effect::Push => {
                let (up_to, body) = next_push(opened.vault.unsent());
                let Some(up_to) = up_to.filter(|_| !opened.vault.is_forked_from_itself()) else {
                    return opened.engine.handle_pushed(false);
                };
                opened.sent_since.get_or_insert(now);
                // What may have left is written down before it does: a device that dies here knows it then.
                if opened.vault.handle_handed(up_to) && self.commit().await.is_err() {
                    return self.handle_failed(effect, &RelayError::Unreachable);
                }
                self.begin(async move { Happening::Pushed { up_to, result: relay.push(&session, body).await } });
            }
            Effect::Pull | Effect::PullAgain => {
                if effect == Effect::PullAgain {
                    opened.reading.start_again();
                }
                let after = opened.reading.begin_page(opened.vault.own_head().accepted);
                self.begin(async move { Happening::Pulled(relay.pull(&session, after).await) });
            }
            Effect::Mend => {
                let Some(after) = opened.mending.begin(&opened.vault) else {
                    return opened.engine.handle_mended(false);
                };
                self.begin(async move { Happening::PulledToMend(relay.pull(&session, after).await) });
            }
            Effect::Listen => {
                self.begin(async move { Happening::Listening(relay.events(&session).await) });
            }
        }
    }

    pub(super) async fn handle_log_loaded(&mut self, result: Result<LoadedLog, RelayError>) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let loaded = match result {
            Ok(loaded) => loaded,
            Err(error) => return self.handle_failed(Effect::LoadLog, &error),
        };
        let entries: Vec<Vec<u8>> = loaded.log.entries.into_iter().map(|entry| entry.0).collect();
        let vault = &mut opened.vault;
        let epoch_before = vault.log().epoch().part.number;
        let verified = LogState::verify(vault.account_id(), entries.iter().map(Vec::as_slice));
        match verified {
            Ok(log) if log.extends(&vault.log().head()) => {
                vault.set_log(log, entries);
                vault.open_epochs(&loaded.epochs.copies, &loaded.epochs.back_links);
            }
            Ok(log) => {
                let is_prefix = vault.log().extends(&log.head());
                let state = if is_prefix { IntegrityState::RolledBack } else { IntegrityState::Forked };
                let author = vault.device().id();
                let bytes = entries.concat();
                let seq = u64::from(log.head().seq);
                vault.keep_trouble(OpTrouble { state, author, batch_seq: seq, leaf_index: None, bytes });
            }
            Err(_) => {
                let author = vault.device().id();
                let (state, bytes) = (IntegrityState::Altered, entries.concat());
                vault.keep_trouble(OpTrouble { state, author, batch_seq: 0, leaf_index: None, bytes });
            }
        }
        opened.engine.handle_log_loaded();
        opened.settle_member_change();
        opened.settle_way_change();
        opened.admit_awaited(&mut *self.platform.rng);
        opened.forget_gone_methods();
        opened.settle_letting_in();
        let taken_back = opened.take_back_older(epoch_before, now);
        self.adopt_models(loaded.about);
        if self.write_again(taken_back).await.is_err() {
            // Nothing of it is committed: the store has everything as it was, and the log is read again.
            return self.reopen().await;
        }
        self.poll_cut();
        self.commit_or_tell().await;
    }

    pub(super) fn adopt_models(&mut self, about: AboutResponse) {
        let Stage::Open(opened) = &mut self.stage else { return };
        let models: Vec<_> = about.models.into_iter().filter(is_offer_within_limits).take(MAX_OFFERS).collect();
        if opened.models != models {
            opened.models = models;
            self.tabs.send_all(&Delta::Models(opened.models.clone()));
        }
    }

    pub(super) async fn handle_pushed(&mut self, up_to: u64, result: Result<PushResponse, RelayError>) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        match result {
            Ok(pushed) => {
                // It is looked whether the relay shows what it has accepted.
                let moved = RelayEvent::CursorMoved { cursor: pushed.cursor };
                opened.engine.handle_event(&moved, opened.reading.next());
                let sent_since = opened.sent_since.take().unwrap_or(now);
                opened.vault.handle_sent(up_to, (sent_since, now));
                // The rest of the outbox may have been tried as long.
                opened.sent_since = (opened.vault.n_unsent() > 0).then_some(sent_since);
                opened.engine.handle_pushed(opened.vault.n_unsent() > 0);
                self.commit_or_tell().await;
                self.leave_if_sent().await;
            }
            Err(error) => self.handle_failed(Effect::Push, &error),
        }
    }

    pub(super) async fn handle_pulled(&mut self, result: Result<PageBody, RelayError>) {
        let now = self.now();
        let page = match result {
            Ok(page) => page,
            Err(error) => return self.handle_failed(Effect::Pull, &error),
        };
        if self.load_links_for(&page).await.is_err() {
            return self.handle_failed(Effect::Pull, &RelayError::Unreachable);
        }
        let Stage::Open(opened) = &mut self.stage else { return };
        let vault = &mut opened.vault;
        let taken_back = if vault.is_behind_itself(&page) { vault.take_back_unhanded(now) } else { Vec::new() };
        self.apply_page(&page).await;
        if self.write_again(taken_back).await.is_err() {
            // Nothing of it is committed: the store has everything as it was.
            return self.reopen().await;
        }
        self.poll_cut();
        self.commit_or_tell().await;
    }

    /// Judges a page and applies what verifies; what is to be kept of it is not committed yet.
    async fn apply_page(&mut self, page: &PageBody) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        let vault = &mut opened.vault;
        let known = |device, seq| vault.hash_at(device, seq);
        let Ok(judged) = judge_page(page, vault.log(), vault.tips(), &known) else {
            return opened.engine.handle_confused(now);
        };
        if let Some(trouble) = judged.log_ahead {
            if opened.engine.handle_log_ahead() == LogAhead::Loads {
                return;
            }
            vault.keep_trouble(trouble);
        }
        let mut batches = vault.open_batches(&judged.batches, now);
        for trouble in judged.troubles.into_iter().chain(std::mem::take(&mut batches.troubles)) {
            vault.keep_trouble(trouble);
        }
        let loaded = self.load_missing_for(&batches.records).await;
        let Stage::Open(opened) = &mut self.stage else { return };
        if loaded.is_err() {
            return self.handle_failed(Effect::Pull, &RelayError::Unreachable);
        }
        let is_held = judged.is_held || batches.is_held;
        let tips_before = opened.vault.tips().clone();
        opened.vault.count_others(judged.batches.len(), now);
        opened.vault.apply_opened(batches, now);
        let is_behind = opened.vault.keep_withheld_heads();
        let moved = opened.reading.handle_page(page, &tips_before, is_held || is_behind);
        opened.vault.set_own_shown(opened.reading.own_shown());
        if let Some((kept, last_page)) = moved.kept {
            opened.vault.set_cursor(kept, last_page);
        }
        for (author, batch_seq) in moved.missing {
            opened.vault.keep_rolled_back(author, batch_seq);
        }
        if moved.is_held {
            opened.engine.handle_held(moved.has_more, now);
        } else {
            opened.engine.handle_pulled(moved.has_more);
        }
    }

    /// Writes what was taken back once more, each batch as one.
    async fn write_again(&mut self, taken_back: Vec<Vec<Record>>) -> Result<(), Problem> {
        let now = self.now();
        for records in taken_back {
            self.load_missing_for(&records).await?;
            let Stage::Open(opened) = &mut self.stage else { return Ok(()) };
            opened.vault.write(records, now, &mut *self.platform.rng).map_err(|_| Problem::StoreFailed)?;
            opened.engine.handle_written();
        }
        Ok(())
    }

    /// Loads what is held of the places that a page has or names, so that it can be compared.
    pub(super) async fn load_links_for(&mut self, page: &PageBody) -> Result<(), Problem> {
        let places = places_named(page);
        self.load_missing(|vault| vault.missing_link(&places)).await
    }

    pub(super) fn handle_listening(&mut self, result: Result<EventStream, RelayError>) {
        let Stage::Open(opened) = &mut self.stage else { return };
        match result {
            Ok(stream) => {
                opened.engine.handle_listening();
                self.listen_on(stream);
            }
            Err(error) => self.handle_failed(Effect::Listen, &error),
        }
    }

    fn listen_on(&self, mut stream: EventStream) {
        self.begin(async move {
            let event = stream.next().await;
            Happening::Event(event.map(|event| (event, stream)))
        });
    }

    pub(super) fn handle_event(&mut self, event: Option<(RelayEvent, EventStream)>) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        match event {
            Some((event, stream)) => {
                opened.ending.was_told |= event == RelayEvent::SignedOut;
                opened.engine.handle_event(&event, opened.reading.next());
                self.listen_on(stream);
            }
            None => opened.engine.handle_silence(now),
        }
    }

    pub(super) fn handle_network(&mut self, is_online: bool) {
        let now = self.now();
        match &mut self.stage {
            Stage::Open(opened) if is_online => opened.engine.handle_try_now(),
            Stage::Open(opened) => opened.engine.handle_offline(now),
            Stage::Welcome(WelcomeView { online, .. }) | Stage::Locked(Locked { online, .. }) => {
                *online = is_online;
                self.ask_about();
                self.show_screen();
            }
            Stage::Starting
            | Stage::SigningUp(_)
            | Stage::SigningIn(_)
            | Stage::Joining(_)
            | Stage::Revoked(_)
            | Stage::Stuck(_)
            | Stage::Ended => {}
        }
    }

    /// Asks what the relay is.
    pub(super) fn ask_about(&self) {
        let relay = self.relay.clone();
        self.begin(async move { Happening::About(relay.about().await) });
    }

    pub(super) fn handle_about(&mut self, result: Result<AboutResponse, RelayError>) {
        let answers = result.is_ok();
        match &mut self.stage {
            Stage::Welcome(view) => {
                view.online = answers;
                // A relay that does not answer has not said that it takes no accounts.
                if let Ok(about) = result {
                    view.can_sign_up = about.sign_up == shared_types::account::SignUpMode::Open;
                }
                self.show_whether_online(answers);
            }
            Stage::Locked(locked) => {
                locked.online = answers;
                self.show_whether_online(answers);
            }
            Stage::Open(_) => {
                if let Ok(about) = result {
                    self.adopt_models(about);
                }
            }
            Stage::Starting
            | Stage::SigningUp(_)
            | Stage::SigningIn(_)
            | Stage::Joining(_)
            | Stage::Revoked(_)
            | Stage::Stuck(_)
            | Stage::Ended => {}
        }
    }

    /// A relay that does not answer is asked again: nothing else on these pages would notice that it is back.
    fn show_whether_online(&mut self, answers: bool) {
        if !answers && !self.awaits_relay {
            self.awaits_relay = true;
            self.begin_after(ABOUT_AGAIN_MS, Happening::AboutDue);
        }
        self.show_screen();
    }

    pub(super) fn handle_about_due(&mut self) {
        self.awaits_relay = false;
        let is_offline = match &self.stage {
            Stage::Welcome(view) => !view.online,
            Stage::Locked(locked) => !locked.online,
            Stage::Starting
            | Stage::SigningUp(_)
            | Stage::SigningIn(_)
            | Stage::Joining(_)
            | Stage::Open(_)
            | Stage::Revoked(_)
            | Stage::Stuck(_)
            | Stage::Ended => false,
        };
        if is_offline {
            self.ask_about();
        }
    }
}

/// As many of the oldest unsent batches as one push takes.
fn next_push(unsent: Vec<(u64, shared_types::sync::BatchParcel)>) -> (Option<u64>, PushBody) {
    let (mut up_to, mut n_bytes) = (None, PUSH_FRAME_BYTES);
    let mut body = PushBody::default();
    for (seq, parcel) in unsent.into_iter().take(MAX_BATCHES_PER_REQUEST) {
        n_bytes += parcel.batch.len() + parcel.envelopes.iter().map(|(_, envelope)| envelope.len()).sum::<usize>();
        if n_bytes > MAX_PUSH_BYTES && up_to.is_some() {
            break;
        }
        up_to = Some(seq);
        body.parcels.push(parcel);
    }
    (up_to, body)
}
