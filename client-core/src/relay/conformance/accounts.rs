//! Sign-up, sign-in, sessions, the account log, epochs and anchors.

use std::rc::Rc;

use shared_types::account::{AnchorPut, LogAppendRequest, SignInStartRequest, SignUpStartRequest};
use shared_types::error::ErrorCode;
use shared_types::ids::{LookupId, MethodId, WireBytes};
use shared_types::log::LogState;

use super::{Cast, Member, Stage, code, push, session_of};
use crate::account::{
    Anchor, EpochKeys, LetIn, Recipient, add_device, advance_epoch, checkpoint, confirm_device, open_account, sign_out,
};
use crate::keys::{DeviceKeys, EpochKey, MethodKeys, MethodSecret};
use crate::relay::{Relay, Session};

pub(super) async fn run<S: Stage>(cast: &Cast<'_, S>) {
    the_relay_tells_about_itself(cast).await;
    an_account_is_made_once(cast).await;
    a_session_needs_its_token_and_its_device_key(cast).await;
    words_sign_a_new_device_in(cast).await;
    a_passkey_signs_a_new_device_in(cast).await;
    a_sign_in_that_proves_nothing_is_refused(cast).await;
    a_device_that_signed_out_is_out(cast).await;
    the_log_grows_by_compare_and_swap(cast).await;
    an_entry_that_breaks_the_rules_is_refused(cast).await;
    epochs_come_with_their_copies_and_back_links(cast).await;
    a_device_that_is_off_sees_its_end_and_nothing_newer(cast).await;
    the_newest_anchor_is_kept(cast).await;
    an_account_is_deleted_by_a_fresh_sign_in_of_its_own_device(cast).await;
}

async fn the_relay_tells_about_itself<S: Stage>(cast: &Cast<'_, S>) {
    let about = cast.stage.link().about().await.expect("anyone may ask");
    assert_eq!(about.rp_id, cast.stage.rp_id());
    assert_eq!(about.protocol, shared_types::limits::PROTOCOL);
    assert!(about.now.abs_diff(cast.stage.now_s()) < 60, "the relay's time");
    assert!(!about.models.is_empty());
}

async fn an_account_is_made_once<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    assert_eq!(member.served_log().await.head(), member.log.head());

    let start = SignUpStartRequest { account_id: member.log.account_id(), invitation: None, password: None };
    assert_eq!(code(member.link.sign_up_start(start).await), ErrorCode::AccountExists);
}

async fn a_session_needs_its_token_and_its_device_key<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    let mut token = member.session.token.clone();
    token[0] ^= 1;
    let forged = Session { token, device: Rc::clone(&member.session.device) };
    assert_eq!(code(member.link.load_log(&forged).await), ErrorCode::UnknownSession);

    let thief = DeviceKeys::generate(&mut cast.rng());
    let stolen = Session { token: member.session.token.clone(), device: Rc::new(thief) };
    assert_eq!(code(member.link.load_log(&stolen).await), ErrorCode::BadSignature);
    assert!(member.link.load_log(&member.session).await.is_ok());
}

async fn words_sign_a_new_device_in<S: Stage>(cast: &Cast<'_, S>) {
    let mut member = cast.member().await;
    let (link, session) = cast.newcomer(&member).await;
    let served = link.load_log(&session).await.expect("a session reads the log");
    let account_id = member.log.account_id();
    let words_keys = MethodKeys::derive(&MethodSecret::from_words(&member.words, account_id), account_id);
    let entries = served.entries.iter().map(|entry| entry.0.as_slice());
    let log = open_account(account_id, entries, &words_keys).expect("the words stand in the log");

    let (parcel, _) = super::batch_after(&session.device, &log, None, &[b"too early"]);
    assert_eq!(code(push(&link, &session, &[&parcel]).await), ErrorCode::NotAllowed);

    let entry = add_device(&log, &session.device, &LetIn::Words(&words_keys), cast.stage.now_s());
    append(&link, &session, vec![entry.clone()]).await.expect("the words let a device in");
    let log = log.append(&entry).expect("an own entry keeps every rule");
    let (parcel, _) = super::batch_after(&session.device, &log, None, &[b"now it may"]);
    push(&link, &session, &[&parcel]).await.expect("a device in the log writes");
    member.log = member.served_log().await;
    assert_eq!(member.log.head(), log.head());
}

async fn a_passkey_signs_a_new_device_in<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    let device = DeviceKeys::generate(&mut cast.rng());
    let (_, request) = cast.passkey_sign_in(&member, &device).await;
    let grant = member.link.sign_in_finish(request.clone()).await.expect("the passkey signs in");
    assert_eq!(code(member.link.sign_in_finish(request).await), ErrorCode::SignInRefused);

    let session = session_of(grant, device);
    let entry = add_device(&member.log, &session.device, &LetIn::Method(&member.prf_keys), cast.stage.now_s());
    append(&member.link, &session, vec![entry.clone()]).await.expect("a passkey lets a device in");
    let log = member.log.append(&entry).expect("an own entry keeps every rule");
    let confirm = confirm_device(&log, session.device.id(), &member.session.device, cast.stage.now_s());
    append(&member.link, &member.session, vec![confirm]).await.expect("a confirmed device confirms");
    assert_eq!(member.served_log().await.entries().len(), 3);
}

