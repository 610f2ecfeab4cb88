//! What client and relay agree on: bytes from the relay to a client, and from any client to the relay.

use serde::Serialize;
use serde::de::DeserializeOwned;
use shared_types::account::{
    AboutResponse, AnchorPut, EpochsResponse, LogAppendRequest, LogResponse, SessionGrant, SignInFinishRequest,
    SignInStartRequest, SignInStartResponse, SignUpFinishRequest, SignUpStartRequest,
};
use shared_types::batch::SignedBatch;
use shared_types::hand_over::{Offer, OfferAnswer};
use shared_types::ids::AccountId;
use shared_types::log::{Entry, LogState};
use shared_types::prompt::{PromptFrame, PromptRequest};
use shared_types::provider::ProvidersRequest;
use shared_types::public_key::{KemPublic, SigningPublic};
use shared_types::request::SignatureParameters;
use shared_types::statement::{SignInStatement, SignUpStatement};
use shared_types::sync::{PageBody, PushBody, RelayEvent, StreamsBody};

/// One signed batch.
pub(crate) fn batch(bytes: &[u8]) {
    if let Ok(signed) = SignedBatch::parse(bytes) {
        assert_eq!(signed.to_bytes(), bytes);
    }
}

/// What two devices leave for each other when one lets the other in.
pub(crate) fn hand_over(bytes: &[u8]) {
    if let Ok(offer) = Offer::parse(bytes) {
        assert_eq!(offer.to_bytes(), bytes);
    }
    if let Ok(answer) = OfferAnswer::parse(bytes) {
        assert_eq!(answer.to_bytes(), bytes);
    }
}

/// One entry of the account log.
pub(crate) fn log_entry(bytes: &[u8]) {
    if let Ok((entry, signatures)) = Entry::parse(bytes) {
        assert_eq!(entry.with_signatures(&signatures), bytes);
    }
}

/// A whole account log: each entry with its length before it, two bytes.
pub(crate) fn log(bytes: &[u8]) {
    let mut entries = Vec::new();
    let mut left = bytes;
    while let Some((length, rest)) = left.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at(rest.len().min(usize::from(u16::from_be_bytes(*length))));
        entries.push(entry);
        left = rest;
    }
    let account = entries.first().and_then(|first| Entry::parse(first).ok()).map(|(first, _)| first.account_id);
    let account = account.unwrap_or(AccountId([0; 16]));
    if let Ok(log) = LogState::verify(account, entries.iter().copied()) {
        assert_eq!(log.entries().len(), entries.len());
        assert!(log.active_methods().count() >= 2, "a log keeps its floor");
    }
}

/// Bodies of requests and answers: pages, pushes, wishes for streams, and whatever is JSON.
pub(crate) fn page(bytes: &[u8]) {
    if let Ok(page) = PageBody::parse(bytes) {
        assert_eq!(page.to_bytes(), bytes);
    }
    if let Ok(push) = PushBody::parse(bytes) {
        assert_eq!(push.to_bytes(), bytes);
    }
    if let Ok(streams) = StreamsBody::parse(bytes) {
        assert_eq!(streams.to_bytes(), bytes);
    }
    json::<AboutResponse>(bytes);
    json::<AnchorPut>(bytes);
    json::<EpochsResponse>(bytes);
    json::<LogAppendRequest>(bytes);
    json::<LogResponse>(bytes);
    json::<PromptFrame>(bytes);
    json::<PromptRequest>(bytes);
    json::<ProvidersRequest>(bytes);
    json::<RelayEvent>(bytes);
    json::<SessionGrant>(bytes);
    json::<SignInFinishRequest>(bytes);
    json::<SignInStartRequest>(bytes);
    json::<SignInStartResponse>(bytes);
    json::<SignUpFinishRequest>(bytes);
    json::<SignUpStartRequest>(bytes);
}

/// What was read is written and read once more: the same.
fn json<T: Serialize + DeserializeOwned>(bytes: &[u8]) {
    let Ok(message) = serde_json::from_slice::<T>(bytes) else { return };
    let written = serde_json::to_string(&message).expect("what was read can be written");
    let again: T = serde_json::from_str(&written).expect("what was written can be read");
    assert_eq!(serde_json::to_string(&again).expect("and written again"), written);
}

/// Public keys: one spelling each, none of low order.
pub(crate) fn public_key(bytes: &[u8]) {
    let Some(key) = bytes.first_chunk::<32>() else { return };
    if let Ok(signing) = SigningPublic::parse(key) {
        assert_eq!(&signing.as_bytes()[..], &key[..]);
    }
    if let Ok(kem) = KemPublic::parse(key) {
        assert_eq!(&kem.as_bytes()[..], &key[..]);
    }
}

/// The header that names what a request signature covers.
pub(crate) fn signature_input(bytes: &[u8]) {
    let Ok(value) = std::str::from_utf8(bytes) else { return };
    if let Some(parameters) = SignatureParameters::from_header(value) {
        assert_eq!(parameters.to_header(), value);
    }
}

/// Statements of a sign-up and of a sign-in.
pub(crate) fn statement(bytes: &[u8]) {
    if let Ok(statement) = SignInStatement::parse(bytes) {
        assert_eq!(statement.to_bytes(), bytes);
    }
    if let Ok(statement) = SignUpStatement::parse(bytes) {
        assert_eq!(statement.to_bytes(), bytes);
    }
}
