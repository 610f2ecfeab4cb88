//! «What the relay saw»: asks the relay what it counted of a day, and checks it against what this device knows.

use shared_types::ordered::SortedMap;

use shared_types::seen::{SEEN_DAYS, SeenResponse};
use shared_types::sync::RelayEvent;

use super::happening::Happening;
use super::tabs::{SettingsPlace, TabId};
use super::{Client, Stage, problem_of_relay};
use crate::relay::{Relay, RelayError};
use crate::store::Store;
use crate::sync::counts::day_of;
use crate::time::Timestamp;
use crate::view::seen::{SeenByRelay, SeenView};
use crate::view::{Delta, Problem};

/// What was asked and answered since the account was opened.
#[derive(Default)]
pub(super) struct Seen {
    day: u64,
    answers: SortedMap<u64, (SeenResponse, Timestamp)>,
    problem: Option<Problem>,
    shown: Option<SeenView>,
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// Shows a day in a tab, today if none is named, and asks the relay for it.
    pub(super) fn show_seen(&mut self, tab: TabId, day: Option<u64>) {
        let today = day_of(self.now());
        let Stage::Open(opened) = &mut self.stage else { return };
        let day = day.unwrap_or(today).clamp(today.saturating_sub(SEEN_DAYS - 1), today);
        opened.seen.day = day;
        opened.seen.problem = None;
        opened.seen.shown = None;
        self.tabs.show_settings(tab, SettingsPlace::Seen);
        let Stage::Open(opened) = &mut self.stage else { return };
        let session = opened.session();
        if session.is_none() {
            opened.seen.problem = Some(Problem::Offline);
        }
        if let Some(session) = session {
            let relay = self.relay.clone();
            self.begin(async move { Happening::Seen(day, relay.seen(&session, day).await) });
        }
        self.show_seen_again();
    }

    pub(super) fn handle_seen(&mut self, day: u64, result: Result<SeenResponse, RelayError>) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        match result {
            Ok(response) => {
                let cursor = response.cursor;
                opened.seen.answers.insert(day, (response, now));
                if cursor > opened.vault.cursor() {
                    opened.engine.handle_event(&RelayEvent::CursorMoved { cursor }, opened.reading.next());
                }
            }
            Err(error) if day == opened.seen.day => opened.seen.problem = Some(problem_of_relay(error)),
            Err(_) => {}
        }
        self.show_seen_again();
    }

    /// Sends the page anew to the tabs that show it, if it has changed.
    pub(super) fn show_seen_again(&mut self) {
        let today = day_of(self.now());
        let Stage::Open(opened) = &mut self.stage else { return };
        if !self.tabs.has_settings(SettingsPlace::Seen) {
            return;
        }
        let day = opened.seen.day;
        let by_relay = |(response, at): &(SeenResponse, Timestamp)| SeenByRelay {
            counts: response.counts,
            at_ms: at.0,
            verdict: opened.vault.known_days().judge(day, response, opened.vault.cursor(), *at),
        };
        let view = SeenView {
            day,
            has_before: day + SEEN_DAYS > today + 1,
            has_after: day < today,
            seen: opened.seen.answers.get(&day).map(by_relay),
            n_own: opened.vault.known_days().own(day).saves,
            problem: opened.seen.problem,
        };
        if opened.seen.shown.as_ref() != Some(&view) {
            opened.seen.shown = Some(view.clone());
            self.tabs.send_to_settings(SettingsPlace::Seen, &Delta::Seen(Box::new(view)));
        }
    }
}
