//! Letting in: a confirmed device finds the new one whose secret its user has seen, asks, and answers it.
//!
//! ```text
//! scanned or typed ─► who waits? ─► shall it come in? ─► (log read to its end) answer ─► the log says that it came
//! ```

use shared_types::error::ErrorCode;
use shared_types::hand_over::{AnswerRequest, Offer, OffersResponse};
use shared_types::ids::{DeviceId, WireBytes};
use shared_types::limits::HAND_OVER_LIFE_S;
use shared_types::log::{DevicePart, DeviceState, LogHead};

use super::happening::Happening;
use super::opened::Opened;
use super::tabs::TabId;
use super::{Client, Stage, problem_of_relay};
use crate::account::Rotation;
use crate::intention::{HandOverWish, TypedPhrase};
use crate::keys::HandOverSecret;
use crate::relay::{Relay, RelayError};
use crate::store::Store;
use crate::time::Timestamp;
use crate::view::Problem;
use crate::view::hand_over::{CameraFrame, FrameText, HandOverTrouble, LettingInView};

/// A new device that is being let in.
#[derive(Default)]
pub(super) struct LettingIn {
    step: Step,
    /// A picture is being read; those that come meanwhile are not.
    is_reading: bool,
}

#[derive(Default)]
enum Step {
    #[default]
    Idle,
    Looking(HandOverSecret),
    Asks(HandOverSecret, DevicePart),
    /// It is answered as soon as the log has been read to its end.
    Ready(HandOverSecret, DevicePart),
    Answering(DeviceId, LogHead),
    Waiting {
        device: DeviceId,
        after: LogHead,
        until: Timestamp,
    },
    Done,
    Failed(HandOverTrouble),
}

impl LettingIn {
    pub(super) fn view(&self) -> Option<LettingInView> {
        Some(match &self.step {
            Step::Idle => return None,
            Step::Looking(_) => LettingInView::Looking,
            Step::Asks(..) => LettingInView::Asks,
            Step::Ready(..) | Step::Answering(..) => LettingInView::UnderWay,
            Step::Waiting { .. } => LettingInView::Waiting,
            Step::Done => LettingInView::Done,
            Step::Failed(trouble) => LettingInView::Failed(*trouble),
        })
    }

    /// Whether another secret may be looked for.
    fn is_free(&self) -> bool {
        matches!(self.step, Step::Idle | Step::Failed(_) | Step::Done)
    }

    fn fail(&mut self, problem: Problem) {
        self.step = Step::Failed(HandOverTrouble::Other(problem));
    }
}

impl Opened {
    /// The log was read: whether the device has come in, or cannot any more.
    pub(super) fn settle_letting_in(&mut self) {
        let (Step::Waiting { device, after, .. } | Step::Answering(device, after)) = &self.letting_in.step else {
            return;
        };
        let log = self.vault.log();
        if log.device(device).is_some_and(DeviceState::is_active) {
            self.letting_in.step = Step::Done;
        } else if log.head() != *after {
            self.letting_in.step = Step::Failed(HandOverTrouble::Moved);
        }
    }
}

