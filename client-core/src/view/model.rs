//! Models as a person knows them, and what left for one.

use serde::{Deserialize, Serialize};
use shared_types::account::{ModelOffer, ModelPlace};
use shared_types::prompt::PromptMessage;

use super::MessageId;

/// A model as a user knows it: whose it is, and where what they send goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownModel {
    /// Name to ask for.
    pub id: String,
    /// Where it runs.
    pub place: ModelPlace,
    /// Whose it is.
    pub owner: String,
}

impl ShownModel {
    /// An offer as it is shown.
    pub fn of(offer: &ModelOffer) -> Self {
        Self { id: offer.id.clone(), place: offer.place, owner: offer.owner.clone() }
    }
}

/// What leaves this device for one turn, or did: the very bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceiptView {
    /// The turn.
    pub turn: MessageId,
    /// The model as it was offered.
    pub offer: ModelOffer,
    /// The body of the request, byte for byte.
    pub body: String,
    /// What stands in it, in its order.
    pub items: Vec<PromptMessage>,
    /// When it left, Unix milliseconds; none before.
    pub sent_ms: Option<u64>,
}
