//! The forgetful fake: each of its ways to lose or withhold does what it says, and nothing else.

use client_core::relay::fake::evil::To;
use client_core::relay::fake::{FakeRelay, Script};
use client_core::relay::{Relay, RelayError, conformance};
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, DeviceId, StreamTag};
use shared_types::sync::Cursor;

use crate::member::Member;
use crate::{FakeStage, NOW_S, TURN, prompt};

fn refused(code: ErrorCode) -> RelayError {
    RelayError::Refused { code, retry_after_s: None, now: None }
}

#[tokio::test]
async fn a_relay_that_forgot_one_account_behaves_as_every_relay_to_the_others() {
    let relay = FakeRelay::honest(NOW_S);
    let mut member = Member::at(&relay).await;
    member.push(&[1]).await;
    relay.lose_newest(member.account, 1);
    relay.withhold_device(To::Link("laptop"), member.device());
    relay.freeze(To::Link("laptop"), member.account);
    relay.forget_ceremonies();
    relay.forget_turns();
    // The suite draws its accounts from the time.
    relay.set_now(NOW_S + 1);
    conformance::run(&LaterStage(FakeStage(relay))).await;
}

/// A stage one second later.
struct LaterStage(FakeStage);

impl conformance::Stage for LaterStage {
    type Link = client_core::relay::fake::FakeLink;

    fn link(&self) -> Self::Link {
        self.0.link()
    }

    fn now_s(&self) -> u64 {
        NOW_S + 1
    }

    fn rp_id(&self) -> String {
        self.0.rp_id()
    }

    async fn register(&self, account: AccountId, challenge: &[u8]) -> conformance::Registered {
        self.0.register(account, challenge).await
    }

    async fn assert(&self, account: AccountId, credential_id: &[u8], challenge: &[u8]) -> conformance::Asserted {
        self.0.assert(account, credential_id, challenge).await
    }

    fn question(&self, answer: conformance::Answer) -> String {
        self.0.question(answer)
    }

    fn let_words_out(&self, n_words: usize) {
        self.0.let_words_out(n_words);
    }
}

#[tokio::test]
async fn what_is_lost_is_gone_for_everyone_and_cursors_go_on() {
    let mut member = Member::alone().await;
    let first = member.push(&[1]).await;
    member.push(&[2]).await;
    member.relay.lose_newest(member.account, 1);
    assert_eq!(member.parcels_of("laptop").await, std::slice::from_ref(&first));
    assert_eq!(member.relay.stored_batches(member.account), std::slice::from_ref(&first));
    let third = member.link.push(&member.session, push_of(&first)).await.expect("it stands already");
    assert_eq!(third.cursor, Cursor(1), "what stands is where it was");
    assert_eq!(member.page_of("laptop").await.next, Cursor(1));
}

fn push_of(parcel: &shared_types::sync::BatchParcel) -> shared_types::sync::PushBody {
    shared_types::sync::PushBody { parcels: vec![parcel.clone()] }
}

#[tokio::test]
async fn batches_are_lost_by_what_they_are() {
    let mut member = Member::alone().await;
    let first = member.push(&[1]).await;
    member.push(&[2]).await;
    let third = member.push(&[3]).await;
    member.relay.lose_batches(member.account, |signed| signed.batch.seq == 1);
    assert_eq!(member.parcels_of("laptop").await, [first, third]);
    member.relay.lose_batches(AccountId([9; 16]), |_| true);
    assert_eq!(member.parcels_of("laptop").await.len(), 2, "another account is another account");
}

#[tokio::test]
async fn a_device_is_withheld_from_whom_it_is_meant_for() {
    let mut member = Member::alone().await;
    let parcel = member.push(&[1]).await;
    member.relay.withhold_device(To::Link("phone"), DeviceId([9; 16]));
    assert_eq!(member.parcels_of("phone").await, std::slice::from_ref(&parcel));
    member.relay.withhold_device(To::Link("phone"), member.device());
    let page = member.page_of("phone").await;
    assert_eq!((page.parcels, page.next), (vec![], Cursor(1)), "the cursor goes on as if there was nothing");
    assert_eq!(member.parcels_of("laptop").await, std::slice::from_ref(&parcel));
    assert_eq!(member.relay.stored_batches(member.account), [parcel], "it is withheld, not lost");
}

#[tokio::test]
async fn a_stream_is_withheld_by_its_tag_and_its_leaves_stay() {
    let mut member = Member::alone().await;
    let parcel = member.push(&[1, 2, 1]).await;
    member.relay.withhold_stream(To::Everyone, StreamTag([1; 16]));
    let [shown] = <[_; 1]>::try_from(member.parcels_of("laptop").await).expect("the batch is shown");
    assert_eq!(shown.batch, parcel.batch);
    assert_eq!(shown.envelopes, parcel.envelopes[1..2]);
}

#[tokio::test]
async fn a_frozen_view_ends_where_it_ended_for_whom_it_is_frozen() {
    let mut member = Member::alone().await;
    let first = member.push(&[1]).await;
    member.relay.freeze(To::Link("phone"), member.account);
    let second = member.push(&[2]).await;
    let page = member.page_of("phone").await;
    assert_eq!((page.parcels, page.next, page.more), (vec![first.clone()], Cursor(1), false));
    assert_eq!(member.parcels_of("laptop").await, [first, second]);
    let log = member.relay.link("phone").load_log(&member.session()).await.expect("a session reads");
    assert_eq!(log.entries.len(), 1);
}

#[tokio::test]
async fn forgotten_turns_and_ended_sessions_are_unknown() {
    let member = Member::alone().await;
    member.relay.script_answer(Script::of("soon forgotten"));
    drop(member.link.ask(&member.session, prompt("?")).await.expect("it is asked"));
    assert!(member.link.resume(&member.session, TURN, None).await.is_ok());
    member.relay.forget_turns();
    let resumed = member.link.resume(&member.session, TURN, None).await;
    assert_eq!(resumed.err(), Some(refused(ErrorCode::NotFound)));
    member.relay.end_all_sessions();
    let log = member.link.load_log(&member.session).await;
    assert_eq!(log.err(), Some(refused(ErrorCode::UnknownSession)));
}
