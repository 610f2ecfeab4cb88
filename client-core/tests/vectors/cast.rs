//! Who signs in the vectors of an account, and a log that they write.

use std::collections::BTreeMap;

use client_core::keys::seeded::{ChosenBytes, SeededRng};
use client_core::keys::{DeviceKeys, EpochKey, FounderKey, MethodKeys, MethodSecret, PrfOutput, RecoveryWords};
use serde_json::{Value, json};
use shared_types::batch::ChainPin;
use shared_types::ids::{AccountId, Hash, PartyId, Signature};
use shared_types::log::{
    DeviceHead, DeviceStatus, Entry, EntryBody, EpochPart, LogHead, LogState, MethodKind, MethodPart, Policy,
    RemoveReason, RevokeReason,
};
use shared_types::public_key::KemPublic;

use crate::fields::hex;
use crate::generate::{bytes, vector};

const NOW_S: u64 = 1_800_000_000;

/// Whoever signs in these vectors.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Party {
    Founder,
    Laptop,
    Phone,
    Tablet,
    Passkey,
    Key,
    Words,
}

pub(crate) use Party::{Founder, Key, Laptop, Passkey, Phone, Tablet, Words};

pub(crate) struct Cast {
    pub(crate) founder: FounderKey,
    pub(crate) account_id: AccountId,
    pub(crate) laptop: DeviceKeys,
    pub(crate) phone: DeviceKeys,
    pub(crate) tablet: DeviceKeys,
    pub(crate) passkey: (MethodKeys, MethodPart),
    pub(crate) key: (MethodKeys, MethodPart),
    pub(crate) words: (MethodKeys, MethodPart),
}

impl Cast {
    pub(crate) fn new() -> Self {
        let founder = FounderKey::generate(&mut SeededRng::new(600));
        let account_id = founder.account_id();
        let device = |seed| DeviceKeys::generate(&mut SeededRng::new(seed));
        let prf = |seed, kind, credential_id: &[u8]| {
            let output = PrfOutput::parse(bytes(seed)).unwrap();
            let secret = MethodSecret::from_prf(&output, account_id, "sotto.example", credential_id);
            let keys = MethodKeys::derive(&secret, account_id);
            let part = keys.part(kind, credential_id);
            (keys, part)
        };
        let words = RecoveryWords::generate(&mut SeededRng::new(606));
        let words_keys = MethodKeys::derive(&MethodSecret::from_words(&words, account_id), account_id);
        let words_part = words_keys.part(MethodKind::Words, &words.lookup_id().0);
        Self {
            account_id,
            laptop: device(601),
            phone: device(602),
            tablet: device(603),
            passkey: prf(604, MethodKind::Passkey, &bytes::<32>(607)),
            key: prf(605, MethodKind::SecurityKey, &bytes::<16>(608)),
            words: (words_keys, words_part),
            founder,
        }
    }

    pub(crate) fn device(&self, party: Party) -> &DeviceKeys {
        match party {
            Laptop => &self.laptop,
            Phone => &self.phone,
            Tablet => &self.tablet,
            Founder | Passkey | Key | Words => panic!("no device"),
        }
    }

    pub(crate) fn method(&self, party: Party) -> &(MethodKeys, MethodPart) {
        match party {
            Passkey => &self.passkey,
            Key => &self.key,
            Words => &self.words,
            Founder | Laptop | Phone | Tablet => panic!("no method"),
        }
    }

    pub(crate) fn is_device(party: Party) -> bool {
        matches!(party, Laptop | Phone | Tablet)
    }

    pub(crate) fn id(&self, party: Party) -> PartyId {
        match party {
            Founder => self.account_id.into(),
            Laptop | Phone | Tablet => self.device(party).id().into(),
            Passkey | Key | Words => self.method(party).0.id().into(),
        }
    }

    pub(crate) fn kem(&self, party: Party) -> KemPublic {
        if Self::is_device(party) { self.device(party).part().kem } else { self.method(party).1.kem }
    }

    pub(crate) fn sign(&self, party: Party, entry: &Entry) -> Signature {
        match party {
            Founder => self.founder.sign_genesis(entry),
            Laptop | Phone | Tablet => self.device(party).sign_entry(entry),
            Passkey | Key | Words => self.method(party).0.sign_entry(entry),
        }
    }

    pub(crate) fn epoch(&self, number: u32, recipients: &[Party]) -> EpochPart {
        let key = EpochKey::generate(&mut ChosenBytes::new(&bytes::<32>(700 + u64::from(number))));
        let mut rng = SeededRng::new(800 + u64::from(number));
        let parties: BTreeMap<PartyId, KemPublic> =
            recipients.iter().map(|party| (self.id(*party), self.kem(*party))).collect();
        let copies = parties
            .iter()
            .map(|(id, public)| (*id, Hash::of(&[&key.seal_to(*id, public, self.account_id, number, &mut rng)])))
            .collect();
        EpochPart { number, commitment: key.commitment(), copies }
    }

    pub(crate) fn genesis(&self, methods: &[Party]) -> EntryBody {
        let mut parts: Vec<MethodPart> = methods.iter().map(|party| self.method(*party).1.clone()).collect();
        parts.sort_by_key(|part| part.id);
        EntryBody::Genesis {
            founder: self.founder.public(),
            policy: Policy::default(),
            device: self.laptop.part(),
            methods: parts,
            epoch: self.epoch(1, &[&[Laptop], methods].concat()),
        }
    }

