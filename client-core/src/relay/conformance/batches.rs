//! Pushing and pulling batches.

use shared_types::error::ErrorCode;
use shared_types::limits::MAX_BATCHES_PER_REQUEST;
use shared_types::sync::{BatchParcel, Cursor, PageBody};

use super::{Cast, Member, Stage, batch_after, code};
use crate::keys::DeviceKeys;
use crate::relay::Relay;

pub(super) async fn run<S: Stage>(cast: &Cast<'_, S>) {
    what_is_pushed_is_pulled_byte_for_byte(cast).await;
    pushing_twice_is_pushing_once(cast).await;
    a_push_is_accepted_whole_or_not_at_all(cast).await;
    a_chain_has_no_gaps_and_no_branches(cast).await;
    a_batch_comes_with_exactly_its_envelopes(cast).await;
    only_the_author_pushes_a_batch(cast).await;
    pages_follow_the_order_of_acceptance(cast).await;
    big_envelopes_are_carried(cast).await;
    accounts_do_not_see_each_other(cast).await;
}

async fn pull_all<L: Relay>(member: &Member<L>) -> Vec<BatchParcel> {
    let mut parcels = Vec::new();
    let mut after = Cursor::default();
    loop {
        let page = member.link.pull(&member.session, after).await.expect("pages are served");
        assert!(page.next > after || page.parcels.is_empty(), "cursors rise");
        after = page.next;
        parcels.extend(page.parcels);
        if !page.more {
            return parcels;
        }
    }
}

async fn what_is_pushed_is_pulled_byte_for_byte<S: Stage>(cast: &Cast<'_, S>) {
    let mut member = cast.member().await;
    assert_eq!(pull_all(&member).await, []);
    let every_byte: Vec<u8> = (0..=255).collect();
    let first = member.next_batch(&[b"one", &every_byte]);
    let heartbeat = member.next_batch(&[]);
    let third = member.next_batch(&[b"three"]);
    let cursor = member.push(&[&first, &heartbeat, &third]).await.expect("an honest push is accepted");
    assert_eq!(pull_all(&member).await, [first, heartbeat, third]);

    let end = member.link.pull(&member.session, cursor).await.expect("pages are served");
    assert_eq!(end, PageBody { next: cursor, more: false, parcels: Vec::new() });
}

async fn pushing_twice_is_pushing_once<S: Stage>(cast: &Cast<'_, S>) {
    let mut member = cast.member().await;
    let first = member.next_batch(&[b"one"]);
    let second = member.next_batch(&[b"two"]);
    let cursor = member.push(&[&first]).await.expect("an honest push is accepted");
    assert_eq!(member.push(&[&first]).await, Ok(cursor));
    let moved = member.push(&[&first, &second]).await.expect("known and new together");
    assert!(moved > cursor);
    assert_eq!(member.push(&[&first, &second]).await, Ok(moved));
    assert_eq!(pull_all(&member).await, [first, second]);
}

async fn a_push_is_accepted_whole_or_not_at_all<S: Stage>(cast: &Cast<'_, S>) {
    let mut member = cast.member().await;
    let good = member.next_batch(&[b"good"]);
    let mut bent = member.next_batch(&[b"bent"]);
    bent.envelopes[0].1[0] ^= 1;
    assert_eq!(code(member.push(&[&good, &bent]).await), ErrorCode::BatchRefused);
    assert_eq!(pull_all(&member).await, []);
    member.push(&[&good]).await.expect("alone it is accepted");
    assert_eq!(pull_all(&member).await, [good]);
}

