//! A passkey that its owner has on every device, with a PRF made of SHA-256 and moods for what may go wrong.

use client_core::intention::{GestureAnswer, GestureFailure, GestureRequest, Intention, PrfBytes};
use shared_types::ids::Hash;

/// How the authenticator behaves from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Willing,
    /// Its user does not answer.
    Silent,
    /// Its user cancels.
    Cancels,
    /// It has no PRF at all.
    WithoutPrf,
    /// It gives no PRF output when it makes a passkey.
    PrfOnlyAtGet,
    /// It evaluates one PRF input at a time.
    OneResultOnly,
    /// Its user picks a passkey of another account.
    OtherAccount,
}

/// Who holds the passkeys of a person.
pub(crate) struct Authenticator {
    secret: Hash,
    passkeys: Vec<Passkey>,
    pub(crate) mood: Mood,
    /// Which of several providers or keys makes a passkey from now on.
    pub(crate) makes_with: u8,
    /// The only one that is at hand, if not all are.
    pub(crate) at_hand: Option<u8>,
    /// What it makes is not listed by itself.
    pub(crate) is_unlisted: bool,
    /// Whose passkey its user picks, where those of several accounts are offered.
    pub(crate) picks: Option<[u8; 16]>,
}

struct Passkey {
    provider: u8,
    is_unlisted: bool,
    credential_id: Vec<u8>,
    user_handle: Vec<u8>,
    rp_id: String,
}

impl Authenticator {
    pub(crate) fn of(person: &str) -> Self {
        Self {
            secret: Hash::of(&[b"authenticator of ", person.as_bytes()]),
            passkeys: Vec::new(),
            mood: Mood::Willing,
            makes_with: 0,
            at_hand: None,
            is_unlisted: false,
            picks: None,
        }
    }

    /// The account of the newest passkey.
    pub(crate) fn account(&self) -> Option<[u8; 16]> {
        self.passkeys.last()?.user_handle.as_slice().try_into().ok()
    }

    pub(crate) fn n_passkeys(&self) -> usize {
        self.passkeys.len()
    }

    /// What the page would send to the core, if anything.
    pub(crate) fn handle(&mut self, request: &GestureRequest) -> Option<Intention> {
        if let GestureRequest::Forget { credential_id, .. } = request {
            self.passkeys.retain(|passkey| passkey.credential_id != *credential_id);
            return None;
        }
        if self.mood == Mood::Silent {
            return None;
        }
        if self.mood == Mood::Cancels {
            return Some(Intention::GestureFailed(GestureFailure::Cancelled));
        }
        Some(self.answer(request).map_or_else(Intention::GestureFailed, Intention::GestureDone))
    }

    fn answer(&mut self, request: &GestureRequest) -> Result<GestureAnswer, GestureFailure> {
        match request {
            GestureRequest::Create { challenge, rp_id, user_handle, prf, exclude, .. } => {
                let provider = self.makes_with;
                let is_held =
                    |passkey: &Passkey| passkey.provider == provider && exclude.contains(&passkey.credential_id);
                if self.passkeys.iter().any(is_held) {
                    return Err(GestureFailure::AlreadyThere);
                }
                let number = self.passkeys.len().to_be_bytes();
                let parts: [&[u8]; 5] = [b"credential", &self.secret.0, &number, user_handle, challenge];
                let credential_id = Hash::of(&parts).0.to_vec();
                let (rp_id, user_handle) = (rp_id.clone(), user_handle.clone());
                let is_unlisted = self.is_unlisted;
                // One provider holds one passkey of an account.
                self.passkeys.retain(|other| other.provider != provider || other.user_handle != user_handle);
                let credential_id_of = credential_id.clone();
                self.passkeys.push(Passkey {
                    provider,
                    is_unlisted,
                    credential_id: credential_id_of,
                    user_handle,
                    rp_id,
                });
                let [first, second] = prf;
                let is_silent = self.mood == Mood::PrfOnlyAtGet;
                let inputs = if is_silent { [None, None] } else { [Some(first), Some(second)] };
                Ok(self.sign("webauthn.create", &credential_id, None, challenge, inputs))
            }
            GestureRequest::Get { challenge, rp_id, allow, prf_first, prf_second } => {
                if self.mood == Mood::OtherAccount {
                    let other = Hash::of(&[b"other", &self.secret.0]).0;
                    let handle = other.first_chunk::<16>().map(|handle| handle.to_vec());
                    let inputs = [Some(prf_first), prf_second.as_ref()];
                    return Ok(self.sign("webauthn.get", &other, handle, challenge, inputs));
                }
                let is_wanted = |passkey: &&Passkey| {
                    let is_shown =
                        if allow.is_empty() { !passkey.is_unlisted } else { allow.contains(&passkey.credential_id) };
                    let is_at_hand = self.at_hand.is_none_or(|at_hand| passkey.provider == at_hand);
                    let is_picked = self.picks.is_none_or(|picked| passkey.user_handle == picked);
                    passkey.rp_id == *rp_id && is_shown && is_at_hand && is_picked
                };
                let passkey = self.passkeys.iter().rfind(is_wanted).ok_or(GestureFailure::Cancelled)?;
                let (id, handle) = (passkey.credential_id.clone(), passkey.user_handle.clone());
                let handle = Some(handle).filter(|_| !passkey.is_unlisted);
                Ok(self.sign("webauthn.get", &id, handle, challenge, [Some(prf_first), prf_second.as_ref()]))
            }
            GestureRequest::Forget { .. } => Err(GestureFailure::Failed),
        }
    }

    fn sign(
        &self,
        kind: &str,
        credential_id: &[u8],
        user_handle: Option<Vec<u8>>,
        challenge: &[u8],
        inputs: [Option<&Vec<u8>>; 2],
    ) -> GestureAnswer {
        let encode = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
        let client_data = serde_json::json!({ "type": kind, "challenge": encode(challenge) }).to_string().into_bytes();
        let response = serde_json::json!({ "clientDataJSON": encode(&client_data) });
        let credential = serde_json::json!({ "id": encode(credential_id), "response": response });
        let evaluate = |input: &Vec<u8>| PrfBytes::take(self.prf_output(credential_id, input).to_vec());
        let [first, second] = inputs.map(|input| input.filter(|_| self.mood != Mood::WithoutPrf).map(evaluate));
        GestureAnswer {
            credential_json: credential.to_string(),
            credential_id: credential_id.to_vec(),
            user_handle,
            client_data_json: client_data,
            prf: [first, second.filter(|_| self.mood != Mood::OneResultOnly)],
            prf_enabled: self.mood != Mood::WithoutPrf,
            is_unlisted: self.is_unlisted,
        }
    }

    /// What the newest passkey computes of an input.
    pub(crate) fn newest_prf_output(&self, input: &[u8]) -> [u8; 32] {
        let newest = self.passkeys.last().expect("a passkey was made");
        self.prf_output(&newest.credential_id, input)
    }

    fn prf_output(&self, credential_id: &[u8], input: &[u8]) -> [u8; 32] {
        Hash::of(&[b"prf", &self.secret.0, credential_id, input]).0
    }
}
