//! New devices that wait to be let in, and what they are answered.

use std::collections::BTreeMap;

use shared_types::account::SessionGrant;
use shared_types::error::ErrorCode;
use shared_types::hand_over::{
    AnswerRequest, CollectResponse, HandOverFinishRequest, Offer, OfferAnswer, OfferRequest, OffersResponse,
};
use shared_types::ids::{AccountId, AnswerId, DeviceId, MethodId, WireBytes};
use shared_types::limits::HAND_OVER_LIFE_S;
use shared_types::log::{DeviceStatus, Entry, EntryBody};

use super::{Books, Caller, RelayError, parse_refusal, refusal, refuse};

/// All of them.
#[derive(Default)]
pub(in crate::relay::fake) struct Offers(BTreeMap<AnswerId, Waiting>);

struct Waiting {
    offer: WireBytes,
    answer: Option<(AccountId, WireBytes)>,
    expires_at: u64,
}

impl Offers {
    fn find(&self, id: AnswerId, now_s: u64) -> Result<&Waiting, RelayError> {
        let found = self.0.get(&id).filter(|waiting| waiting.expires_at >= now_s);
        found.ok_or(refusal(ErrorCode::NotFound))
    }
}

impl Books {
    pub(in crate::relay::fake) fn open_offer(
        &self,
        offers: &mut Offers,
        request: OfferRequest,
    ) -> Result<(), RelayError> {
        Offer::parse(&request.offer.0).map_err(parse_refusal)?;
        if offers.0.contains_key(&request.answer_id) {
            return refuse(ErrorCode::RateLimited);
        }
        let expires_at = self.now_s + HAND_OVER_LIFE_S;
        offers.0.insert(request.answer_id, Waiting { offer: request.offer, answer: None, expires_at });
        Ok(())
    }

    pub(in crate::relay::fake) fn list_offers(
        &self,
        offers: &Offers,
        caller: Caller,
    ) -> Result<OffersResponse, RelayError> {
        self.check_confirmed(caller)?;
        let open = offers.0.values().filter(|waiting| waiting.answer.is_none() && waiting.expires_at >= self.now_s);
        Ok(OffersResponse { offers: open.map(|waiting| waiting.offer.clone()).collect() })
    }

    pub(in crate::relay::fake) fn answer_offer(
        &self,
        offers: &mut Offers,
        caller: Caller,
        request: AnswerRequest,
    ) -> Result<(), RelayError> {
        let answer = OfferAnswer::parse(&request.answer.0).map_err(parse_refusal)?;
        self.check_confirmed(caller)?;
        if answer.account_id != caller.account || answer.by != caller.device {
            return refuse(ErrorCode::NotAllowed);
        }
        offers.find(request.answer_id, self.now_s)?;
        let open = offers.0.get_mut(&request.answer_id).filter(|waiting| waiting.answer.is_none());
        open.ok_or(refusal(ErrorCode::NotFound))?.answer = Some((caller.account, request.answer));
        Ok(())
    }

    pub(in crate::relay::fake) fn collect_answer(
        &self,
        offers: &Offers,
        id: AnswerId,
    ) -> Result<CollectResponse, RelayError> {
        let waiting = offers.find(id, self.now_s)?;
        Ok(CollectResponse { answer: waiting.answer.as_ref().map(|(_, answer)| answer.clone()) })
    }

    pub(in crate::relay::fake) fn finish_hand_over(
        &mut self,
        offers: &Offers,
        request: &HandOverFinishRequest,
    ) -> Result<SessionGrant, RelayError> {
        let (entry, _) = Entry::parse(&request.entry.0).map_err(parse_refusal)?;
        let refused = refusal(ErrorCode::SignInRefused);
        let answered = offers.find(request.answer_id, self.now_s).ok().and_then(|waiting| waiting.answer.as_ref());
        let answered = answered.filter(|(account, _)| *account == entry.account_id).ok_or(refused)?;
        let log = &self.account(answered.0).ok_or(refused)?.log;
        let EntryBody::DeviceAdd { device, status: DeviceStatus::Confirmed } = entry.body else { return Err(refused) };
        let is_of_device = |id: &[u8; 16]| *id == device.id.0 || log.device(&DeviceId(*id)).is_some();
        if !entry.signers.iter().all(|signer| is_of_device(&signer.0)) || log.append(&request.entry.0).is_err() {
            return Err(refused);
        }
        // No method let it in.
        let (caller, method) = (Caller { account: entry.account_id, device: device.id }, MethodId([0; MethodId::LEN]));
        Ok(self.begin_session(caller, device.signing, method))
    }
}
