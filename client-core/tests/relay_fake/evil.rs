//! The evil fake: each of its lies is told as it is meant, to whom it is meant for, until it turns honest.

use client_core::relay::Relay;
use client_core::relay::conformance;
use client_core::relay::fake::FakeRelay;
use client_core::relay::fake::evil::To;
use shared_types::account::{BackLink, SignInStartRequest};
use shared_types::ids::{AccountId, PartyId, WireBytes};
use shared_types::sync::Cursor;

use crate::member::Member;
use crate::{FakeStage, NOW_S};

#[tokio::test]
async fn a_relay_that_lies_to_one_link_behaves_as_every_relay_to_the_others() {
    let relay = FakeRelay::honest(NOW_S);
    let to = || To::Link("somebody else");
    relay.replay(to());
    relay.reorder(to());
    relay.swap_envelopes(to());
    relay.alter_envelopes(to());
    relay.forge_epoch_copies(to(), vec![1]);
    relay.forge_back_links(to(), vec![2]);
    relay.bend_anchors(to(), |answer| answer.anchor = None);
    relay.bend_logs(to(), |log| log.entries.clear());
    relay.bend_sign_ins(to(), |start| start.nonce.0[0] ^= 1);
    conformance::run(&FakeStage(relay)).await;
}

#[tokio::test]
async fn pages_are_bent_in_the_order_of_the_lies() {
    let mut member = Member::alone().await;
    let parcels = [member.push(&[1]).await, member.push(&[2]).await];
    member.relay.bend_pages(To::Link("phone"), |page| page.next = Cursor(7));
    member.relay.bend_pages(To::Everyone, |page| page.next = Cursor(page.next.0 * 2));
    assert_eq!(member.page_of("phone").await.next, Cursor(14));
    assert_eq!(member.page_of("laptop").await.next, Cursor(4));
    member.relay.turn_honest();
    let page = member.page_of("phone").await;
    assert_eq!((page.next, page.parcels), (Cursor(2), parcels.to_vec()));
}

#[tokio::test]
async fn batches_are_replayed_reordered_injected_and_forked_as_told() {
    let mut member = Member::alone().await;
    let [first, second] = [member.push(&[1]).await, member.push(&[2]).await];
    let shown = async |tell: &dyn Fn(&FakeRelay)| {
        member.relay.turn_honest();
        tell(&member.relay);
        member.parcels_of("phone").await
    };
    let twice = [&first, &first, &second, &second].map(Clone::clone);
    assert_eq!(shown(&|relay| relay.replay(To::Everyone)).await, twice);
    let backwards = [second.clone(), first.clone()];
    assert_eq!(shown(&|relay| relay.reorder(To::Everyone)).await, backwards);
    let foreign = shared_types::sync::BatchParcel { batch: b"not a batch".to_vec(), envelopes: vec![] };
    let more = [first.clone(), second.clone(), foreign.clone()];
    assert_eq!(shown(&|relay| relay.inject(To::Everyone, foreign.clone())).await, more);
    let forked = [first.clone(), foreign.clone()];
    let fork = |relay: &FakeRelay| relay.fork(To::Everyone, second.batch.clone(), foreign.clone());
    assert_eq!(shown(&fork).await, forked);

    member.relay.turn_honest();
    member.relay.inject(To::Everyone, foreign);
    let rest = member.relay.link("phone").pull(&member.session(), Cursor(2)).await.expect("a session reads");
    assert_eq!(rest.parcels, [], "a page without batches stays empty");
}

