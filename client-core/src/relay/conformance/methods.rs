//! Ways to sign in that are added and go.

use std::rc::Rc;

use shared_types::account::{AnchorPut, LogAppendRequest, MethodStartRequest, Registration};
use shared_types::error::ErrorCode;
use shared_types::ids::{Hash, LookupId, MethodId, Nonce};
use shared_types::log::{LogHead, MethodKind, MethodPart, RemoveReason};

use super::{Cast, Member, Registered, Stage, code};
use crate::account::{Anchor, EpochKeys, MethodChange, PrfKind, PrfMethod, change_methods};
use crate::keys::{DeviceKeys, MethodKeys, MethodSecret, PrfOutput, RecoveryWords};
use crate::relay::{Relay, RelayError, Session};

pub(super) async fn run<S: Stage>(cast: &Cast<'_, S>) {
    a_passkey_that_was_added_signs_in_and_one_that_went_does_not(cast).await;
    what_an_added_method_comes_with_is_checked(cast).await;
    only_a_confirmed_device_begins_to_add(cast).await;
    words_that_were_added_are_found(cast).await;
}

/// A change of this member's methods, with the anchor of a new one.
fn change<L: Relay>(
    member: &mut Member<L>,
    added: Option<(&MethodKeys, MethodPart)>,
    removed: Option<MethodId>,
    signer: &MethodKeys,
    now_s: u64,
) -> LogAppendRequest {
    let device = Rc::clone(&member.session.device);
    let new = added.as_ref().map(|(keys, _)| *keys);
    let wanted = MethodChange { added, removed: removed.map(|method| (method, RemoveReason::Unused)) };
    let mut known = EpochKeys::new();
    known.insert(1, std::mem::replace(&mut member.epoch_key, crate::keys::EpochKey::generate(&mut member.rng)));
    let by = (&*device, signer);
    let parts = change_methods(&member.log, &known, wanted, by, Vec::new(), now_s, &mut member.rng);
    let parts = parts.expect("there is a key to link back to");
    let anchors = new.into_iter().map(|keys| anchor(keys, parts.head, &device, now_s).seal(keys, &mut member.rng));
    LogAppendRequest { anchors: anchors.collect(), ..parts.to_request() }
}

fn anchor(_keys: &MethodKeys, log: LogHead, device: &DeviceKeys, time_s: u64) -> Anchor {
    Anchor { counter: 1, log, heads: Vec::new(), epoch: 2, time_s, device_id: device.id() }
}

/// Another passkey of a member: its keys and credential id, and the proof for the relay.
async fn another_passkey<S: Stage>(
    cast: &Cast<'_, S>,
    member: &Member<S::Link>,
) -> (MethodKeys, Vec<u8>, Registration) {
    let account = member.log.account_id();
    let started = member
        .link
        .start_method(&member.session, MethodStartRequest::Authenticator)
        .await
        .expect("a confirmed device may add a method");
    let Registered { credential_id, registration } = cast.stage.register(account, &started.challenge.0).await;
    let output = PrfOutput::parse(Hash::of(&[b"another", &account.0]).0).expect("a hash is not zero");
    let rp_id = cast.stage.rp_id();
    let method = PrfMethod { kind: PrfKind::Passkey, output: &output, rp_id: &rp_id, credential_id: &credential_id };
    let keys = method.derive_keys(account).expect("an authenticator gives a short id");
    (keys, credential_id, Registration { nonce: started.nonce, credential: registration })
}