    pub(crate) fn draft(&self) -> Draft<'_> {
        Draft { cast: self, entries: Vec::new(), head: None, time_s: NOW_S }
    }

    /// Genesis with passkey and words.
    pub(crate) fn founded(&self) -> Draft<'_> {
        self.draft().with(self.genesis(&[Passkey, Words]), &[Founder, Laptop, Passkey, Words])
    }

    pub(crate) fn add(&self, device: Party, status: DeviceStatus) -> EntryBody {
        EntryBody::DeviceAdd { device: self.device(device).part(), status }
    }

    pub(crate) fn revoke(&self, device: Party, reason: RevokeReason, cut: Option<ChainPin>) -> EntryBody {
        EntryBody::DeviceRevoke { device: self.device(device).id(), reason, cut }
    }

    pub(crate) fn confirm(&self, device: Party) -> EntryBody {
        EntryBody::DeviceConfirm { device: self.device(device).id() }
    }

    pub(crate) fn add_method(&self, method: Party) -> EntryBody {
        EntryBody::MethodAdd { method: self.method(method).1.clone() }
    }

    pub(crate) fn remove(&self, method: Party) -> EntryBody {
        EntryBody::MethodRemove { method: self.method(method).0.id(), reason: RemoveReason::Lost }
    }

    pub(crate) fn advance(&self, number: u32, recipients: &[Party]) -> EntryBody {
        EntryBody::EpochAdvance { epoch: self.epoch(number, recipients), heads: Vec::new() }
    }

    pub(crate) fn head(&self, device: Party, seq: u64) -> DeviceHead {
        DeviceHead { device: self.device(device).id(), seq, hash: Hash(bytes(900 + seq)) }
    }
}

/// A log being written.
#[derive(Clone)]
pub(crate) struct Draft<'a> {
    pub(crate) cast: &'a Cast,
    pub(crate) entries: Vec<Vec<u8>>,
    pub(crate) head: Option<LogHead>,
    pub(crate) time_s: u64,
}

impl Draft<'_> {
    pub(crate) fn entry(&self, body: EntryBody, parties: &[Party]) -> Entry {
        Entry {
            account_id: self.cast.account_id,
            seq: self.head.map_or(0, |head| head.seq + 1),
            previous: self.head.map_or(Hash::ZERO, |head| head.hash),
            time_s: self.time_s,
            body,
            signers: parties.iter().map(|party| self.cast.id(*party)).collect(),
        }
    }

    pub(crate) fn ascending(&self, parties: &[Party]) -> Vec<Party> {
        let mut parties = parties.to_vec();
        parties.sort_by_key(|party| self.cast.id(*party));
        parties
    }

    /// Appends an entry that its parties sign in the right order.
    pub(crate) fn with(self, body: EntryBody, parties: &[Party]) -> Self {
        let parties = self.ascending(parties);
        let entry = self.entry(body, &parties);
        self.with_entry(&entry, &parties)
    }

    /// Appends an entry as it is, signed by these parties in this order.
    pub(crate) fn with_entry(mut self, entry: &Entry, parties: &[Party]) -> Self {
        let signatures: Vec<Signature> = parties.iter().map(|party| self.cast.sign(*party, entry)).collect();
        self.head = Some(LogHead { seq: entry.seq, hash: entry.hash() });
        self.entries.push(entry.with_signatures(&signatures));
        self
    }

    pub(crate) fn later(mut self, seconds: u64) -> Self {
        self.time_s += seconds;
        self
    }

    pub(crate) fn state(&self) -> LogState {
        LogState::verify(self.cast.account_id, self.entries.iter().map(Vec::as_slice)).unwrap()
    }

    pub(crate) fn entries_json(&self) -> Value {
        self.entries.iter().map(|entry| json!(hex(entry))).collect()
    }

    pub(crate) fn good(&self, name: &str) -> Value {
        let log = self.state();
        let ids = |list: Vec<[u8; 16]>| list.iter().map(|id| json!(hex(id))).collect::<Value>();
        let devices = |status| {
            let active = log.active_devices().filter(|device| device.status() == status);
            ids(active.map(|device| device.part.id.0).collect())
        };
        let mut made = vector(
            "log",
            name,
            &[
                ("account_id", &self.cast.account_id.0),
                ("head_seq", &log.head().seq.to_be_bytes()),
                ("head_hash", &log.head().hash.0),
                ("epoch", &log.epoch().part.number.to_be_bytes()),
            ],
        );
        made["entries"] = self.entries_json();
        made["confirmed_devices"] = devices(DeviceStatus::Confirmed);
        made["unconfirmed_devices"] = devices(DeviceStatus::Unconfirmed);
        made["methods"] = ids(log.active_methods().map(|method| method.part.id.0).collect());
        made
    }

    pub(crate) fn bad(&self, name: &str) -> Value {
        let mut made = vector("log", name, &[("account_id", &self.cast.account_id.0)]);
        made["entries"] = self.entries_json();
        made["expect"] = json!("refused");
        made
    }
}
