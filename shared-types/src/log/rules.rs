//! The rules: who may sign what, what may follow what, and what must hold after every entry.
//!
//! One entry goes through `take` in this order: its place, its subject, its signers, their signatures, its effect,
//! the limits. Nothing of a refused entry is kept by a caller.

use super::{
    AcceptedEntry, Confirmation, DeviceHead, DeviceState, DeviceStatus, ENVELOPE_VERSION, Entry, EntryBody, EpochPart,
    EpochState, LogFault, LogState, MethodPart, MethodState, Policy, Removal, Revocation, RevokeReason, SUITE,
    WORDS_REMOVAL_WAIT_S,
};
use crate::ids::{AccountId, DeviceId, Hash, MethodId, PartyId, Signature};
use crate::limits::{MAX_DEVICES, MAX_EPOCH_DAYS, MAX_METHODS, MAX_UNCONFIRMED_DEVICES, MIN_METHODS};
use crate::ordered::{map_of, set_of};
use crate::public_key::SigningPublic;

/// Verifies a genesis and begins a state with it.
pub(super) fn found(account_id: AccountId, bytes: &[u8]) -> Result<LogState, LogFault> {
    let (entry, signatures) = Entry::parse(bytes).map_err(LogFault::Malformed)?;
    let EntryBody::Genesis { founder, policy, device, methods, epoch } = &entry.body else {
        return Err(LogFault::MisplacedGenesis);
    };
    if entry.account_id != account_id || AccountId::of_founder(founder) != account_id {
        return Err(LogFault::WrongAccount);
    }
    if entry.seq != 0 || entry.previous != Hash::ZERO {
        return Err(LogFault::OutOfSequence);
    }

    let mut keys = map_of([(PartyId::from(account_id), *founder), (device.id.into(), device.signing)]);
    keys.extend(methods.iter().map(|method| (PartyId::from(method.id), method.signing)));
    if !entry.signers.iter().eq(keys.keys()) {
        return Err(LogFault::WrongSigners);
    }
    check_signatures(&entry, &signatures, |id| keys.get(id).copied())?;

    let time_s = entry.time_s;
    let confirmed = Some(Confirmation { log_seq: 0, time_s });
    let founding = DeviceState { part: *device, added_seq: 0, added_by: None, confirmed, revoked: None };
    let add = |part: &MethodPart| (part.id, MethodState { part: part.clone(), added_seq: 0, removed: None });
    let mut state = LogState {
        account_id,
        accepted: Vec::new(),
        policy: *policy,
        devices: map_of([(device.id, founding)]),
        methods: map_of(methods.iter().map(add)),
        epochs: Vec::new(),
    };
    check_policy(*policy, None)?;
    check_epoch(&state, epoch)?;
    state.epochs.push(EpochState { log_seq: 0, time_s, signer: device.id, part: epoch.clone() });
    check_limits(&state)?;
    let hash = entry.hash();
    state.push(entry, hash, time_s);
    Ok(state)
}

/// Verifies the next entry and adds it.
pub(super) fn take(state: &mut LogState, bytes: &[u8]) -> Result<(), LogFault> {
    let (entry, signatures) = Entry::parse(bytes).map_err(LogFault::Malformed)?;
    check_place(state, &entry)?;
    let subject = subject(state, &entry.body)?;
    let signers = Signers::resolve(state, &entry, subject)?;
    check_signers(state, &entry, &signers)?;
    let added_by = signers.methods.first().map(|method| method.part.id);
    check_signatures(&entry, &signatures, |id| match subject {
        Some((new, key)) if new == *id => Some(key),
        _ => signing_key(state, *id),
    })?;

    let time_s = entry.time_s.max(state.last().time_s);
    apply(state, &entry, time_s, added_by)?;
    check_limits(state)?;
    let hash = entry.hash();
    state.push(entry, hash, time_s);
    Ok(())
}

