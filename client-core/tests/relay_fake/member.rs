//! A device with a session that pushes batches of its own making.

use std::rc::Rc;

use client_core::relay::fake::{FakeLink, FakeRelay};
use client_core::relay::{Relay, Session, conformance};
use shared_types::batch::{Batch, ChainPin, Leaf};
use shared_types::ids::{AccountId, DeviceId, Hash, StreamTag};
use shared_types::log::{LogHead, LogState};
use shared_types::sync::{BatchParcel, Cursor, PageBody, PushBody};

use crate::{FakeStage, NOW_S};

/// Somebody with an account.
pub(crate) struct Member {
    pub(crate) relay: FakeRelay,
    pub(crate) link: FakeLink,
    pub(crate) account: AccountId,
    pub(crate) session: Session,
    log: LogHead,
    head: Option<ChainPin>,
}

impl Member {
    /// Signs up at a fresh relay.
    pub(crate) async fn alone() -> Self {
        Self::at(&FakeRelay::honest(NOW_S)).await
    }

    /// Signs up at a relay. The suite makes the same account each time; whoever needs two lets the clock go on.
    pub(crate) async fn at(relay: &FakeRelay) -> Self {
        let (account, session) = conformance::sign_up(&FakeStage(relay.clone())).await;
        let entries = relay.stored_log(account);
        let log = LogState::verify(account, entries.iter().map(Vec::as_slice)).expect("an honest relay took it").head();
        Self { relay: relay.clone(), link: relay.link("laptop"), account, session, log, head: None }
    }

    pub(crate) fn device(&self) -> DeviceId {
        self.session.device.id()
    }

    /// Pushes one batch with an envelope of each stream that is named.
    pub(crate) async fn push(&mut self, streams: &[u8]) -> BatchParcel {
        let envelope = |stream: u8| [b"of stream ", &[stream][..], &[7; 40]].concat();
        let leaf = |stream: &u8| Leaf { tag: StreamTag([*stream; 16]), envelope_hash: Hash::of(&[&envelope(*stream)]) };
        let batch = Batch {
            account_id: self.account,
            device_id: self.device(),
            seq: self.head.map_or(0, |head| head.seq + 1),
            previous: self.head.map_or(Hash::ZERO, |head| head.hash),
            log: self.log,
            seen: Vec::new(),
            leaves: streams.iter().map(leaf).collect(),
        };
        self.head = Some(ChainPin { seq: batch.seq, hash: batch.hash() });
        let signature = self.session.device.sign_batch(&batch);
        let envelopes = (0..).zip(streams.iter().map(|stream| envelope(*stream))).collect();
        let parcel = BatchParcel { batch: batch.with_signature(signature), envelopes };
        let body = PushBody { parcels: vec![parcel.clone()] };
        self.link.push(&self.session, body).await.expect("an honest batch is taken");
        parcel
    }

    /// Everything that the relay shows to a link of this name.
    pub(crate) async fn page_of(&self, link: &str) -> PageBody {
        self.relay.link(link).pull(&self.session, Cursor(0)).await.expect("a session reads")
    }

    /// The batches that the relay shows to a link of this name.
    pub(crate) async fn parcels_of(&self, link: &str) -> Vec<BatchParcel> {
        self.page_of(link).await.parcels
    }

    /// The same account and session at another link.
    pub(crate) fn session(&self) -> Session {
        Session { token: self.session.token.clone(), device: Rc::clone(&self.session.device) }
    }
}
