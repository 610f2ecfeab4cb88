//! A relay that lies: what it stores may be true, what it answers is bent on the way to all devices or to one.

use shared_types::account::{AnchorResponse, EpochsResponse, LogResponse, SignInStartResponse};
use shared_types::hand_over::{CollectResponse, OffersResponse};
use shared_types::ids::AccountId;
use shared_types::seen::SeenResponse;
use shared_types::sync::{BatchParcel, PageBody, PushResponse, RelayEvent};

use super::FakeRelay;

/// Whom a lie is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To<'a> {
    /// Every device.
    Everyone,
    /// The device behind the link of this name.
    Link(&'a str),
}

/// One kind of answer, bent by every lie told about it, in the order in which they were told.
struct Bent<T>(Vec<Lie<T>>);

struct Lie<T> {
    link: Option<String>,
    bend: Box<dyn FnMut(&mut T)>,
}

/// All lies of a relay; none in an honest one.
#[derive(Default)]
pub(super) struct Lies {
    pages: Bent<PageBody>,
    logs: Bent<LogResponse>,
    epochs: Bent<EpochsResponse>,
    anchors: Bent<AnchorResponse>,
    sign_ins: Bent<SignInStartResponse>,
    pushes: Bent<PushResponse>,
    counts: Bent<SeenResponse>,
    offers: Bent<OffersResponse>,
    answers: Bent<CollectResponse>,
}

impl<T> Default for Bent<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Bent<T> {
    fn tell(&mut self, to: To<'_>, bend: impl FnMut(&mut T) + 'static) {
        let link = match to {
            To::Everyone => None,
            To::Link(name) => Some(name.to_owned()),
        };
        self.0.push(Lie { link, bend: Box::new(bend) });
    }

    fn bend(&mut self, link: &str, answer: &mut T) {
        let told = self.0.iter_mut().filter(|lie| lie.link.as_deref().is_none_or(|name| name == link));
        told.for_each(|lie| (lie.bend)(answer));
    }
}

impl Lies {
    pub(super) fn bend_page(&mut self, link: &str, page: &mut PageBody) {
        self.pages.bend(link, page);
    }

    pub(super) fn bend_log(&mut self, link: &str, log: &mut LogResponse) {
        self.logs.bend(link, log);
    }

    pub(super) fn bend_epochs(&mut self, link: &str, epochs: &mut EpochsResponse) {
        self.epochs.bend(link, epochs);
    }

    pub(super) fn bend_anchor(&mut self, link: &str, anchor: &mut AnchorResponse) {
        self.anchors.bend(link, anchor);
    }

    pub(super) fn bend_push(&mut self, link: &str, answer: &mut PushResponse) {
        self.pushes.bend(link, answer);
    }

    pub(super) fn bend_counts(&mut self, link: &str, answer: &mut SeenResponse) {
        self.counts.bend(link, answer);
    }

    pub(super) fn bend_offers(&mut self, link: &str, answer: &mut OffersResponse) {
        self.offers.bend(link, answer);
    }

    pub(super) fn bend_answer(&mut self, link: &str, answer: &mut CollectResponse) {
        self.answers.bend(link, answer);
    }

    pub(super) fn bend_sign_in(&mut self, link: &str, start: &mut SignInStartResponse) {
        self.sign_ins.bend(link, start);
    }
}

impl FakeRelay {
    /// A second relay that has everything this one has: what is asked of one, the other does not know.
    #[must_use]
    pub fn split(&self) -> Self {
        let inner = self.0.borrow();
        let other = Self::honest(inner.books.now_s);
        other.0.borrow_mut().books = inner.books.clone();
        drop(inner);
        other
    }

    /// Stops lying.
    pub fn turn_honest(&self) {
        self.0.borrow_mut().lies = Lies::default();
    }

    /// Bends every page of batches.
    pub fn bend_pages(&self, to: To<'_>, bend: impl FnMut(&mut PageBody) + 'static) {
        self.0.borrow_mut().lies.pages.tell(to, bend);
    }

    /// Bends every account log.
    pub fn bend_logs(&self, to: To<'_>, bend: impl FnMut(&mut LogResponse) + 'static) {
        self.0.borrow_mut().lies.logs.tell(to, bend);
    }

    /// Bends every answer with epoch copies and back links.
    pub fn bend_epochs(&self, to: To<'_>, bend: impl FnMut(&mut EpochsResponse) + 'static) {
        self.0.borrow_mut().lies.epochs.tell(to, bend);
    }

