//! A confirmed device lets a new one in, over the relay.

use std::rc::Rc;

use shared_types::account::LogAppendRequest;
use shared_types::error::ErrorCode;
use shared_types::hand_over::{AnswerRequest, CollectRequest, HandOverFinishRequest, Offer, OfferRequest};
use shared_types::ids::{AnswerId, WireBytes};

use super::{Cast, Member, Stage, code, session_of};
use crate::account::{Admission, EpochKeys, Recipient, answer_offer};
use crate::keys::seeded::SeededRng;
use crate::keys::{DeviceKeys, HandOverSecret};
use crate::relay::Relay;

pub(super) async fn run<S: Stage>(cast: &Cast<'_, S>) {
    a_confirmed_device_lets_a_new_one_in(cast).await;
    an_answer_that_fits_nothing_grants_no_session(cast).await;
    only_confirmed_devices_see_who_waits(cast).await;
}

/// A new device and the secret that it shows.
struct Newcomer {
    device: DeviceKeys,
    secret: HandOverSecret,
    answer_id: AnswerId,
}

impl Newcomer {
    fn new(rng: &mut SeededRng) -> Self {
        let (device, secret) = (DeviceKeys::generate(rng), HandOverSecret::generate_words(rng));
        let answer_id = secret.answer_id(&device.id());
        Self { device, secret, answer_id }
    }

    fn offer(&self) -> OfferRequest {
        let offer = WireBytes(self.secret.offer(self.device.part()).to_bytes());
        OfferRequest { answer_id: self.answer_id, offer }
    }
}

async fn answer<S: Stage>(cast: &Cast<'_, S>, member: &mut Member<S::Link>, newcomer: &Newcomer) -> AnswerRequest {
    let device = Rc::clone(&member.session.device);
    let epochs = member.link.load_epochs(&member.session, device.id().into()).await.expect("its own copies");
    let mut known = EpochKeys::new();
    known.open(&member.log, &Recipient::Device(&device), &epochs.copies, &epochs.back_links);
    let who = (newcomer.device.part(), &newcomer.secret);
    let answer = answer_offer((&member.log, &known, None), who, &device, cast.stage.now_s(), &mut member.rng);
    let answer = WireBytes(answer.expect("the key of epoch 1 is known").to_bytes());
    AnswerRequest { answer_id: newcomer.answer_id, answer }
}

async fn a_confirmed_device_lets_a_new_one_in<S: Stage>(cast: &Cast<'_, S>) {
    let mut member = cast.member().await;
    let link = cast.stage.link();
    let newcomer = Newcomer::new(&mut cast.rng());
    let collect = async || link.collect_answer(CollectRequest { answer_id: newcomer.answer_id }).await;
    assert_eq!(code(collect().await), ErrorCode::NotFound, "nobody waits there");
    link.offer(newcomer.offer()).await.expect("anyone may wait");
    assert_eq!(collect().await.expect("it waits").answer, None);
    assert_eq!(code(link.offer(newcomer.offer()).await), ErrorCode::RateLimited, "its place is taken");

    let listed = member.link.list_offers(&member.session).await.expect("a confirmed device looks who waits");
    let is_it = |bytes: &WireBytes| Offer::parse(&bytes.0).is_ok_and(|offer| newcomer.secret.is_of(&offer));
    assert_eq!(listed.offers.iter().filter(|bytes| is_it(bytes)).count(), 1);
    let request = answer(cast, &mut member, &newcomer).await;
    member.link.answer_offer(&member.session, request.clone()).await.expect("it waits for an answer");
    assert_eq!(code(member.link.answer_offer(&member.session, request.clone()).await), ErrorCode::NotFound, "once");
    let listed = member.link.list_offers(&member.session).await.expect("a confirmed device looks who waits");
    assert!(!listed.offers.iter().any(is_it), "it is answered");

    let collected = collect().await.expect("it waits").answer.expect("it was answered");
    assert_eq!(collected, request.answer);
    let admission =
        Admission::open(&collected.0, &newcomer.secret, &newcomer.device).expect("the other has the secret");
    let finish = HandOverFinishRequest { answer_id: newcomer.answer_id, entry: WireBytes(admission.entry().to_vec()) };
    link.finish_hand_over(finish.clone()).await.expect("the entry fits");
    let grant = link.finish_hand_over(finish.clone()).await.expect("whoever lost the answer asks again");
    let session = session_of(grant, newcomer.device);
    let served = link.load_log(&session).await.expect("a session reads the log");
    let epochs = link.load_epochs(&session, session.device.id().into()).await.expect("and back links");
    let entries: Vec<Vec<u8>> = served.entries.into_iter().map(|entry| entry.0).collect();
    let verified = admission.verify(&entries, &session.device, &epochs.back_links);
    let (log, keys, entry) = verified.expect("the relay shows the log that the other device knows");
    assert_eq!(keys.key(1).map(crate::keys::EpochKey::commitment), Some(member.epoch_key.commitment()));
    let request = LogAppendRequest { entries: vec![WireBytes(entry)], ..LogAppendRequest::default() };
    link.append_log(&session, request).await.expect("both have signed it");
    assert_eq!(member.served_log().await.entries().len(), log.entries().len() + 1);
    assert_eq!(code(link.finish_hand_over(finish).await), ErrorCode::SignInRefused, "it is good once");
    let device = member.served_log().await.device(&session.device.id()).map(|device| device.confirmed.is_some());
    assert_eq!(device, Some(true));
}

async fn an_answer_that_fits_nothing_grants_no_session<S: Stage>(cast: &Cast<'_, S>) {
    let (mut member, other) = (cast.member().await, cast.member().await);
    let link = cast.stage.link();
    let newcomer = Newcomer::new(&mut cast.rng());
    link.offer(newcomer.offer()).await.expect("anyone may wait");
    let request = answer(cast, &mut member, &newcomer).await;
    let refused = other.link.answer_offer(&other.session, request.clone()).await;
    assert_eq!(code(refused), ErrorCode::NotAllowed, "nobody answers for another account");
    let admission = Admission::open(&request.answer.0, &newcomer.secret, &newcomer.device).expect("it is true");
    let finish = |entry: Vec<u8>| HandOverFinishRequest { answer_id: newcomer.answer_id, entry: WireBytes(entry) };
    let entry = admission.entry().to_vec();
    assert_eq!(code(link.finish_hand_over(finish(entry.clone())).await), ErrorCode::SignInRefused, "not answered yet");
    member.link.answer_offer(&member.session, request).await.expect("it waits for an answer");
    let mut unsigned = entry.clone();
    let last = unsigned.last_mut().expect("an entry ends with a signature");
    *last ^= 1;
    assert_eq!(code(link.finish_hand_over(finish(unsigned)).await), ErrorCode::SignInRefused);
    link.finish_hand_over(finish(entry)).await.expect("the entry itself fits");
}

async fn only_confirmed_devices_see_who_waits<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    let (link, session) = cast.newcomer(&member).await;
    assert_eq!(code(link.list_offers(&session).await), ErrorCode::NotAllowed, "it does not stand in the log yet");
}
