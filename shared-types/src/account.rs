//! Wire messages of sign-up, sign-in, account log, epochs and anchors (JSON).

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{AccountId, LookupId, MethodId, Nonce, PartyId, Signature, WireBytes};
use crate::password::{Code, Handle, PasswordStart};

/// `GET /v1/about`, unsigned: what a client needs before it signs anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutResponse {
    /// Newest protocol of this relay.
    pub protocol: u32,
    /// Relying party id of its passkeys; the client checks that it is a suffix of the page's host.
    pub rp_id: String,
    /// Who may sign up.
    pub sign_up: SignUpMode,
    /// The models that answer here, best default first. Empty while none is configured.
    pub models: Vec<ModelOffer>,
    /// The relay's time, Unix seconds.
    pub now: u64,
}

/// Who may sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignUpMode {
    /// Anyone.
    Open,
    /// Whoever has an invitation.
    Invitation,
    /// Nobody.
    Closed,
}

/// A model that a provider of this relay offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelOffer {
    /// Name to ask for in a prompt; one offer of a relay has it.
    pub id: String,
    /// What its provider calls it; empty if the id says it.
    #[serde(default)]
    pub label: String,
    /// Whether it runs on the relay's own machine ("This server's model") or elsewhere.
    pub place: ModelPlace,
    /// Whose model it is, as configured; shown to the user.
    pub owner: String,
    /// Where its owner runs it, as configured; never guessed.
    #[serde(default)]
    pub region: Option<String>,
    /// What its owner says of the questions that it gets, as configured; never guessed.
    #[serde(default)]
    pub policy: Option<String>,
    /// Whether it can answer now.
    pub state: ModelState,
    /// Longest prompt and answer together, tokens.
    pub context_tokens: u32,
}

/// Where a model runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelPlace {
    /// On the relay's machine.
    Server,
    /// At somebody else's.
    Remote,
}

/// Whether a model can answer now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelState {
    /// It answers.
    Ready,
    /// It is being built or loaded; questions wait.
    Preparing {
        /// Estimated wait, seconds.
        wait_s: u32,
    },
    /// It does not answer.
    Down,
}

/// `POST /v1/sign-up/start`, unsigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignUpStartRequest {
    /// The account to be.
    pub account_id: AccountId,
    /// Needed where sign-up is by invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<String>,
    /// For an account whose method is a password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordStart>,
}

/// `POST /v1/sign-up/finish`, unsigned: one transaction makes the whole account and the first session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignUpFinishRequest {
    /// The account.
    pub account_id: AccountId,
    /// The nonce of the start.
    pub nonce: Nonce,
    /// Founder's signature over the SOTF statement.
    pub founder_signature: Signature,
    /// Entry 0 of the account log.
    pub genesis: WireBytes,
    /// Sealed copies of epoch key 1, exactly one for each recipient of the genesis.
    pub copies: Vec<SealedCopy>,
    /// First anchor of each method.
    pub anchors: Vec<AnchorPut>,
    /// For a passkey: the WebAuthn registration as the browser gave it, without extension results.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub registration: serde_json::Value,
    /// For a password: what OPAQUE's registration ends with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<WireBytes>,
}

/// Answer to [`SignUpFinishRequest`] and [`SignInFinishRequest`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionGrant {
    /// 256-bit token, shown once.
    pub token: WireBytes,
    /// Unix seconds.
    pub expires_at: u64,
}

impl fmt::Debug for SessionGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionGrant").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// `POST /v1/sign-in/start`, unsigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "with", rename_all = "snake_case")]
pub enum SignInStartRequest {
    /// Any passkey of this relay.
    Passkey,
    /// Recovery words.
    Words {
        /// Derived from the words' entropy.
        lookup_id: LookupId,
    },
    /// A password and the code of an authenticator app. It counts as an attempt, whatever comes of it.
    Password {
        /// The name.
        handle: Handle,
        /// OPAQUE's first message.
        ke1: WireBytes,
        /// What the authenticator app says.
        code: Code,
    },
}

/// Answer to [`SignInStartRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInStartResponse {
    /// WebAuthn challenge; present for words as well, then unused.
    pub challenge: WireBytes,
    /// Goes into the sign-in statement and names this sign-in.
    pub nonce: Nonce,
    /// Only for words: the account that the relay names; believed only by its log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<AccountId>,
    /// Only for a password: OPAQUE's answer, which looks the same for a wrong code and an unknown name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ke2: Option<WireBytes>,
}