fn check_place(state: &LogState, entry: &Entry) -> Result<(), LogFault> {
    let AcceptedEntry { entry: last, hash, is_rotation_due, .. } = state.last();
    if entry.account_id != state.account_id {
        return Err(LogFault::WrongAccount);
    }
    if last.seq.checked_add(1) != Some(entry.seq) || entry.previous != *hash {
        return Err(LogFault::OutOfSequence);
    }
    let may_stand_before_rotation = match &entry.body {
        EntryBody::Genesis { .. } => return Err(LogFault::MisplacedGenesis),
        EntryBody::DeviceRevoke { reason, .. } => *reason != RevokeReason::SignedOut,
        EntryBody::MethodAdd { .. } | EntryBody::MethodRemove { .. } | EntryBody::EpochAdvance { .. } => true,
        EntryBody::DeviceAdd { .. }
        | EntryBody::DeviceConfirm { .. }
        | EntryBody::PolicySet { .. }
        | EntryBody::Checkpoint { .. }
        | EntryBody::SharePin { .. } => false,
    };
    if *is_rotation_due && !may_stand_before_rotation {
        return Err(LogFault::RotationMissing);
    }
    Ok(())
}

/// The party that an entry adds and that therefore signs with a key of its own, after a check that it is new.
fn subject(state: &LogState, body: &EntryBody) -> Result<Option<(PartyId, SigningPublic)>, LogFault> {
    let (id, key) = match body {
        EntryBody::DeviceAdd { device, .. } => (PartyId::from(device.id), device.signing),
        EntryBody::MethodAdd { method } => (PartyId::from(method.id), method.signing),
        EntryBody::Genesis { .. }
        | EntryBody::DeviceConfirm { .. }
        | EntryBody::DeviceRevoke { .. }
        | EntryBody::MethodRemove { .. }
        | EntryBody::EpochAdvance { .. }
        | EntryBody::PolicySet { .. }
        | EntryBody::Checkpoint { .. }
        | EntryBody::SharePin { .. } => return Ok(None),
    };
    let was_there = PartyId::from(state.account_id) == id
        || state.devices.contains_key(&DeviceId(id.0))
        || state.methods.contains_key(&MethodId(id.0));
    if was_there { Err(LogFault::IdReturns) } else { Ok(Some((id, key))) }
}

/// The active parties that signed, without the party that the entry adds; each list ascending.
struct Signers<'a> {
    confirmed: Vec<&'a DeviceState>,
    unconfirmed: Vec<&'a DeviceState>,
    methods: Vec<&'a MethodState>,
}

impl<'a> Signers<'a> {
    fn resolve(
        state: &'a LogState,
        entry: &Entry,
        subject: Option<(PartyId, SigningPublic)>,
    ) -> Result<Self, LogFault> {
        if subject.is_some_and(|(id, _)| !entry.signers.contains(&id)) {
            return Err(LogFault::WrongSigners);
        }
        let mut signers = Self { confirmed: Vec::new(), unconfirmed: Vec::new(), methods: Vec::new() };
        let others = entry.signers.iter().filter(|id| subject.is_none_or(|(new, _)| new != **id));
        for id in others {
            if let Some(device) = active_device(state, *id) {
                match device.status() {
                    DeviceStatus::Confirmed => signers.confirmed.push(device),
                    DeviceStatus::Unconfirmed => signers.unconfirmed.push(device),
                }
            } else if let Some(method) = active_method(state, *id) {
                signers.methods.push(method);
            } else {
                return Err(LogFault::UnknownSigner);
            }
        }
        Ok(signers)
    }
}

fn active_device(state: &LogState, id: PartyId) -> Option<&DeviceState> {
    state.devices.get(&DeviceId(id.0)).filter(|device| device.is_active())
}

fn active_method(state: &LogState, id: PartyId) -> Option<&MethodState> {
    state.methods.get(&MethodId(id.0)).filter(|method| method.is_active())
}

fn signing_key(state: &LogState, id: PartyId) -> Option<SigningPublic> {
    let device = active_device(state, id).map(|device| device.part.signing);
    device.or_else(|| active_method(state, id).map(|method| method.part.signing))
}