    /// Bends every anchor.
    pub fn bend_anchors(&self, to: To<'_>, bend: impl FnMut(&mut AnchorResponse) + 'static) {
        self.0.borrow_mut().lies.anchors.tell(to, bend);
    }

    /// Bends the start of every sign-in: the challenge, the nonce, the account that is named.
    pub fn bend_sign_ins(&self, to: To<'_>, bend: impl FnMut(&mut SignInStartResponse) + 'static) {
        self.0.borrow_mut().lies.sign_ins.tell(to, bend);
    }

    /// Bends every answer to a push.
    pub fn bend_pushes(&self, to: To<'_>, bend: impl FnMut(&mut PushResponse) + 'static) {
        self.0.borrow_mut().lies.pushes.tell(to, bend);
    }

    /// Bends what it says it counted of a day.
    pub fn bend_counts(&self, to: To<'_>, bend: impl FnMut(&mut SeenResponse) + 'static) {
        self.0.borrow_mut().lies.counts.tell(to, bend);
    }

    /// Bends every list of devices that wait to be let in.
    pub fn bend_offers(&self, to: To<'_>, bend: impl FnMut(&mut OffersResponse) + 'static) {
        self.0.borrow_mut().lies.offers.tell(to, bend);
    }

    /// Bends what a device that waits is answered.
    pub fn bend_answers(&self, to: To<'_>, bend: impl FnMut(&mut CollectResponse) + 'static) {
        self.0.borrow_mut().lies.answers.tell(to, bend);
    }

    /// Tells every device of an account something over its socket, be it so or not.
    pub fn tell(&self, account: AccountId, event: RelayEvent) {
        self.0.borrow_mut().tell(account, event);
    }

    /// Serves the log of another account.
    pub fn serve_log_of(&self, to: To<'_>, other: AccountId) {
        let entries: Vec<_> = self.stored_log(other).into_iter().map(shared_types::ids::WireBytes).collect();
        self.bend_logs(to, move |log| log.entries.clone_from(&entries));
    }

    /// Shows a batch of its own making where another stands: the same author and place, other bytes.
    pub fn fork(&self, to: To<'_>, instead_of: Vec<u8>, shown: BatchParcel) {
        self.bend_pages(to, move |page| {
            let place = page.parcels.iter_mut().find(|parcel| parcel.batch == instead_of);
            if let Some(parcel) = place {
                parcel.clone_from(&shown);
            }
        });
    }

    /// Adds a batch to the end of every page that has any.
    pub fn inject(&self, to: To<'_>, parcel: BatchParcel) {
        self.bend_pages(to, move |page| {
            if !page.parcels.is_empty() {
                page.parcels.push(parcel.clone());
            }
        });
    }

    /// Sends every batch of a page twice.
    pub fn replay(&self, to: To<'_>) {
        self.bend_pages(to, |page| {
            page.parcels = page.parcels.iter().flat_map(|parcel| [parcel.clone(), parcel.clone()]).collect();
        });
    }

    /// Turns the order of every page around.
    pub fn reorder(&self, to: To<'_>) {
        self.bend_pages(to, |page| page.parcels.reverse());
    }

    /// Gives the first two envelopes of a page to each other's leaves.
    pub fn swap_envelopes(&self, to: To<'_>) {
        self.bend_pages(to, |page| {
            let mut envelopes = page.parcels.iter_mut().flat_map(|parcel| parcel.envelopes.iter_mut());
            if let (Some((_, first)), Some((_, second))) = (envelopes.next(), envelopes.next()) {
                std::mem::swap(first, second);
            }
        });
    }

    /// Changes one bit of the last byte of every envelope.
    pub fn alter_envelopes(&self, to: To<'_>) {
        self.bend_pages(to, |page| {
            let envelopes = page.parcels.iter_mut().flat_map(|parcel| parcel.envelopes.iter_mut());
            envelopes.filter_map(|(_, envelope)| envelope.last_mut()).for_each(|byte| *byte ^= 1);
        });
    }

    /// Gives every sealed epoch key copy as these bytes, for example a key that the relay knows, sealed by itself.
    pub fn forge_epoch_copies(&self, to: To<'_>, forged: Vec<u8>) {
        self.bend_epochs(to, move |epochs| {
            epochs.copies.iter_mut().for_each(|copy| copy.sealed.0.clone_from(&forged));
        });
    }

    /// Gives every back link as these bytes.
    pub fn forge_back_links(&self, to: To<'_>, forged: Vec<u8>) {
        self.bend_epochs(to, move |epochs| {
            epochs.back_links.iter_mut().for_each(|link| link.envelope.0.clone_from(&forged));
        });
    }
}
