//! Keys with names, and a ledger that writes account logs with them.

use curve25519_dalek::MontgomeryPoint;
use ed25519_dalek::{Signer, SigningKey};
use shared_types::bytes::ParseError;
use shared_types::ids::{AccountId, DeviceId, Hash, MethodId, PartyId, Signature};
use shared_types::log::{
    DeviceHead, DevicePart, DeviceStatus, Entry, EntryBody, EpochPart, LogError, LogFault, LogState, MethodKind,
    MethodPart, Policy, RemoveReason, RevokeReason,
};
use shared_types::public_key::{KemPublic, SigningPublic};

pub(crate) const START_S: u64 = 1_700_000_000;
pub(crate) const DAY_S: u64 = 24 * 60 * 60;

/// Somebody who signs.
#[derive(Clone)]
pub(crate) struct Actor {
    pub(crate) id: PartyId,
    pub(crate) key: SigningKey,
}

impl Actor {
    pub(crate) fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.key.sign(message).to_bytes())
    }

    pub(crate) fn public(&self) -> SigningPublic {
        SigningPublic::parse(&self.key.verifying_key().to_bytes()).unwrap()
    }
}

#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) actor: Actor,
    pub(crate) part: DevicePart,
}

#[derive(Clone)]
pub(crate) struct Method {
    pub(crate) actor: Actor,
    pub(crate) part: MethodPart,
}

fn keys(family: u8, number: u8) -> (SigningKey, SigningPublic, KemPublic) {
    let mut seed = [family; 32];
    seed[0] = number;
    let key = SigningKey::from_bytes(&seed);
    let signing = SigningPublic::parse(&key.verifying_key().to_bytes()).unwrap();
    seed[1] = 1;
    let kem = KemPublic::parse(&MontgomeryPoint::mul_base_clamped(seed).to_bytes()).unwrap();
    (key, signing, kem)
}

pub(crate) fn founder(number: u8) -> Actor {
    let (key, signing, _) = keys(1, number);
    Actor { id: AccountId::of_founder(&signing).into(), key }
}

pub(crate) fn device(number: u8) -> Device {
    let (key, signing, kem) = keys(2, number);
    let part = DevicePart::new(signing, kem);
    Device { actor: Actor { id: part.id.into(), key }, part }
}

pub(crate) fn method(number: u8, kind: MethodKind) -> Method {
    let (key, signing, kem) = keys(3, number);
    let credential_id = match kind {
        MethodKind::Passkey | MethodKind::SecurityKey => vec![number; 20],
        MethodKind::Password => Vec::new(),
        MethodKind::Words => vec![number; 16],
    };
    let part = MethodPart::new(kind, signing, kem, credential_id);
    Method { actor: Actor { id: part.id.into(), key }, part }
}

/// Signs an entry by these parties and names them, ascending.
pub(crate) fn sign(mut entry: Entry, signers: &[&Actor]) -> Vec<u8> {
    let mut signers = signers.to_vec();
    signers.sort_by_key(|actor| actor.id);
    entry.signers = signers.iter().map(|actor| actor.id).collect();
    sign_as_named(&entry, &signers)
}

/// Signs an entry by these parties in this order, whomever it names.
pub(crate) fn sign_as_named(entry: &Entry, signers: &[&Actor]) -> Vec<u8> {
    let signed = entry.to_signed_part();
    let signatures: Vec<Signature> = signers.iter().map(|actor| actor.sign(&signed)).collect();
    entry.with_signatures(&signatures)
}

pub(crate) fn epoch_for(number: u32, recipients: impl IntoIterator<Item = PartyId>) -> EpochPart {
    let mut recipients: Vec<PartyId> = recipients.into_iter().collect();
    recipients.sort();
    let copy = |id: PartyId| (id, Hash::of(&[&number.to_be_bytes(), &id.0]));
    EpochPart {
        number,
        commitment: Hash::of(&[b"commitment", &number.to_be_bytes()]),
        copies: recipients.into_iter().map(copy).collect(),
    }
}

pub(crate) fn head(device: &Device, seq: u64) -> DeviceHead {
    DeviceHead { device: device.part.id, seq, hash: Hash::of(&[&device.part.id.0, &seq.to_be_bytes()]) }
}

/// An account log that grows by good entries and tells why others are refused.
#[derive(Clone)]
pub(crate) struct Ledger {
    pub(crate) founder: Actor,
    pub(crate) account_id: AccountId,
    pub(crate) laptop: Device,
    pub(crate) passkey: Method,
    pub(crate) words: Method,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) state: LogState,
}

impl Ledger {
    /// An account with one confirmed device, a passkey and the words.
    pub(crate) fn new() -> Self {
        let founder = founder(1);
        let account_id = AccountId::of_founder(&founder.public());
        let (laptop, passkey, words) = (device(1), method(1, MethodKind::Passkey), method(2, MethodKind::Words));
        let genesis = genesis(&founder, &laptop, &[&passkey, &words]);
        let bytes = sign(genesis, &[&founder, &laptop.actor, &passkey.actor, &words.actor]);
        let state = LogState::verify(account_id, [bytes.as_slice()]).unwrap();
        Self { founder, account_id, laptop, passkey, words, entries: vec![bytes], state }
    }

    pub(crate) fn entry(&self, body: EntryBody) -> Entry {
        let head = self.state.head();
        let (seq, previous) = (head.seq + 1, head.hash);
        Entry { account_id: self.account_id, seq, previous, time_s: self.state.time_s() + 60, body, signers: vec![] }
    }

    pub(crate) fn next(&self, body: EntryBody, signers: &[&Actor]) -> Vec<u8> {
        sign(self.entry(body), signers)
    }