async fn a_sign_in_that_proves_nothing_is_refused<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    let unknown = SignInStartRequest::Words { lookup_id: LookupId([9; 16]) };
    assert_eq!(code(member.link.sign_in_start(unknown).await), ErrorCode::SignInRefused);

    let device = DeviceKeys::generate(&mut cast.rng());
    let (_, honest) = cast.words_sign_in(&member.link, &member.words, &device).await;
    let mut by_no_method = honest.clone();
    by_no_method.method_signature = honest.device_signature;
    assert_eq!(code(member.link.sign_in_finish(by_no_method).await), ErrorCode::SignInRefused);

    let (_, honest) = cast.words_sign_in(&member.link, &member.words, &device).await;
    let mut by_no_device = honest.clone();
    by_no_device.device_signature = honest.method_signature;
    assert_eq!(code(member.link.sign_in_finish(by_no_device).await), ErrorCode::SignInRefused);
    assert_eq!(code(member.link.sign_in_finish(honest).await), ErrorCode::SignInRefused, "the nonce is used up");

    let (_, mut by_half) = cast.passkey_sign_in(&member, &device).await;
    by_half.assertion = None;
    assert_eq!(code(member.link.sign_in_finish(by_half).await), ErrorCode::SignInRefused);
}

async fn a_device_that_signed_out_is_out<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    let (link, session) = cast.newcomer(&member).await;
    let other = member.session.device.id();
    assert_eq!(code(link.sign_out(&session, other).await), ErrorCode::NotAllowed);
    link.sign_out(&session, session.device.id()).await.expect("a device signs itself out");
    assert_eq!(code(link.load_log(&session).await), ErrorCode::UnknownSession);

    let (link, session) = cast.newcomer(&member).await;
    member.link.sign_out(&member.session, session.device.id()).await.expect("a confirmed device signs others out");
    assert_eq!(code(link.load_log(&session).await), ErrorCode::UnknownSession);
    assert!(member.link.load_log(&member.session).await.is_ok());
}

async fn the_log_grows_by_compare_and_swap<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    let now_s = cast.stage.now_s();
    let first = checkpoint(&member.log, &member.session.device, Vec::new(), now_s);
    let rival = checkpoint(&member.log, &member.session.device, Vec::new(), now_s + 1);
    let first = vec![first];
    append(&member.link, &member.session, first.clone()).await.expect("the place is free");
    append(&member.link, &member.session, first).await.expect("twice is once");
    assert_eq!(code(append(&member.link, &member.session, vec![rival]).await), ErrorCode::LogConflict);
    assert_eq!(member.served_log().await.entries().len(), 2);
    assert_eq!(code(append(&member.link, &member.session, Vec::new()).await), ErrorCode::Malformed);
    let foreign = vec![b"no entry".to_vec()];
    assert_eq!(code(append(&member.link, &member.session, foreign).await), ErrorCode::UnknownVersion);
    let cut = vec![b"SOTL".to_vec()];
    assert_eq!(code(append(&member.link, &member.session, cut).await), ErrorCode::Malformed);
}

async fn an_entry_that_breaks_the_rules_is_refused<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    let device = &member.session.device;
    let stranger = DeviceKeys::generate(&mut cast.rng());
    let by_stranger = checkpoint(&member.log, &stranger, Vec::new(), cast.stage.now_s());
    assert_eq!(code(append(&member.link, &member.session, vec![by_stranger]).await), ErrorCode::LogRefused);
    let much_later = checkpoint(&member.log, device, Vec::new(), cast.stage.now_s() + 3 * 24 * 60 * 60);
    assert_eq!(code(append(&member.link, &member.session, vec![much_later]).await), ErrorCode::LogRefused);
    assert_eq!(member.served_log().await.head(), member.log.head());
}

async fn epochs_come_with_their_copies_and_back_links<S: Stage>(cast: &Cast<'_, S>) {
    let mut member = cast.member().await;
    let account_id = member.log.account_id();
    let known = opened(&member, &Recipient::Device(&member.session.device)).await;
    assert_eq!(known.key(1).map(EpochKey::commitment), Some(member.epoch_key.commitment()));

    let device = Rc::clone(&member.session.device);
    let now_s = cast.stage.now_s();
    let parts = advance_epoch(&member.log, &known, &device, Vec::new(), now_s, &mut member.rng);
    let parts = parts.expect("the key of epoch 1 is known");
    let whole = parts.to_request();
    let mut without_link = whole.clone();
    without_link.back_link = None;
    let mut without_a_copy = whole.clone();
    without_a_copy.copies.pop();
    let mut altered = whole.clone();
    altered.copies[0].sealed.0[0] ^= 1;
    for bent in [without_link, without_a_copy, altered] {
        assert_eq!(code(member.link.append_log(&member.session, bent).await), ErrorCode::LogRefused);
    }
    member.link.append_log(&member.session, whole.clone()).await.expect("a whole epoch is accepted");
    member.link.append_log(&member.session, whole).await.expect("twice is once");

    member.log = member.served_log().await;
    let words = MethodKeys::derive(&MethodSecret::from_words(&member.words, account_id), account_id);
    for recipient in [Recipient::Device(&device), Recipient::Method(&words)] {
        let keys = opened(&member, &recipient).await;
        let commitments: Vec<_> = keys.iter().map(|(number, key)| (number, key.commitment())).collect();
        let expected = [(1, member.epoch_key.commitment()), (2, parts.epoch_key.commitment())];
        assert_eq!(commitments, expected);
    }
}