async fn a_chain_has_no_gaps_and_no_branches<S: Stage>(cast: &Cast<'_, S>) {
    let mut member = cast.member().await;
    let first = member.next_batch(&[b"one"]);
    let after_first = member.head;
    let second = member.next_batch(&[b"two"]);
    let third = member.next_batch(&[b"three"]);
    assert_eq!(code(member.push(&[&second]).await), ErrorCode::WrongSequence);
    member.push(&[&first]).await.expect("an honest push is accepted");
    assert_eq!(code(member.push(&[&third]).await), ErrorCode::WrongSequence);
    member.push(&[&second]).await.expect("an honest push is accepted");

    let device = &member.session.device;
    let (rival, rival_pin) = batch_after(device, &member.log, after_first, &[b"another two"]);
    assert_eq!(code(member.push(&[&rival]).await), ErrorCode::ConflictingBatch);
    let (on_rival, _) = batch_after(device, &member.log, Some(rival_pin), &[b"three on it"]);
    assert_eq!(code(member.push(&[&on_rival]).await), ErrorCode::ConflictingBatch);
    assert_eq!(pull_all(&member).await, [first, second]);
}

async fn a_batch_comes_with_exactly_its_envelopes<S: Stage>(cast: &Cast<'_, S>) {
    let mut member = cast.member().await;
    let whole = member.next_batch(&[b"one", b"two"]);
    let mut missing = whole.clone();
    missing.envelopes.pop();
    let mut swapped = whole.clone();
    swapped.envelopes = vec![(0, b"two".to_vec()), (1, b"one".to_vec())];
    let mut surplus = whole.clone();
    surplus.envelopes.push((2, b"three".to_vec()));
    let mut unsigned = whole.clone();
    *unsigned.batch.last_mut().expect("a batch ends in its signature") ^= 1;
    for bent in [missing, swapped, surplus, unsigned] {
        assert_eq!(code(member.push(&[&bent]).await), ErrorCode::BatchRefused);
    }
    let mut cut = whole.clone();
    cut.batch.pop();
    assert_eq!(code(member.push(&[&cut]).await), ErrorCode::Malformed);
    assert_eq!(pull_all(&member).await, []);
    member.push(&[&whole]).await.expect("whole it is accepted");
}

async fn only_the_author_pushes_a_batch<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    let stranger = DeviceKeys::generate(&mut cast.rng());
    let (foreign, _) = batch_after(&stranger, &member.log, None, &[b"not mine"]);
    assert_eq!(code(member.push(&[&foreign]).await), ErrorCode::NotAllowed);
}

async fn pages_follow_the_order_of_acceptance<S: Stage>(cast: &Cast<'_, S>) {
    let mut member = cast.member().await;
    let n_batches = MAX_BATCHES_PER_REQUEST + 40;
    let parcels: Vec<BatchParcel> = (0..n_batches).map(|number| member.next_batch(&[&number.to_be_bytes()])).collect();
    let (first, rest) = parcels.split_at(MAX_BATCHES_PER_REQUEST);
    for chunk in [first, rest] {
        member.push(&chunk.iter().collect::<Vec<_>>()).await.expect("an honest push is accepted");
    }
    let page = member.link.pull(&member.session, Cursor::default()).await.expect("pages are served");
    assert!(page.more, "{n_batches} batches do not fit into one page");
    assert_eq!(pull_all(&member).await, parcels);
}

async fn big_envelopes_are_carried<S: Stage>(cast: &Cast<'_, S>) {
    let mut member = cast.member().await;
    let big = vec![0xa5; 1024 * 1024 + 104];
    let parcels: Vec<BatchParcel> = (0..5).map(|_| member.next_batch(&[&big])).collect();
    for parcel in &parcels {
        member.push(&[parcel]).await.expect("the largest envelope fits into a push");
    }
    let page = member.link.pull(&member.session, Cursor::default()).await.expect("pages are served");
    assert!(page.more && !page.parcels.is_empty(), "5 MiB are more than one page");
    assert_eq!(pull_all(&member).await, parcels);
}

async fn accounts_do_not_see_each_other<S: Stage>(cast: &Cast<'_, S>) {
    let mut one = cast.member().await;
    let other = cast.member().await;
    let parcel = one.next_batch(&[b"mine"]);
    one.push(&[&parcel]).await.expect("an honest push is accepted");
    assert_eq!(code(other.push(&[&parcel]).await), ErrorCode::NotAllowed);
    assert_eq!(pull_all(&other).await, []);
    assert_eq!(pull_all(&one).await, [parcel]);
}