/// The table of signers: exactly one alternative, no extras.
fn check_signers(state: &LogState, entry: &Entry, signers: &Signers<'_>) -> Result<(), LogFault> {
    let Signers { confirmed, unconfirmed, methods } = signers;
    let sides = (confirmed.as_slice(), unconfirmed.as_slice(), methods.as_slice());
    let allowed = match &entry.body {
        EntryBody::Genesis { .. } => false,
        EntryBody::DeviceAdd { status: DeviceStatus::Confirmed, .. } => match sides {
            ([_], [], []) => true,
            ([], [], [method]) => method.is_words(),
            _ => false,
        },
        EntryBody::DeviceAdd { status: DeviceStatus::Unconfirmed, .. } => {
            matches!(sides, ([], [], [method]) if !method.is_words())
        }
        EntryBody::DeviceConfirm { device } => may_confirm(state, *device, signers)?,
        EntryBody::DeviceRevoke { device, reason: RevokeReason::SignedOut, .. } => match sides {
            ([own], [], []) | ([], [own], []) => own.part.id == *device,
            _ => false,
        },
        EntryBody::MethodRemove { method, .. } => may_remove(state, *method, entry.time_s, signers)?,
        EntryBody::EpochAdvance { .. } => match sides {
            ([_], [], []) => true,
            ([], [_], []) => state.active_devices().all(|device| device.status() == DeviceStatus::Unconfirmed),
            _ => false,
        },
        EntryBody::Checkpoint { .. } => matches!(sides, ([_], [], []) | ([], [_], [])),
        EntryBody::DeviceRevoke { reason: RevokeReason::Lost | RevokeReason::Compromised, .. }
        | EntryBody::MethodAdd { .. }
        | EntryBody::PolicySet { .. }
        | EntryBody::SharePin { .. } => matches!(sides, ([_], [], [_])),
    };
    if allowed { Ok(()) } else { Err(LogFault::WrongSigners) }
}

fn may_confirm(state: &LogState, id: DeviceId, signers: &Signers<'_>) -> Result<bool, LogFault> {
    let device = active_device(state, id.into()).ok_or(LogFault::WrongSubject)?;
    if device.confirmed.is_some() {
        return Err(LogFault::WrongSubject);
    }
    let is_other = |method: &MethodState| Some(method.part.id) != device.added_by;
    Ok(match (signers.confirmed.as_slice(), signers.unconfirmed.as_slice(), signers.methods.as_slice()) {
        ([_], [], []) => true,
        ([], [], [method]) => method.is_words(),
        ([], [], [first, second]) => is_other(first) && is_other(second),
        _ => false,
    })
}

fn may_remove(state: &LogState, id: MethodId, time_s: u64, signers: &Signers<'_>) -> Result<bool, LogFault> {
    let removed = active_method(state, id.into()).ok_or(LogFault::WrongSubject)?;
    // The entry's own claim against the other's time as it counts: an old claim or a late one only makes it stricter.
    let has_waited = |device: &DeviceState| {
        let waited = device.confirmed.and_then(|confirmed| time_s.checked_sub(confirmed.time_s));
        waited.is_some_and(|waited_s| waited_s >= WORDS_REMOVAL_WAIT_S)
    };
    let sides = (signers.confirmed.as_slice(), signers.unconfirmed.as_slice(), signers.methods.as_slice());
    Ok(match sides {
        ([_], [], [method]) => (method.part.id == id) == removed.is_words(),
        ([first, second], [], [method]) => {
            removed.is_words() && method.part.id != id && has_waited(first) && has_waited(second)
        }
        _ => false,
    })
}

fn check_signatures(
    entry: &Entry,
    signatures: &[Signature],
    key_of: impl Fn(&PartyId) -> Option<SigningPublic>,
) -> Result<(), LogFault> {
    let signed = entry.to_signed_part();
    for (id, signature) in entry.signers.iter().zip(signatures) {
        let key = key_of(id).ok_or(LogFault::UnknownSigner)?;
        if !key.verifies(&signed, signature) {
            return Err(LogFault::BadSignature);
        }
    }
    Ok(())
}

