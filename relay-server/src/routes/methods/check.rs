//! What must come with entries that add methods: an anchor of each, the proof of each passkey and security key, and the
//! record of each password, which was begun with a code of its authenticator app.
//!
//! A registration is used up in the transaction that stores its entry, so that whoever was too late appends again.

use std::collections::BTreeSet;

use shared_types::account::{AnchorPut, PasswordRegistration, Registration};
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, Hash};
use shared_types::limits::MAX_ANCHOR_BYTES;
use shared_types::log::{Entry, EntryBody, MethodKind, MethodPart};
use webauthn_rs::prelude::{Passkey, PasskeyRegistration, RegisterPublicKeyCredential};

use crate::ceremonies::{self, Ceremony, NewPassword};
use crate::db::{Credential, LogAppend};
use crate::error::RouteError;
use crate::passwords::Passwords;
use crate::routes::sign_up::finish::words_lookup;
use crate::state::Relay;

/// What came along with the entries.
pub(in crate::routes) struct Added {
    /// First anchors.
    pub(in crate::routes) anchors: Vec<AnchorPut>,
    /// Proofs of passkeys and security keys.
    pub(in crate::routes) registrations: Vec<Registration>,
    /// Ends of registering passwords.
    pub(in crate::routes) passwords: Vec<PasswordRegistration>,
}

/// What was found right of it, each with the hash of its nonce.
#[derive(Default)]
struct Proven {
    passkeys: Vec<(Hash, Passkey)>,
    passwords: Vec<(Hash, NewPassword, Vec<u8>)>,
}

/// Notes what the database keeps of the methods that these entries add.
pub(in crate::routes) async fn check_added(
    relay: &Relay,
    account: &AccountId,
    entries: &[Entry],
    Added { anchors, registrations, passwords }: Added,
    append: &mut LogAppend,
) -> Result<(), RouteError> {
    let added: Vec<&MethodPart> = entries.iter().filter_map(|entry| added_by(&entry.body)).collect();
    let named: BTreeSet<_> = added.iter().map(|method| method.id).collect();
    let anchored: BTreeSet<_> = anchors.iter().map(|anchor| anchor.method).collect();
    if registrations.len() + passwords.len() > added.len() || named != anchored || anchors.len() != anchored.len() {
        return Err(ErrorCode::Malformed.into());
    }
    check_anchors(&anchors)?;
    append.anchors = anchors;
    let mut proven = Proven::default();
    for registration in &registrations {
        let nonce_hash = ceremonies::hash_of(&registration.nonce);
        match ceremonies::find(&*relay.db, &registration.nonce, relay.clock.now_s()).await? {
            Some(Ceremony::Registration { account: started, registration: state }) if started == *account => {
                proven.passkeys.push((nonce_hash, register(relay, &registration.credential, &state)?));
            }
            Some(_) | None => return Err(ErrorCode::SignInRefused.into()),
        }
    }
    for password in &passwords {
        let nonce_hash = ceremonies::hash_of(&password.nonce);
        match ceremonies::find(&*relay.db, &password.nonce, relay.clock.now_s()).await? {
            Some(Ceremony::NewPassword { account: started, password: begun }) if started == *account => {
                proven.passwords.push((nonce_hash, begun, Passwords::record_of(&password.upload.0)?));
            }
            Some(_) | None => return Err(ErrorCode::SignInRefused.into()),
        }
    }
    for method in added {
        note(append, account, method, &mut proven)?;
    }
    let is_used = proven.passkeys.is_empty() && proven.passwords.is_empty();
    if is_used { Ok(()) } else { Err(ErrorCode::Malformed.into()) }
}

/// Verifies what a browser gave when it made a passkey.
pub(in crate::routes) fn register(
    relay: &Relay,
    credential: &serde_json::Value,
    state: &PasskeyRegistration,
) -> Result<Passkey, RouteError> {
    let answer: RegisterPublicKeyCredential =
        serde_json::from_value(credential.clone()).map_err(|_| ErrorCode::Malformed)?;
    relay.webauthn.finish_passkey_registration(&answer, state).map_err(|_| ErrorCode::SignInRefused.into())
}

/// The row of a passkey, if it is the one that its method names.
pub(in crate::routes) fn credential_of(passkey: &Passkey, method: &MethodPart) -> Result<Credential, RouteError> {
    if passkey.cred_id().as_slice() != method.credential_id {
        return Err(ErrorCode::SignInRefused.into());
    }
    let public_key = serde_json::to_vec(passkey).map_err(|_| RouteError::Passkey)?;
    Ok(Credential { id: method.credential_id.clone(), method: method.id, public_key })
}

/// Sizes and numbers that can be stored.
pub(in crate::routes) fn check_anchors(anchors: &[AnchorPut]) -> Result<(), RouteError> {
    if anchors.iter().any(|anchor| anchor.envelope.0.len() > MAX_ANCHOR_BYTES) {
        return Err(ErrorCode::TooLarge.into());
    }
    if anchors.iter().any(|anchor| anchor.counter > i64::MAX.unsigned_abs()) {
        return Err(ErrorCode::Malformed.into());
    }
    Ok(())
}

fn added_by(body: &EntryBody) -> Option<&MethodPart> {
    if let EntryBody::MethodAdd { method } = body { Some(method) } else { None }
}

fn note(
    append: &mut LogAppend,
    account: &AccountId,
    method: &MethodPart,
    proven: &mut Proven,
) -> Result<(), RouteError> {
    match method.kind {
        MethodKind::Words => append.words.push(words_lookup(method)?),
        MethodKind::Passkey | MethodKind::SecurityKey => {
            let is_its = |(_, passkey): &(Hash, Passkey)| passkey.cred_id().as_slice() == method.credential_id;
            let at = proven.passkeys.iter().position(is_its).ok_or(ErrorCode::SignInRefused)?;
            let (nonce_hash, passkey) = proven.passkeys.swap_remove(at);
            append.credentials.push(credential_of(&passkey, method)?);
            append.ceremonies.push(nonce_hash);
        }
        MethodKind::Password => {
            let (nonce_hash, begun, record) = proven.passwords.pop().ok_or(ErrorCode::SignInRefused)?;
            append.passwords.push(begun.into_row(*account, method.id, record));
            append.ceremonies.push(nonce_hash);
        }
    }
    Ok(())
}