async fn a_device_that_is_off_sees_its_end_and_nothing_newer<S: Stage>(cast: &Cast<'_, S>) {
    let mut member = cast.member().await;
    let (account, device) = (member.log.account_id(), Rc::clone(&member.session.device));
    let unknown = code(member.link.load_end(&member.session, account).await);
    assert_eq!(unknown, ErrorCode::UnknownSession, "it is still in");
    let entry = sign_out(&member.log, &device, None, cast.stage.now_s());
    append(&member.link, &member.session, vec![entry]).await.expect("a device may leave");
    assert_eq!(code(member.link.load_log(&member.session).await), ErrorCode::UnknownSession);
    let shown = member.link.load_end(&member.session, account).await.expect("its end is shown to it");
    let entries: Vec<_> = shown.entries.iter().map(|entry| entry.0.as_slice()).collect();
    let log = LogState::verify(account, entries.iter().copied()).expect("it verifies");
    assert!(log.extends(&member.log.head()));
    assert!(log.device(&device.id()).expect("it was in").revoked.is_some());
    let stranger = Rc::new(DeviceKeys::generate(&mut member.rng));
    let by_stranger = Session { device: stranger, ..member.session.clone() };
    assert_eq!(code(member.link.load_end(&by_stranger, account).await), ErrorCode::UnknownSession);
}

async fn opened<L: Relay>(member: &Member<L>, recipient: &Recipient<'_>) -> EpochKeys {
    let id = match recipient {
        Recipient::Device(device) => device.id().into(),
        Recipient::Method(method) => method.id().into(),
    };
    let served = member.link.load_epochs(&member.session, id).await.expect("epochs are served");
    let mut keys = EpochKeys::new();
    assert_eq!(keys.open(&member.log, recipient, &served.copies, &served.back_links), []);
    keys
}

async fn the_newest_anchor_is_kept<S: Stage>(cast: &Cast<'_, S>) {
    let mut member = cast.member().await;
    let method = member.prf_keys.id();
    let first = member.link.load_anchor(&member.session, method).await.expect("anchors are served").anchor;
    let mut anchor = Anchor::open(&first.expect("sign-up leaves an anchor"), &member.prf_keys).expect("it is ours");
    assert!(anchor.is_within(&member.log));

    let before = anchor.seal(&member.prf_keys, &mut member.rng);
    anchor.counter = 7;
    let newer = anchor.seal(&member.prf_keys, &mut member.rng);
    member.link.put_anchor(&member.session, newer.clone()).await.expect("a higher counter is accepted");
    member.link.put_anchor(&member.session, newer.clone()).await.expect("twice is once");
    assert_eq!(code(member.link.put_anchor(&member.session, before).await), ErrorCode::AnchorConflict);
    let unknown = AnchorPut { method: MethodId([9; 16]), ..newer.clone() };
    assert_eq!(code(member.link.put_anchor(&member.session, unknown).await), ErrorCode::NotAllowed);
    let served = member.link.load_anchor(&member.session, method).await.expect("anchors are served");
    assert_eq!(served.anchor, Some(newer));
}

async fn append<L: Relay>(link: &L, session: &Session, entries: Vec<Vec<u8>>) -> Result<(), crate::relay::RelayError> {
    let entries = entries.into_iter().map(WireBytes).collect();
    link.append_log(session, LogAppendRequest { entries, ..LogAppendRequest::default() }).await
}

async fn an_account_is_deleted_by_a_fresh_sign_in_of_its_own_device<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    let other = DeviceKeys::generate(&mut cast.rng());
    let (_, of_other) = cast.passkey_sign_in(&member, &other).await;
    assert_eq!(code(member.link.delete_account(&member.session, of_other).await), ErrorCode::SignInRefused);
    let (link, session) = cast.newcomer(&member).await;
    let (_, unconfirmed) = cast.passkey_sign_in(&member, &session.device).await;
    assert_eq!(code(link.delete_account(&session, unconfirmed).await), ErrorCode::NotAllowed);

    let (_, own) = cast.passkey_sign_in(&member, &member.session.device).await;
    member.link.delete_account(&member.session, own).await.expect("its owner deletes an account");
    assert_eq!(code(member.link.load_log(&member.session).await), ErrorCode::UnknownSession);
    assert_eq!(code(link.load_log(&session).await), ErrorCode::UnknownSession);
    let lookup = SignInStartRequest::Words { lookup_id: member.words.lookup_id() };
    assert_eq!(code(member.link.sign_in_start(lookup).await), ErrorCode::SignInRefused);
}
