//! Ways to sign in that are added, and what each of them remembers.

use std::collections::{BTreeMap, BTreeSet};

use shared_types::account::{AnchorPut, AnchorResponse, LogAppendRequest, MethodStartResponse, Registration};
use shared_types::error::ErrorCode;
use shared_types::ids::{MethodId, Nonce, WireBytes};
use shared_types::log::{DeviceStatus, Entry, EntryBody, LogState, MethodKind, MethodPart};

use super::{Books, Caller, Ceremony, RelayError, refuse};

impl Books {
    pub(in crate::relay::fake) fn start_method(&mut self, caller: Caller) -> Result<MethodStartResponse, RelayError> {
        let device = self.account_of(caller)?.log.device(&caller.device).filter(|device| device.is_active());
        if device.is_none_or(|device| device.status() != DeviceStatus::Confirmed) {
            return refuse(ErrorCode::NotAllowed);
        }
        let nonce = Nonce(self.new_secret().0);
        self.ceremonies.insert(nonce, Ceremony::Registration(caller.account));
        Ok(MethodStartResponse { challenge: WireBytes(self.new_secret().0.to_vec()), nonce, password: None })
    }

    pub(in crate::relay::fake) fn find_anchor(
        &self,
        caller: Caller,
        method: MethodId,
    ) -> Result<AnchorResponse, RelayError> {
        Ok(AnchorResponse { anchor: self.account_of(caller)?.anchors.get(&method).cloned() })
    }

    pub(in crate::relay::fake) fn put_anchor(&mut self, caller: Caller, anchor: AnchorPut) -> Result<(), RelayError> {
        self.check_active(caller)?;
        let account = self.account_mut(caller)?;
        if !account.log.method(&anchor.method).is_some_and(shared_types::log::MethodState::is_active) {
            return refuse(ErrorCode::NotAllowed);
        }
        match account.anchors.get(&anchor.method) {
            Some(stands) if *stands == anchor => return Ok(()),
            Some(stands) if stands.counter >= anchor.counter => return refuse(ErrorCode::AnchorConflict),
            Some(_) | None => {}
        }
        account.anchors.insert(anchor.method, anchor);
        Ok(())
    }
}

/// Each added method comes with its anchor, each passkey and security key with its proof, and nothing else does.
pub(super) fn check_added(
    ceremonies: &BTreeMap<Nonce, Ceremony>,
    caller: Caller,
    entries: &[Entry],
    request: &LogAppendRequest,
) -> Result<(), RelayError> {
    let added: Vec<&MethodPart> = entries.iter().filter_map(|entry| added_by(&entry.body)).collect();
    let named: BTreeSet<MethodId> = added.iter().map(|part| part.id).collect();
    let anchored: BTreeSet<MethodId> = request.anchors.iter().map(|anchor| anchor.method).collect();
    if named != anchored || anchored.len() != request.anchors.len() {
        return refuse(ErrorCode::Malformed);
    }
    let proves = |registration: &Registration, part: &MethodPart| {
        let started = ceremonies.get(&registration.nonce);
        matches!(started, Some(Ceremony::Registration(account)) if *account == caller.account)
            && credential_of(registration).is_some_and(|id| id == part.credential_id)
    };
    let mut n_proven = 0;
    for part in added.iter().filter(|part| part.kind != MethodKind::Words) {
        if !request.registrations.iter().any(|registration| proves(registration, part)) {
            return refuse(ErrorCode::SignInRefused);
        }
        n_proven += 1;
    }
    if n_proven == request.registrations.len() { Ok(()) } else { refuse(ErrorCode::Malformed) }
}

/// The passkey that an account was made with.
pub(super) fn founding(log: &LogState) -> MethodId {
    let mut founding = log.methods().filter(|method| method.added_seq == 0 && !method.is_words());
    founding.next().map_or(MethodId([0; 16]), |method| method.part.id)
}

fn credential_of(registration: &Registration) -> Option<Vec<u8>> {
    data_encoding::BASE64URL_NOPAD.decode(registration.credential.get("id")?.as_str()?.as_bytes()).ok()
}

fn added_by(body: &EntryBody) -> Option<&MethodPart> {
    if let EntryBody::MethodAdd { method } = body { Some(method) } else { None }
}

pub(super) fn removed_by(body: &EntryBody) -> Option<MethodId> {
    if let EntryBody::MethodRemove { method, .. } = body { Some(*method) } else { None }
}