#[tokio::test]
async fn envelopes_are_swapped_and_altered_as_told() {
    let mut member = Member::alone().await;
    let parcel = member.push(&[1, 2]).await;
    let [(_, one), (_, two)] = <[_; 2]>::try_from(parcel.envelopes.clone()).expect("two envelopes");
    member.relay.swap_envelopes(To::Everyone);
    let [swapped] = <[_; 1]>::try_from(member.parcels_of("laptop").await).expect("one batch");
    assert_eq!((swapped.batch, swapped.envelopes), (parcel.batch.clone(), vec![(0, two), (1, one.clone())]));

    member.relay.turn_honest();
    member.relay.alter_envelopes(To::Everyone);
    let [altered] = <[_; 1]>::try_from(member.parcels_of("laptop").await).expect("one batch");
    assert_eq!(altered.batch, parcel.batch, "what is signed stays");
    for ((_, altered), (_, genuine)) in altered.envelopes.iter().zip(&parcel.envelopes) {
        let n_bits: u32 = altered.iter().zip(genuine).map(|(a, b)| (a ^ b).count_ones()).sum();
        assert_eq!((n_bits, altered.len()), (1, genuine.len()));
    }
    assert_eq!(member.relay.stored_batches(member.account), [parcel], "what is stored is true");
}

#[tokio::test]
async fn another_accounts_log_is_served_as_told() {
    let relay = FakeRelay::honest(NOW_S);
    let member = Member::at(&relay).await;
    relay.serve_log_of(To::Link("phone"), member.account);
    let own = relay.link("phone").load_log(&member.session()).await.expect("a session reads");
    assert_eq!(own.entries.len(), 1);
    relay.serve_log_of(To::Link("phone"), AccountId([9; 16]));
    let other = relay.link("phone").load_log(&member.session()).await.expect("a session reads");
    assert_eq!(other.entries, [], "the log of an account that is not there");
    let honest = relay.link("laptop").load_log(&member.session()).await.expect("a session reads");
    assert_eq!(honest.entries, own.entries);
}

#[tokio::test]
async fn epochs_anchors_and_sign_ins_are_bent_as_told() {
    let member = Member::alone().await;
    let (link, session) = (member.relay.link("phone"), member.session());
    let recipient = PartyId::from(member.device());
    let honest = link.load_epochs(&session, recipient).await.expect("a session reads");
    member.relay.forge_epoch_copies(To::Everyone, b"of the relay's own making".to_vec());
    let back_link = BackLink { sealing_epoch: 2, sealed_epoch: 1, envelope: WireBytes(vec![1]) };
    member.relay.bend_epochs(To::Everyone, move |epochs| epochs.back_links.push(back_link.clone()));
    member.relay.forge_back_links(To::Everyone, b"a link of its own".to_vec());
    let bent = link.load_epochs(&session, recipient).await.expect("a session reads");
    assert_eq!(bent.copies.len(), honest.copies.len());
    assert!(bent.copies.iter().all(|copy| copy.sealed.0 == b"of the relay's own making"));
    assert!(bent.back_links.iter().all(|link| link.envelope.0 == b"a link of its own" && link.sealing_epoch == 2));
    assert_eq!(bent.back_links.len(), 1);

    let log = shared_types::log::LogState::verify(
        member.account,
        member.relay.stored_log(member.account).iter().map(Vec::as_slice),
    );
    let method = log.expect("an honest log").active_methods().next().expect("a method").part.id;
    assert!(link.load_anchor(&session, method).await.expect("a session reads").anchor.is_some());
    member.relay.bend_anchors(To::Link("phone"), |answer| answer.anchor = None);
    assert!(link.load_anchor(&session, method).await.expect("a session reads").anchor.is_none());
    assert!(member.link.load_anchor(&session, method).await.expect("a session reads").anchor.is_some());

    member.relay.bend_sign_ins(To::Link("phone"), |start| start.challenge = WireBytes(vec![0; 32]));
    let bent = link.sign_in_start(SignInStartRequest::Passkey).await.expect("anyone may begin");
    assert_eq!(bent.challenge.0, [0; 32]);
    let honest = member.link.sign_in_start(SignInStartRequest::Passkey).await.expect("anyone may begin");
    assert_ne!(honest.challenge.0, [0; 32]);
}
