//! New devices that a confirmed one lets in.

use shared_types::hand_over::{
    ANSWER_BYTES, AnswerRequest, HandOverFinishRequest, Offer, OfferAnswer, OfferRequest, device_add,
};
use shared_types::ids::{AnswerId, Signature, WireBytes};
use shared_types::log::DevicePart;

use super::{Keys, Person, Request, World, random};

/// What stands before the sealed part of an answer.
const OPEN_BYTES: usize = 16 + 4 + 16 + 8 + 64;

impl Person {
    /// A new device waits.
    pub(crate) async fn offer(world: &World, device: DevicePart) -> OfferRequest {
        let offer = WireBytes(Offer { device, mac: random() }.to_bytes());
        let request = OfferRequest { answer_id: AnswerId(random()), offer };
        world.post_json("/v1/hand-over/offer", &request).await.assert_ok();
        request
    }

    /// This person's first device answers one.
    pub(crate) fn answer(&self, world: &World, answer_id: AnswerId) -> Request {
        let answer = OfferAnswer {
            account_id: self.account,
            epoch: 1,
            by: self.device.device().id,
            time_s: world.relay.clock.now_s(),
            signature: Signature([1; 64]),
            sealed: random::<{ ANSWER_BYTES - OPEN_BYTES }>().to_vec(),
        };
        let request = AnswerRequest { answer_id, answer: WireBytes(answer.to_bytes()) };
        self.signed(world, "POST", "/v1/hand-over/answer", serde_json::to_vec(&request).unwrap())
    }

    /// A new device was answered: what it asks for its session with.
    pub(crate) async fn handed_over(&self, world: &World, device: &Keys) -> HandOverFinishRequest {
        let offer = Self::offer(world, device.device()).await;
        world.send(self.answer(world, offer.answer_id)).await.assert_ok();
        let (by, now) = (self.device.device().id, world.relay.clock.now_s());
        let entry = device_add(device.device(), (self.account, self.head()), by, now).unwrap();
        HandOverFinishRequest { answer_id: offer.answer_id, entry: WireBytes(self.sign_entry(&entry, &[device])) }
    }
}