impl<S: Store, R: Relay + 'static> Client<S, R> {
    /// Somebody lets a device in here, or wants this one to be let in.
    pub(super) fn handle_hand_over(&mut self, tab: TabId, wish: HandOverWish) {
        match wish {
            HandOverWish::Join(way) => {
                self.give_up_elsewhere(tab);
                self.begin_joining(tab, way);
            }
            HandOverWish::Find(words) => self.find_typed(tab, &words),
            HandOverWish::Scan(frame) => self.scan_frame(frame),
            HandOverWish::LetIn => self.let_in(),
            HandOverWish::KeepOut => self.keep_out(),
        }
    }

    /// Six words were typed, and nothing of them leaves this device.
    fn find_typed(&mut self, tab: TabId, typed: &TypedPhrase) {
        if let Some(secret) = self.read_hand_over_words(tab, typed) {
            self.find_device(secret);
        }
    }

    /// A picture came: it is read unless one is.
    fn scan_frame(&mut self, frame: CameraFrame) {
        let Stage::Open(opened) = &mut self.stage else { return };
        if opened.letting_in.is_reading || !opened.letting_in.is_free() {
            return;
        }
        opened.letting_in.is_reading = true;
        let read = std::rc::Rc::clone(&self.platform.read_code);
        self.begin(async move { Happening::FrameRead(read(frame).await) });
    }

    pub(super) fn handle_frame_read(&mut self, text: FrameText) {
        let Stage::Open(opened) = &mut self.stage else { return };
        opened.letting_in.is_reading = false;
        if !opened.letting_in.is_free() {
            return;
        }
        let trouble = match text {
            FrameText::Nothing => return,
            FrameText::NoReader => HandOverTrouble::NoReader,
            FrameText::Text(text) => match HandOverSecret::read_code(&text) {
                Ok((rp_id, secret)) if rp_id == opened.enrolment.rp_id => return self.find_device(secret),
                Ok(_) => HandOverTrouble::AnotherRelay,
                // A code of something else lies in the picture.
                Err(_) => return,
            },
        };
        opened.letting_in.step = Step::Failed(trouble);
        self.show_security_again();
    }

    /// Looks which of the devices that wait shows this secret.
    fn find_device(&mut self, secret: HandOverSecret) {
        let Stage::Open(opened) = &mut self.stage else { return };
        if !opened.letting_in.is_free() {
            return;
        }
        let session = opened.session().filter(|_| opened.vault.may_let_in());
        match session {
            None => opened.letting_in.fail(Problem::NotAdmitted),
            Some(_) if !opened.engine.is_online() => opened.letting_in.fail(Problem::Offline),
            Some(session) => {
                opened.letting_in.step = Step::Looking(secret);
                let relay = self.relay.clone();
                self.begin(async move { Happening::OffersListed(relay.list_offers(&session).await) });
            }
        }
        self.show_security_again();
    }

    pub(super) fn handle_offers_listed(&mut self, result: Result<OffersResponse, RelayError>) {
        let Stage::Open(opened) = &mut self.stage else { return };
        opened.letting_in.step = match (std::mem::take(&mut opened.letting_in.step), result) {
            (Step::Looking(secret), Ok(listed)) => {
                let mut offers = listed.offers.iter().filter_map(|bytes| Offer::parse(&bytes.0).ok());
                let found = offers.find(|offer| secret.is_of(offer)).map(|offer| offer.device);
                match found.filter(|device| opened.vault.log().device(&device.id).is_none()) {
                    Some(device) => Step::Asks(secret, device),
                    None => Step::Failed(HandOverTrouble::NobodyWaits),
                }
            }
            (Step::Looking(_), Err(error)) => Step::Failed(HandOverTrouble::Other(problem_of_relay(error))),
            (step, _) => step,
        };
        self.show_security_again();
    }

    /// Its user says that it is theirs.
    fn let_in(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        if !matches!(opened.letting_in.step, Step::Asks(..)) {
            return;
        }
        if let Step::Asks(secret, device) = std::mem::take(&mut opened.letting_in.step) {
            opened.letting_in.step = Step::Ready(secret, device);
        }
        self.show_security_again();
    }

    /// Its user says no, or has seen what came of it. Who has been answered may still come.
    fn keep_out(&mut self) {
        let Stage::Open(opened) = &mut self.stage else { return };
        opened.letting_in.step = Step::Idle;
        self.show_security_again();
    }

    /// Answers whoever may come in, once the log has been read to its end; gives up on one that does not come.
    pub(super) fn poll_letting_in(&mut self) {
        let now = self.now();
        let Stage::Open(opened) = &mut self.stage else { return };
        if let Step::Waiting { until, .. } = opened.letting_in.step
            && until <= now
        {
            opened.letting_in.step = Step::Failed(HandOverTrouble::NeverCame);
            return self.show_security_again();
        }
        let is_settled = !matches!(opened.vault.rotation(now), Rotation::Due | Rotation::Owed);
        if !matches!(opened.letting_in.step, Step::Ready(..)) || !opened.engine.may_append() || !is_settled {
            return;
        }
        let Step::Ready(secret, device) = std::mem::take(&mut opened.letting_in.step) else { return };
        let answer = opened.vault.answer_offer(device, &secret, now, &mut *self.platform.rng);
        let (Some(answer), Some(session)) = (answer, opened.session()) else {
            opened.letting_in.fail(Problem::NotAdmitted);
            return self.show_security_again();
        };
        opened.letting_in.step = Step::Answering(device.id, opened.vault.log().head());
        let request = AnswerRequest { answer_id: secret.answer_id(&device.id), answer: WireBytes(answer.to_bytes()) };
        let relay = self.relay.clone();
        self.begin(async move { Happening::OfferAnswered(relay.answer_offer(&session, request).await) });
        self.show_security_again();
    }

    pub(super) fn handle_offer_answered(&mut self, result: Result<(), RelayError>) {
        let until = self.now().after_ms(HAND_OVER_LIFE_S * 1000);
        let Stage::Open(opened) = &mut self.stage else { return };
        let Step::Answering(device, after) = opened.letting_in.step else { return };
        opened.letting_in.step = match result {
            Ok(()) => Step::Waiting { device, after, until },
            Err(RelayError::Refused { code: ErrorCode::NotFound, .. }) => Step::Failed(HandOverTrouble::NobodyWaits),
            Err(error) => Step::Failed(HandOverTrouble::Other(problem_of_relay(error))),
        };
        if matches!(opened.letting_in.step, Step::Waiting { .. }) {
            self.wake_after(HAND_OVER_LIFE_S * 1000);
        }
        self.show_security_again();
    }
}