async fn a_passkey_that_was_added_signs_in_and_one_that_went_does_not<S: Stage>(cast: &Cast<'_, S>) {
    let mut member = cast.member().await;
    let now_s = cast.stage.now_s();
    let (keys, credential_id, registration) = another_passkey(cast, &member).await;
    let part = keys.part(MethodKind::Passkey, &credential_id);
    let account = member.log.account_id();
    let words = MethodKeys::derive(&MethodSecret::from_words(&member.words, account), account);
    let old = member.prf_keys.id();
    let mut request = change(&mut member, Some((&keys, part)), Some(old), &words, now_s);
    request.registrations.push(registration);
    member.link.append_log(&member.session, request.clone()).await.expect("it is added");
    // The session had begun with the passkey that went.
    assert_eq!(code(member.link.load_log(&member.session).await), ErrorCode::UnknownSession);

    let (by_old, device) =
        (cast.passkey_sign_in(&member, &member.session.device).await, DeviceKeys::generate(&mut member.rng));
    assert_eq!(code(member.link.sign_in_finish(by_old.1).await), ErrorCode::SignInRefused);
    (member.prf_keys, member.credential_id) = (keys, credential_id);
    let (_, by_new) = cast.passkey_sign_in(&member, &device).await;
    let grant = member.link.sign_in_finish(by_new).await.expect("the new one signs in");
    let session = Session { token: grant.token.0, device: Rc::new(device) };
    let kept = member.link.load_anchor(&session, member.prf_keys.id()).await.expect("anchors are served");
    let anchor = Anchor::open(&kept.anchor.expect("it came along"), &member.prf_keys).expect("it is ours");
    member.session = session;
    assert!(anchor.is_within(&member.served_log().await), "and holds what was so when it came");
}

async fn what_an_added_method_comes_with_is_checked<S: Stage>(cast: &Cast<'_, S>) {
    let mut member = cast.member().await;
    let now_s = cast.stage.now_s();
    let other = cast.member().await;
    let (_, _, foreign) = another_passkey(cast, &other).await;
    let (keys, credential_id, registration) = another_passkey(cast, &member).await;
    let part = keys.part(MethodKind::Passkey, &credential_id);
    let account = member.log.account_id();
    let words = MethodKeys::derive(&MethodSecret::from_words(&member.words, account), account);
    let whole = LogAppendRequest {
        registrations: vec![registration.clone()],
        ..change(&mut member, Some((&keys, part)), None, &words, now_s)
    };
    let bare = |registrations: Vec<Registration>| LogAppendRequest { registrations, ..whole.clone() };
    let append = async |request: LogAppendRequest| -> Result<(), RelayError> {
        member.link.append_log(&member.session, request).await
    };
    let late = Registration { nonce: Nonce([9; 32]), ..registration.clone() };
    let of_other = Registration { nonce: foreign.nonce, ..registration.clone() };
    for (registrations, why) in [
        (vec![], "no proof"),
        (vec![late], "never started"),
        (vec![of_other], "of another account"),
        (vec![foreign], "another passkey"),
    ] {
        assert_eq!(code(append(bare(registrations)).await), ErrorCode::SignInRefused, "{why}");
    }
    let without = LogAppendRequest { anchors: Vec::new(), ..whole.clone() };
    assert_eq!(code(append(without).await), ErrorCode::Malformed, "no anchor");
    let mut two = whole.clone();
    two.anchors.push(AnchorPut { method: member.prf_keys.id(), ..two.anchors[0].clone() });
    assert_eq!(code(append(two).await), ErrorCode::Malformed, "an anchor of another method");

    append(whole.clone()).await.expect("and then it is added");
    append(whole.clone()).await.expect("twice is once");
}

async fn only_a_confirmed_device_begins_to_add<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    let (link, session) = cast.newcomer(&member).await;
    assert_eq!(code(link.start_method(&session, MethodStartRequest::Authenticator).await), ErrorCode::NotAllowed);
}

async fn words_that_were_added_are_found<S: Stage>(cast: &Cast<'_, S>) {
    let mut member = cast.member().await;
    let now_s = cast.stage.now_s();
    let account = member.log.account_id();
    let old = MethodKeys::derive(&MethodSecret::from_words(&member.words, account), account);
    let new_words = RecoveryWords::generate(&mut member.rng);
    let keys = MethodKeys::derive(&MethodSecret::from_words(&new_words, account), account);
    let LookupId(lookup) = new_words.lookup_id();
    let part = keys.part(MethodKind::Words, &lookup);
    let request = change(&mut member, Some((&keys, part)), Some(old.id()), &old, now_s);
    member.link.append_log(&member.session, request).await.expect("new words take the place of the old ones");

    let start =
        |words: &RecoveryWords| shared_types::account::SignInStartRequest::Words { lookup_id: words.lookup_id() };
    assert_eq!(code(member.link.sign_in_start(start(&member.words)).await), ErrorCode::SignInRefused);
    let started = member.link.sign_in_start(start(&new_words)).await.expect("the new ones are known");
    assert_eq!(started.account_id, Some(account));
}