    pub(crate) fn try_take(&self, entry: &[u8]) -> Result<LogState, LogError> {
        self.state.append(entry)
    }

    /// Why an entry of this body by these signers is refused.
    pub(crate) fn fault(&self, body: EntryBody, signers: &[&Actor]) -> Option<LogFault> {
        let entry = self.next(body, signers);
        match self.try_take(&entry) {
            Ok(_) => None,
            Err(error) => {
                assert_eq!(error.seq, self.state.head().seq + 1);
                Some(error.fault)
            }
        }
    }

    pub(crate) fn add(&mut self, body: EntryBody, signers: &[&Actor]) {
        let entry = self.next(body, signers);
        self.add_all(vec![entry]);
    }

    pub(crate) fn add_all(&mut self, entries: Vec<Vec<u8>>) {
        self.state = self.state.append_all(entries.iter().map(Vec::as_slice)).unwrap();
        self.entries.extend(entries);
    }

    /// A good entry of this body and the epoch advance that it needs, signed by the laptop.
    pub(crate) fn rotated(&self, body: EntryBody, signers: &[&Actor]) -> Vec<Vec<u8>> {
        let first = self.entry(body);
        let mut recipients: Vec<PartyId> = self.state.recipients().into_keys().collect();
        if let EntryBody::DeviceRevoke { device, .. } = &first.body {
            recipients.retain(|id| *id != PartyId::from(*device));
        } else if let EntryBody::MethodRemove { method, .. } = &first.body {
            recipients.retain(|id| *id != PartyId::from(*method));
        } else if let EntryBody::MethodAdd { method } = &first.body {
            recipients.push(method.id.into());
        }
        let epoch = epoch_for(self.state.epoch().part.number + 1, recipients);
        let mut second = Entry { body: EntryBody::EpochAdvance { epoch, heads: vec![] }, ..first.clone() };
        let first = sign(first, signers);
        let hash = Entry::parse(&first).unwrap().0.hash();
        second.seq += 1;
        second.previous = hash;
        vec![first, sign(second, &[&self.laptop.actor])]
    }

    pub(crate) fn add_rotated(&mut self, body: EntryBody, signers: &[&Actor]) {
        let entries = self.rotated(body, signers);
        self.add_all(entries);
    }

    /// Why an entry that needs a rotation, and has one, is refused.
    pub(crate) fn fault_rotated(&self, body: EntryBody, signers: &[&Actor]) -> Option<LogFault> {
        let entries = self.rotated(body, signers);
        self.state.append_all(entries.iter().map(Vec::as_slice)).err().map(|error| error.fault)
    }

    pub(crate) fn all(&self) -> Vec<&[u8]> {
        self.entries.iter().map(Vec::as_slice).collect()
    }

    /// The next epoch for everyone who is active.
    pub(crate) fn next_epoch(&self) -> EpochPart {
        epoch_for(self.state.epoch().part.number + 1, self.state.recipients().into_keys())
    }

    /// Lets a device in by the passkey; it stays unconfirmed.
    pub(crate) fn add_unconfirmed(&mut self, number: u8) -> Device {
        let device = device(number);
        let passkey = self.passkey.actor.clone();
        self.add(device_add(&device, DeviceStatus::Unconfirmed), &[&device.actor, &passkey]);
        device
    }

    /// Lets a device in by the laptop; it is confirmed.
    pub(crate) fn add_confirmed(&mut self, number: u8) -> Device {
        let device = device(number);
        let laptop = self.laptop.actor.clone();
        self.add(device_add(&device, DeviceStatus::Confirmed), &[&device.actor, &laptop]);
        device
    }

    /// Adds a method by the laptop and the passkey.
    pub(crate) fn add_method(&mut self, number: u8, kind: MethodKind) -> Method {
        let method = method(number, kind);
        let (laptop, passkey) = (self.laptop.actor.clone(), self.passkey.actor.clone());
        self.add_rotated(EntryBody::MethodAdd { method: method.part.clone() }, &[&method.actor, &laptop, &passkey]);
        method
    }
}

pub(crate) fn genesis(founder: &Actor, device: &Device, methods: &[&Method]) -> Entry {
    let mut parts: Vec<MethodPart> = methods.iter().map(|method| method.part.clone()).collect();
    parts.sort_by_key(|part| part.id);
    let recipients = parts.iter().map(|part| part.id.into()).chain([device.part.id.into()]);
    let epoch = epoch_for(1, recipients);
    let body = EntryBody::Genesis {
        founder: founder.public(),
        policy: Policy::default(),
        device: device.part,
        methods: parts,
        epoch,
    };
    Entry {
        account_id: AccountId::of_founder(&founder.public()),
        seq: 0,
        previous: Hash::ZERO,
        time_s: START_S,
        body,
        signers: vec![],
    }
}

pub(crate) fn device_add(device: &Device, status: DeviceStatus) -> EntryBody {
    EntryBody::DeviceAdd { device: device.part, status }
}

pub(crate) fn confirm(device: &Device) -> EntryBody {
    EntryBody::DeviceConfirm { device: device.part.id }
}

pub(crate) fn revoke(device: &Device, reason: RevokeReason) -> EntryBody {
    EntryBody::DeviceRevoke { device: device.part.id, reason, cut: None }
}

pub(crate) fn remove(method: &Method) -> EntryBody {
    EntryBody::MethodRemove { method: method.part.id, reason: RemoveReason::Unused }
}

pub(crate) fn method_id(method: &Method) -> MethodId {
    method.part.id
}

pub(crate) fn device_id(device: &Device) -> DeviceId {
    device.part.id
}

pub(crate) const TRUNCATED: LogFault = LogFault::Malformed(ParseError::Truncated);