/// `POST /v1/sign-in/finish`, unsigned by session: the statement carries both signatures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignInFinishRequest {
    /// SOTS bytes.
    pub statement: WireBytes,
    /// The method key's signature over them.
    pub method_signature: Signature,
    /// The device key's signature over them.
    pub device_signature: Signature,
    /// For a passkey: the WebAuthn assertion as the browser gave it, without extension results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assertion: Option<serde_json::Value>,
}

/// `GET /v1/log`: the whole account log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogResponse {
    /// All entries from genesis, signatures included.
    pub entries: Vec<WireBytes>,
}

/// `POST /v1/methods/start`: a method is to be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MethodStartRequest {
    /// A passkey or security key.
    Authenticator,
    /// A password with the codes of an authenticator app.
    Password(PasswordStart),
}

/// Answer to [`SignUpStartRequest`] and [`MethodStartRequest`]: what the method is made with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodStartResponse {
    /// The only WebAuthn option that the client takes from the relay.
    pub challenge: WireBytes,
    /// Names this registration and is used up with it: by the entry that adds the method, or in the founder's statement.
    pub nonce: Nonce,
    /// Of a password: OPAQUE's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<WireBytes>,
}

/// The end of registering a password that an entry adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordRegistration {
    /// Of its start.
    pub nonce: Nonce,
    /// OPAQUE's upload.
    pub upload: WireBytes,
}

/// The proof that an authenticator holds a passkey or security key which an entry adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registration {
    /// Of its start.
    pub nonce: Nonce,
    /// The WebAuthn registration as the browser gave it, without extension results.
    pub credential: serde_json::Value,
}

/// `POST /v1/log`: appends by compare-and-swap on the entries' own (seq, previous hash).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogAppendRequest {
    /// New entries, oldest first.
    pub entries: Vec<WireBytes>,
    /// Sealed copies of the epoch key when the last entry advances the epoch, exactly as it lists them.
    #[serde(default)]
    pub copies: Vec<SealedCopy>,
    /// Seals an older epoch key under the new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_link: Option<BackLink>,
    /// The first anchor of each method that the entries add.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<AnchorPut>,
    /// The proof of each passkey and security key that they add.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub registrations: Vec<Registration>,
    /// The same of each password.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passwords: Vec<PasswordRegistration>,
}

/// An epoch key sealed to one method or device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedCopy {
    /// To whom.
    pub recipient: PartyId,
    /// HPKE encapsulated key(32) ‖ ciphertext.
    pub sealed: WireBytes,
}

/// An older epoch key sealed under a newer one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackLink {
    /// Epoch whose key seals.
    pub sealing_epoch: u32,
    /// Epoch whose key is sealed.
    pub sealed_epoch: u32,
    /// Envelope of type 0x02.
    pub envelope: WireBytes,
}

/// `GET /v1/epochs?recipient=`: all copies for one recipient and all back links.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochsResponse {
    /// Copies for the recipient, by epoch, ascending.
    pub copies: Vec<EpochCopy>,
    /// All back links, by sealing epoch, ascending.
    pub back_links: Vec<BackLink>,
}

/// One sealed copy and its epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochCopy {
    /// Number of the epoch.
    pub epoch: u32,
    /// HPKE encapsulated key(32) ‖ ciphertext.
    pub sealed: WireBytes,
}

/// `PUT /v1/anchors/{method}` and part of sign-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnchorPut {
    /// The method whose seal key seals it.
    pub method: MethodId,
    /// Rises with each anchor.
    pub counter: u64,
    /// Envelope of type 0x03.
    pub envelope: WireBytes,
}

/// `GET /v1/anchors/{method}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnchorResponse {
    /// The newest anchor, if there is one.
    pub anchor: Option<AnchorPut>,
}

/// `POST /v1/tickets`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketResponse {
    /// First frame of the events socket, once, within [`crate::limits::TICKET_LIFE_S`].
    pub ticket: WireBytes,
}

impl fmt::Debug for TicketResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TicketResponse").finish_non_exhaustive()
    }
}