fn apply(state: &mut LogState, entry: &Entry, time_s: u64, added_by: Option<MethodId>) -> Result<(), LogFault> {
    let log_seq = entry.seq;
    match &entry.body {
        EntryBody::Genesis { .. } => return Err(LogFault::MisplacedGenesis),
        EntryBody::DeviceAdd { device, status } => {
            let confirmed = (*status == DeviceStatus::Confirmed).then_some(Confirmation { log_seq, time_s });
            let added = DeviceState { part: *device, added_seq: log_seq, added_by, confirmed, revoked: None };
            state.devices.insert(device.id, added);
        }
        EntryBody::DeviceConfirm { device } => {
            let device = state.devices.get_mut(device).ok_or(LogFault::WrongSubject)?;
            device.confirmed = Some(Confirmation { log_seq, time_s });
        }
        EntryBody::DeviceRevoke { device, reason, cut } => {
            let device = state.devices.get_mut(device).filter(|device| device.is_active());
            let revocation = Revocation { log_seq, reason: *reason, cut: *cut };
            device.ok_or(LogFault::WrongSubject)?.revoked = Some(revocation);
        }
        EntryBody::MethodAdd { method } => {
            let added = MethodState { part: method.clone(), added_seq: log_seq, removed: None };
            state.methods.insert(method.id, added);
        }
        EntryBody::MethodRemove { method, reason } => {
            let method = state.methods.get_mut(method).ok_or(LogFault::WrongSubject)?;
            method.removed = Some(Removal { log_seq, reason: *reason });
        }
        EntryBody::EpochAdvance { epoch, heads } => {
            check_heads(state, heads)?;
            check_epoch(state, epoch)?;
            let signer = entry.signers.first().map(|id| DeviceId(id.0)).ok_or(LogFault::WrongSigners)?;
            state.epochs.push(EpochState { log_seq, time_s, signer, part: epoch.clone() });
        }
        EntryBody::PolicySet { policy } => {
            check_policy(*policy, Some(state.policy))?;
            state.policy = *policy;
        }
        EntryBody::Checkpoint { heads } => check_heads(state, heads)?,
        EntryBody::SharePin { .. } => {}
    }
    Ok(())
}

fn check_heads(state: &LogState, heads: &[DeviceHead]) -> Result<(), LogFault> {
    let known = heads.iter().all(|head| state.devices.contains_key(&head.device));
    if known { Ok(()) } else { Err(LogFault::UnknownHead) }
}

fn check_epoch(state: &LogState, epoch: &EpochPart) -> Result<(), LogFault> {
    let before = state.epochs.last().map_or(0, |last| last.part.number);
    let recipients = set_of(state.recipients().into_keys());
    let named = epoch.copies.iter().map(|(recipient, _)| recipient);
    if before.checked_add(1) == Some(epoch.number) && named.eq(&recipients) {
        Ok(())
    } else {
        Err(LogFault::WrongEpoch)
    }
}

fn check_policy(policy: Policy, before: Option<Policy>) -> Result<(), LogFault> {
    let known = policy.least_methods >= MIN_METHODS
        && policy.suite == SUITE
        && policy.envelope_version == ENVELOPE_VERSION
        && (1..=MAX_EPOCH_DAYS).contains(&policy.epoch_days);
    let no_weaker = before.is_none_or(|before| {
        policy.least_methods >= before.least_methods
            && policy.suite >= before.suite
            && policy.envelope_version >= before.envelope_version
            && policy.epoch_days <= before.epoch_days
    });
    if known && no_weaker { Ok(()) } else { Err(LogFault::WeakPolicy) }
}

/// What holds after every entry.
fn check_limits(state: &LogState) -> Result<(), LogFault> {
    let n_methods = state.active_methods().count();
    let n_unconfirmed = state.active_devices().filter(|device| device.status() == DeviceStatus::Unconfirmed).count();
    if n_methods > MAX_METHODS
        || state.active_devices().count() > MAX_DEVICES
        || n_unconfirmed > MAX_UNCONFIRMED_DEVICES
    {
        return Err(LogFault::TooMany);
    }
    if n_methods < usize::from(state.policy.least_methods) || !state.active_methods().any(MethodState::is_words) {
        return Err(LogFault::TooFewMethods);
    }
    Ok(())
}
