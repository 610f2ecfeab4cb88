//! Makes the vectors of the account log, of batches, of statements and of state codes.

use std::collections::BTreeMap;

use client_core::account::{sign_sign_in, state_code};
use client_core::envelope::{Context, Place, raw};
use client_core::keys::seeded::{ChosenBytes, SeededRng};
use client_core::keys::{DeviceKeys, EpochKey, FounderKey, MethodKeys, MethodSecret, PrfOutput, RecoveryWords};
use serde_json::{Value, json};
use shared_types::batch::{Batch, ChainPin, Leaf};
use shared_types::ids::{AccountId, DeviceId, Hash, Nonce, PartyId, Signature, StreamTag};
use shared_types::log::{
    DeviceHead, DeviceStatus, Entry, EntryBody, EpochPart, LogHead, LogState, MethodKind, MethodPart, Policy,
    RemoveReason, RevokeReason,
};
use shared_types::public_key::KemPublic;
use shared_types::statement::{SignInStatement, SignUpStatement};

use crate::fields::hex;
use crate::generate::{bytes, refused, vector};

const NOW_S: u64 = 1_800_000_000;
const DAY_S: u64 = 86_400;

pub(crate) fn files() -> Vec<(&'static str, Vec<Value>)> {
    let cast = Cast::new();
    vec![
        ("log", logs(&cast)),
        ("batches", batches(&cast)),
        ("sign_up", sign_ups(&cast)),
        ("sign_in", sign_ins(&cast)),
        ("state_code", state_codes()),
    ]
}

/// Whoever signs in these vectors.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Party {
    Founder,
    Laptop,
    Phone,
    Tablet,
    Passkey,
    Key,
    Words,
}

use Party::{Founder, Key, Laptop, Passkey, Phone, Tablet, Words};

struct Cast {
    founder: FounderKey,
    account_id: AccountId,
    laptop: DeviceKeys,
    phone: DeviceKeys,
    tablet: DeviceKeys,
    passkey: (MethodKeys, MethodPart),
    key: (MethodKeys, MethodPart),
    words: (MethodKeys, MethodPart),
}

impl Cast {
    fn new() -> Self {
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

    fn device(&self, party: Party) -> &DeviceKeys {
        match party {
            Laptop => &self.laptop,
            Phone => &self.phone,
            Tablet => &self.tablet,
            Founder | Passkey | Key | Words => panic!("no device"),
        }
    }

    fn method(&self, party: Party) -> &(MethodKeys, MethodPart) {
        match party {
            Passkey => &self.passkey,
            Key => &self.key,
            Words => &self.words,
            Founder | Laptop | Phone | Tablet => panic!("no method"),
        }
    }

    fn is_device(party: Party) -> bool {
        matches!(party, Laptop | Phone | Tablet)
    }

    fn id(&self, party: Party) -> PartyId {
        match party {
            Founder => self.account_id.into(),
            party if Self::is_device(party) => self.device(party).id().into(),
            party => self.method(party).0.id().into(),
        }
    }

    fn kem(&self, party: Party) -> KemPublic {
        if Self::is_device(party) { self.device(party).part().kem } else { self.method(party).1.kem }
    }

    fn sign(&self, party: Party, entry: &Entry) -> Signature {
        match party {
            Founder => self.founder.sign_genesis(entry),
            party if Self::is_device(party) => self.device(party).sign_entry(entry),
            party => self.method(party).0.sign_entry(entry),
        }
    }

    fn epoch(&self, number: u32, recipients: &[Party]) -> EpochPart {
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

    fn genesis(&self, methods: &[Party]) -> EntryBody {
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

    fn draft(&self) -> Draft<'_> {
        Draft { cast: self, entries: Vec::new(), head: None, time_s: NOW_S }
    }

    /// Genesis with passkey and words.
    fn founded(&self) -> Draft<'_> {
        self.draft().with(self.genesis(&[Passkey, Words]), &[Founder, Laptop, Passkey, Words])
    }

    fn add(&self, device: Party, status: DeviceStatus) -> EntryBody {
        EntryBody::DeviceAdd { device: self.device(device).part(), status }
    }

    fn revoke(&self, device: Party, reason: RevokeReason, cut: Option<ChainPin>) -> EntryBody {
        EntryBody::DeviceRevoke { device: self.device(device).id(), reason, cut }
    }

    fn confirm(&self, device: Party) -> EntryBody {
        EntryBody::DeviceConfirm { device: self.device(device).id() }
    }

    fn add_method(&self, method: Party) -> EntryBody {
        EntryBody::MethodAdd { method: self.method(method).1.clone() }
    }

    fn remove(&self, method: Party) -> EntryBody {
        EntryBody::MethodRemove { method: self.method(method).0.id(), reason: RemoveReason::Lost }
    }

    fn advance(&self, number: u32, recipients: &[Party]) -> EntryBody {
        EntryBody::EpochAdvance { epoch: self.epoch(number, recipients), heads: Vec::new() }
    }

    fn head(&self, device: Party, seq: u64) -> DeviceHead {
        DeviceHead { device: self.device(device).id(), seq, hash: Hash(bytes(900 + seq)) }
    }
}

/// A log being written.
#[derive(Clone)]
struct Draft<'a> {
    cast: &'a Cast,
    entries: Vec<Vec<u8>>,
    head: Option<LogHead>,
    time_s: u64,
}

impl Draft<'_> {
    fn entry(&self, body: EntryBody, parties: &[Party]) -> Entry {
        Entry {
            account_id: self.cast.account_id,
            seq: self.head.map_or(0, |head| head.seq + 1),
            previous: self.head.map_or(Hash::ZERO, |head| head.hash),
            time_s: self.time_s,
            body,
            signers: parties.iter().map(|party| self.cast.id(*party)).collect(),
        }
    }

    fn ascending(&self, parties: &[Party]) -> Vec<Party> {
        let mut parties = parties.to_vec();
        parties.sort_by_key(|party| self.cast.id(*party));
        parties
    }

    /// Appends an entry that its parties sign in the right order.
    fn with(self, body: EntryBody, parties: &[Party]) -> Self {
        let parties = self.ascending(parties);
        let entry = self.entry(body, &parties);
        self.with_entry(entry, &parties)
    }

    /// Appends an entry as it is, signed by these parties in this order.
    fn with_entry(mut self, entry: Entry, parties: &[Party]) -> Self {
        let signatures: Vec<Signature> = parties.iter().map(|party| self.cast.sign(*party, &entry)).collect();
        self.head = Some(LogHead { seq: entry.seq, hash: entry.hash() });
        self.entries.push(entry.with_signatures(&signatures));
        self
    }

    fn later(mut self, seconds: u64) -> Self {
        self.time_s += seconds;
        self
    }

    fn state(&self) -> LogState {
        LogState::verify(self.cast.account_id, self.entries.iter().map(Vec::as_slice)).unwrap()
    }

    fn entries_json(&self) -> Value {
        self.entries.iter().map(|entry| json!(hex(entry))).collect()
    }

    fn good(&self, name: &str) -> Value {
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

    fn bad(&self, name: &str) -> Value {
        let mut made = vector("log", name, &[("account_id", &self.cast.account_id.0)]);
        made["entries"] = self.entries_json();
        made["expect"] = json!("refused");
        made
    }
}

/// A log in which every kind of entry stands.
fn whole_life(cast: &Cast) -> Draft<'_> {
    let cut = Some(ChainPin { seq: 7, hash: Hash(bytes(910)) });
    let mut heads = vec![cast.head(Laptop, 3), cast.head(Phone, 4)];
    heads.sort();
    let share = LogHead { seq: 2, hash: Hash(bytes(911)) };
    cast.founded()
        .later(60)
        .with(cast.add(Phone, DeviceStatus::Unconfirmed), &[Phone, Passkey])
        .with(cast.confirm(Phone), &[Laptop])
        .with(cast.advance(2, &[Laptop, Phone, Passkey, Words]), &[Phone])
        .with(cast.add_method(Key), &[Key, Laptop, Passkey])
        .with(cast.advance(3, &[Laptop, Phone, Passkey, Key, Words]), &[Laptop])
        .with(EntryBody::Checkpoint { heads }, &[Phone])
        .with(EntryBody::PolicySet { policy: Policy { epoch_days: 7, ..Policy::default() } }, &[Laptop, Passkey])
        .with(EntryBody::SharePin { account: AccountId(bytes(912)), head: share }, &[Laptop, Passkey])
        .later(DAY_S)
        .with(cast.add(Tablet, DeviceStatus::Confirmed), &[Tablet, Words])
        .with(cast.revoke(Phone, RevokeReason::SignedOut, cut), &[Phone])
        .with(cast.advance(4, &[Laptop, Tablet, Passkey, Key, Words]), &[Laptop])
        .with(cast.remove(Passkey), &[Laptop, Key])
        .with(cast.revoke(Tablet, RevokeReason::Compromised, None), &[Laptop, Key])
        .with(cast.advance(5, &[Laptop, Key, Words]), &[Laptop])
}

fn logs(cast: &Cast) -> Vec<Value> {
    let three = || {
        let signers = [Founder, Laptop, Passkey, Key, Words];
        cast.draft().with(cast.genesis(&[Passkey, Key, Words]), &signers)
    };
    let joined = || three().with(cast.add(Phone, DeviceStatus::Unconfirmed), &[Phone, Passkey]);
    let mut all = vec![
        cast.founded().good("a genesis"),
        whole_life(cast).good("every kind of entry"),
        joined().good("an unconfirmed device"),
        joined().with(cast.confirm(Phone), &[Key, Words]).good("a device confirmed by two other methods"),
        joined().with(cast.confirm(Phone), &[Words]).good("a device confirmed by the words"),
        joined()
            .with(cast.revoke(Laptop, RevokeReason::SignedOut, None), &[Laptop])
            .with(cast.advance(2, &[Phone, Passkey, Key, Words]), &[Phone])
            .good("an unconfirmed device rotates where no confirmed one is left"),
        words_replaced(cast, 14 * DAY_S).good("the words removed by two devices after 14 days"),
        cast.founded()
            .later(60)
            .with(cast.add(Phone, DeviceStatus::Confirmed), &[Phone, Laptop])
            .good("a device let in by another"),
    ];
    all.push(words_replaced(cast, 14 * DAY_S - 1).bad("the words removed by two devices a second before 14 days"));
    all.extend(bent_bytes(&whole_life(cast)));
    all.extend(bad_genesis(cast));
    all.extend(bad_places(cast));
    all.extend(bad_devices(cast, &three(), &joined()));
    all.extend(bad_methods(cast, &three()));
    all.extend(bad_epochs(cast, &joined()));
    all.extend(bad_rest(cast, &three()));
    all
}

/// Passkey and words; new words come, the old ones go by two devices.
fn words_replaced(cast: &Cast, wait_s: u64) -> Draft<'_> {
    let draft = cast.founded().with(cast.add(Tablet, DeviceStatus::Confirmed), &[Tablet, Laptop]);
    let words = RecoveryWords::generate(&mut SeededRng::new(609));
    let keys = MethodKeys::derive(&MethodSecret::from_words(&words, cast.account_id), cast.account_id);
    let part = keys.part(MethodKind::Words, &words.lookup_id().0);
    let others = [cast.id(Laptop), cast.id(Passkey)];
    let mut signers = [others[0], others[1], keys.id().into()];
    signers.sort();
    let kem = part.kem;
    let entry = Entry { signers: signers.to_vec(), ..draft.entry(EntryBody::MethodAdd { method: part }, &[]) };
    let sign = |id: &PartyId| match *id {
        id if id == others[0] => cast.sign(Laptop, &entry),
        id if id == others[1] => cast.sign(Passkey, &entry),
        _ => keys.sign_entry(&entry),
    };
    let signatures: Vec<Signature> = signers.iter().map(sign).collect();
    let mut draft = draft.clone();
    draft.head = Some(LogHead { seq: entry.seq, hash: entry.hash() });
    draft.entries.push(entry.with_signatures(&signatures));

    let with_new = |mut epoch: EpochPart| {
        let key = EpochKey::generate(&mut ChosenBytes::new(&bytes::<32>(700 + u64::from(epoch.number))));
        let id = PartyId::from(keys.id());
        let sealed = key.seal_to(id, &kem, cast.account_id, epoch.number, &mut SeededRng::new(950));
        epoch.copies.push((id, Hash::of(&[&sealed])));
        epoch.copies.sort();
        EntryBody::EpochAdvance { epoch, heads: Vec::new() }
    };
    let second = with_new(cast.epoch(2, &[Laptop, Tablet, Passkey, Words]));
    let third = with_new(cast.epoch(3, &[Laptop, Tablet, Passkey]));
    draft
        .with(second, &[Laptop])
        .later(wait_s)
        .with(cast.remove(Words), &[Laptop, Tablet, Passkey])
        .with(third, &[Laptop])
}

/// Single bits changed in the bytes of a good log; the chain after them is as it was.
fn bent_bytes(good: &Draft<'_>) -> Vec<Value> {
    let fields: [(&str, usize); 12] = [
        ("magic", 0),
        ("version", 4),
        ("account id", 5),
        ("seq", 24),
        ("previous hash", 25),
        ("kind", 57),
        ("time", 65),
        ("body length", 69),
        ("first byte of the body", 70),
        ("signature count", usize::MAX),
        ("last signature", usize::MAX - 1),
        ("first signature", usize::MAX - 2),
    ];
    let mut all = Vec::new();
    for (place, what) in [(0, "genesis"), (1, "second entry"), (14, "last entry")] {
        for (field, offset) in fields {
            let mut draft = good.clone();
            let (entry, signatures) = Entry::parse(&draft.entries[place]).unwrap();
            let signed = entry.to_signed_part().len();
            let n_signers = entry.signers.len();
            let offset = match offset {
                usize::MAX => signed - 16 * n_signers - 1,
                offset if offset == usize::MAX - 1 => signed + 64 * signatures.len() - 1,
                offset if offset == usize::MAX - 2 => signed,
                offset => offset,
            };
            draft.entries[place][offset] ^= 1;
            all.push(draft.bad(&format!("{field} of the {what}")));
        }
        let mut draft = good.clone();
        draft.entries[place].push(0);
        all.push(draft.bad(&format!("a byte after the {what}")));
        let mut draft = good.clone();
        draft.entries[place].pop();
        all.push(draft.bad(&format!("the {what} cut by a byte")));
    }
    let mut draft = good.clone();
    draft.entries.remove(7);
    all.push(draft.bad("an entry left out"));
    let mut draft = good.clone();
    draft.entries.swap(7, 8);
    all.push(draft.bad("two entries swapped"));
    let mut draft = good.clone();
    draft.entries.truncate(5);
    all.push(draft.bad("a method without its rotation at the end"));
    let mut draft = good.clone();
    draft.entries.clear();
    all.push(draft.bad("no entry at all"));
    all
}

fn bad_genesis(cast: &Cast) -> Vec<Value> {
    let signers = [Founder, Laptop, Passkey, Words];
    let with = |name: &str, change: &dyn Fn(&mut EntryBody), signers: &[Party]| {
        let mut body = cast.genesis(&[Passkey, Words]);
        change(&mut body);
        cast.draft().with(body, signers).bad(name)
    };
    let policy = |change: Policy| {
        move |body: &mut EntryBody| {
            if let EntryBody::Genesis { policy, .. } = body {
                *policy = change;
            }
        }
    };
    let epoch = |change: EpochPart| {
        move |body: &mut EntryBody| {
            if let EntryBody::Genesis { epoch, .. } = body {
                *epoch = change.clone();
            }
        }
    };
    let mut reversed = cast.epoch(1, &[Laptop, Passkey, Words]);
    reversed.copies.reverse();
    let stranger = FounderKey::generate(&mut SeededRng::new(660)).public();
    let two_prf = cast.draft().with(cast.genesis(&[Passkey, Key]), &[Founder, Laptop, Passkey, Key]);
    let only_words = cast.draft().with(cast.genesis(&[Words]), &[Founder, Laptop, Words]);
    let nothing = |_: &mut EntryBody| {};
    vec![
        two_prf.bad("a genesis without words"),
        only_words.bad("a genesis with one method"),
        with("a genesis that the founder does not sign", &nothing, &[Laptop, Passkey, Words]),
        with("a genesis that the device does not sign", &nothing, &[Founder, Passkey, Words]),
        with("a genesis that a method does not sign", &nothing, &[Founder, Laptop, Words]),
        with("a genesis with a signer too many", &nothing, &[Founder, Laptop, Passkey, Words, Key]),
        with("a policy of one method", &policy(Policy { least_methods: 1, ..Policy::default() }), &signers),
        with("a policy of another suite", &policy(Policy { suite: 2, ..Policy::default() }), &signers),
        with(
            "a policy of another envelope version",
            &policy(Policy { envelope_version: 2, ..Policy::default() }),
            &signers,
        ),
        with("a policy of 15 days", &policy(Policy { epoch_days: 15, ..Policy::default() }), &signers),
        with("a policy of no days", &policy(Policy { epoch_days: 0, ..Policy::default() }), &signers),
        with("a first epoch 2", &epoch(cast.epoch(2, &[Laptop, Passkey, Words])), &signers),
        with("a first epoch 0", &epoch(cast.epoch(0, &[Laptop, Passkey, Words])), &signers),
        with("a first epoch without a copy for the words", &epoch(cast.epoch(1, &[Laptop, Passkey])), &signers),
        with("a first epoch with a copy for a stranger", &epoch(cast.epoch(1, &[Laptop, Phone, Passkey, Words])), &signers),
        with("copies in descending order", &epoch(reversed), &signers),
        with(
            "a founder that the account id does not certify",
            &move |body| {
                if let EntryBody::Genesis { founder, .. } = body {
                    *founder = stranger;
                }
            },
            &signers,
        ),
        with(
            "methods in descending order",
            &|body| {
                if let EntryBody::Genesis { methods, .. } = body {
                    methods.reverse();
                }
            },
            &signers,
        ),
    ]
}

fn bad_places(cast: &Cast) -> Vec<Value> {
    let founded = cast.founded().later(60);
    let parties = founded.ascending(&[Phone, Passkey]);
    let descending: Vec<Party> = parties.iter().rev().copied().collect();
    let body = || cast.add(Phone, DeviceStatus::Unconfirmed);
    let bad = |name: &str, change: &dyn Fn(&mut Entry)| {
        let mut entry = founded.entry(body(), &parties);
        change(&mut entry);
        founded.clone().with_entry(entry, &parties).bad(name)
    };
    let unsorted = founded.clone().with_entry(founded.entry(body(), &descending), &descending);
    let doubled = [Phone, Phone];
    let twice = founded.clone().with_entry(founded.entry(body(), &doubled), &doubled);
    let genesis = cast.genesis(&[Passkey, Words]);
    vec![
        bad("a seq that leaves one out", &|entry| entry.seq += 1),
        bad("a seq that stands twice", &|entry| entry.seq = 0),
        bad("a wrong previous hash", &|entry| entry.previous.0[0] ^= 1),
        bad("a zero previous hash", &|entry| entry.previous = Hash::ZERO),
        bad("an entry of another account", &|entry| entry.account_id.0[0] ^= 1),
        unsorted.bad("signers in descending order"),
        twice.bad("a signer that stands twice"),
        founded.clone().with(genesis, &[Founder, Laptop, Passkey, Words]).bad("a second genesis"),
        cast.draft().with(body(), &[Phone, Passkey]).bad("a log that begins without genesis"),
    ]
}

fn bad_devices(cast: &Cast, three: &Draft<'_>, joined: &Draft<'_>) -> Vec<Value> {
    use DeviceStatus::{Confirmed, Unconfirmed};
    let bad =
        |name: &str, draft: &Draft<'_>, body: EntryBody, parties: &[Party]| draft.clone().with(body, parties).bad(name);
    let revoked = |reason| cast.revoke(Phone, reason, None);
    let rotated = |body: EntryBody, parties: &[Party], name: &str| {
        let left = cast.advance(2, &[Laptop, Passkey, Key, Words]);
        joined.clone().with(body, parties).with(left, &[Laptop]).bad(name)
    };
    let zero_cut = Some(ChainPin { seq: 1, hash: Hash::ZERO });
    vec![
        bad("an unconfirmed device let in by words", three, cast.add(Phone, Unconfirmed), &[Phone, Words]),
        bad("an unconfirmed device let in by a device", three, cast.add(Phone, Unconfirmed), &[Phone, Laptop]),
        bad("a confirmed device let in by a passkey", three, cast.add(Phone, Confirmed), &[Phone, Passkey]),
        bad("a device that does not sign itself", three, cast.add(Phone, Unconfirmed), &[Passkey]),
        bad("a device let in by nobody", three, cast.add(Phone, Unconfirmed), &[Phone]),
        bad("a device let in by two methods", three, cast.add(Phone, Unconfirmed), &[Phone, Passkey, Key]),
        bad("a device let in by an unconfirmed one", joined, cast.add(Tablet, Confirmed), &[Tablet, Phone]),
        bad("a device let in twice", joined, cast.add(Phone, Unconfirmed), &[Phone, Passkey]),
        bad("a device that confirms itself", joined, cast.confirm(Phone), &[Phone]),
        bad("a device confirmed by one method", joined, cast.confirm(Phone), &[Key]),
        bad("a device confirmed with the method that let it in", joined, cast.confirm(Phone), &[Passkey, Key]),
        bad("a confirmed device confirmed again", joined, cast.confirm(Laptop), &[Words]),
        bad("an unknown device confirmed", joined, cast.confirm(Tablet), &[Laptop]),
        bad("a sign-out by another device", joined, revoked(RevokeReason::SignedOut), &[Laptop]),
        bad("a sign-out with a method", joined, revoked(RevokeReason::SignedOut), &[Phone, Passkey]),
        bad(
            "a sign-out with a zero hash for a batch",
            joined,
            cast.revoke(Phone, RevokeReason::SignedOut, zero_cut),
            &[Phone],
        ),
        rotated(revoked(RevokeReason::Lost), &[Laptop], "a revocation without a method"),
        rotated(revoked(RevokeReason::Lost), &[Key, Words], "a revocation without a device"),
        rotated(
            cast.revoke(Laptop, RevokeReason::Lost, None),
            &[Phone, Passkey],
            "a revocation by an unconfirmed device",
        ),
        bad("a revocation without its rotation", joined, revoked(RevokeReason::Lost), &[Laptop, Key]),
        joined
            .clone()
            .with(revoked(RevokeReason::SignedOut), &[Phone])
            .with(cast.add(Phone, Unconfirmed), &[Phone, Passkey])
            .bad("a revoked device that returns"),
        joined
            .clone()
            .with(revoked(RevokeReason::SignedOut), &[Phone])
            .with(EntryBody::Checkpoint { heads: Vec::new() }, &[Phone])
            .bad("a revoked device that signs"),
    ]
}

fn bad_methods(cast: &Cast, three: &Draft<'_>) -> Vec<Value> {
    let founded = cast.founded();
    let all = [Laptop, Passkey, Key, Words];
    let bad = |name: &str, draft: &Draft<'_>, body: EntryBody, parties: &[Party], left: &[Party]| {
        draft.clone().with(body, parties).with(cast.advance(2, left), &[Laptop]).bad(name)
    };
    let between = founded
        .clone()
        .with(cast.add_method(Key), &[Key, Laptop, Passkey])
        .with(EntryBody::Checkpoint { heads: Vec::new() }, &[Laptop])
        .with(cast.advance(2, &all), &[Laptop]);
    let removed = [Laptop, Key, Words];
    vec![
        bad("a method that does not sign itself", &founded, cast.add_method(Key), &[Laptop, Passkey], &all),
        bad("a method added without a device", &founded, cast.add_method(Key), &[Key, Passkey, Words], &all),
        bad("a method added without another", &founded, cast.add_method(Key), &[Key, Laptop], &all),
        bad("a method added twice", three, cast.add_method(Key), &[Key, Laptop, Passkey], &all),
        bad(
            "a method without a copy for it",
            &founded,
            cast.add_method(Key),
            &[Key, Laptop, Passkey],
            &[Laptop, Passkey, Words],
        ),
        between.bad("an entry between a method and its rotation"),
        bad("a method removed by itself", three, cast.remove(Passkey), &[Laptop, Passkey], &removed),
        bad("a method removed without a device", three, cast.remove(Passkey), &[Key, Words], &removed),
        bad(
            "a method removed that is not there",
            &founded,
            cast.remove(Key),
            &[Laptop, Words],
            &[Laptop, Passkey, Words],
        ),
        bad("a removal that leaves one method", &founded, cast.remove(Passkey), &[Laptop, Words], &[Laptop, Words]),
        bad("a removal of the only words", three, cast.remove(Words), &[Laptop, Words], &[Laptop, Passkey, Key]),
        three.clone().with(cast.remove(Passkey), &[Laptop, Key]).bad("a removal without its rotation"),
    ]
}

fn bad_epochs(cast: &Cast, joined: &Draft<'_>) -> Vec<Value> {
    let all = [Laptop, Phone, Passkey, Key, Words];
    let bad = |name: &str, body: EntryBody, parties: &[Party]| joined.clone().with(body, parties).bad(name);
    let with_heads = |heads: Vec<DeviceHead>| EntryBody::EpochAdvance { epoch: cast.epoch(2, &all), heads };
    let mut descending = vec![cast.head(Laptop, 1), cast.head(Phone, 1)];
    descending.sort();
    descending.reverse();
    let zero = DeviceHead { hash: Hash::ZERO, ..cast.head(Laptop, 1) };
    vec![
        bad("an epoch that leaves a number out", cast.advance(3, &all), &[Laptop]),
        bad("an epoch that stands twice", cast.advance(1, &all), &[Laptop]),
        bad("an epoch without a copy for a device", cast.advance(2, &[Laptop, Passkey, Key, Words]), &[Laptop]),
        bad("an epoch with a copy for a stranger", cast.advance(2, &[&all[..], &[Tablet]].concat()), &[Laptop]),
        bad("an epoch begun by an unconfirmed device beside a confirmed one", cast.advance(2, &all), &[Phone]),
        bad("an epoch begun by a method", cast.advance(2, &all), &[Passkey]),
        bad("an epoch begun by two devices", cast.advance(2, &all), &[Laptop, Phone]),
        bad("an epoch whose heads are in descending order", with_heads(descending), &[Laptop]),
        bad("an epoch with a head of an unknown device", with_heads(vec![cast.head(Tablet, 1)]), &[Laptop]),
        bad("an epoch with a zero head", with_heads(vec![zero]), &[Laptop]),
    ]
}

fn bad_rest(cast: &Cast, three: &Draft<'_>) -> Vec<Value> {
    let bad = |name: &str, body: EntryBody, parties: &[Party]| three.clone().with(body, parties).bad(name);
    let policy = |epoch_days, least_methods| EntryBody::PolicySet {
        policy: Policy { epoch_days, least_methods, ..Policy::default() },
    };
    let share = || {
        let head = LogHead { seq: 2, hash: Hash(bytes(911)) };
        EntryBody::SharePin { account: AccountId(bytes(912)), head }
    };
    let tightened = three.clone().with(policy(7, 3), &[Laptop, Passkey]);
    vec![
        bad("a policy without a method", policy(7, 2), &[Laptop]),
        bad("a policy without a device", policy(7, 2), &[Passkey, Key]),
        bad("a policy of more methods than there are", policy(14, 4), &[Laptop, Passkey]),
        tightened.clone().with(policy(8, 3), &[Laptop, Passkey]).bad("a policy that lengthens epochs"),
        tightened.clone().with(policy(7, 2), &[Laptop, Passkey]).bad("a policy that lowers the number of methods"),
        tightened
            .clone()
            .with(cast.remove(Passkey), &[Laptop, Key])
            .with(cast.advance(2, &[Laptop, Key, Words]), &[Laptop])
            .bad("a removal below the policy"),
        bad("a checkpoint by a method", EntryBody::Checkpoint { heads: Vec::new() }, &[Passkey]),
        bad("a checkpoint by nobody", EntryBody::Checkpoint { heads: Vec::new() }, &[]),
        bad("a checkpoint of an unknown device", EntryBody::Checkpoint { heads: vec![cast.head(Phone, 1)] }, &[Laptop]),
        bad("a share without a method", share(), &[Laptop]),
        bad("a share with two methods", share(), &[Laptop, Passkey, Key]),
    ]
}

/// The chain of the laptop in the log of a whole life, and what bends it.
struct Chain<'a> {
    cast: &'a Cast,
    life: Draft<'a>,
    log: LogState,
    author: Party,
}

impl<'a> Chain<'a> {
    fn new(cast: &'a Cast) -> Self {
        let life = whole_life(cast);
        let log = life.state();
        Self { cast, life, log, author: Laptop }
    }

    fn by(cast: &'a Cast, author: Party) -> Self {
        Self { author, ..Self::new(cast) }
    }

    fn batch(&self, previous: Option<&Batch>, log_seq: u32) -> Batch {
        Batch {
            account_id: self.cast.account_id,
            device_id: self.cast.device(self.author).id(),
            seq: previous.map_or(0, |batch| batch.seq + 1),
            previous: previous.map_or(Hash::ZERO, Batch::hash),
            log: LogHead { seq: log_seq, hash: self.log.hash_at(log_seq).unwrap() },
            seen: Vec::new(),
            leaves: Vec::new(),
        }
    }

    fn envelope(&self, seed: u64) -> Vec<u8> {
        let place = Place::SharedSnapshot { share_id: shared_types::ids::ScopeId(bytes(seed)), counter: seed };
        let context = Context { account_id: self.cast.account_id, place };
        raw::seal(&bytes(seed + 1), &context, 1, b"\x01", &mut SeededRng::new(seed)).unwrap()
    }

    fn leaf(&self, seed: u64) -> Leaf {
        Leaf { tag: StreamTag(bytes(seed + 2)), envelope_hash: Hash::of(&[&self.envelope(seed)]) }
    }

    /// Three batches: one op, then two after news from the phone, then a heartbeat.
    fn three(&self) -> [Batch; 3] {
        let mut first = self.batch(None, 0);
        first.leaves = vec![self.leaf(1000)];
        let mut second = self.batch(Some(&first), 3);
        second.seen = vec![self.cast.head(Phone, 2)];
        second.leaves = vec![self.leaf(1010), self.leaf(1020)];
        let third = self.batch(Some(&second), 3);
        [first, second, third]
    }

    fn sign(&self, batch: &Batch) -> Vec<u8> {
        batch.with_signature(self.cast.device(self.author).sign_batch(batch))
    }

    fn vector(&self, name: &str, page: &[Vec<u8>], pin: Option<&Batch>) -> Value {
        let author = self.cast.device(self.author);
        let mut made = vector(
            "batches",
            name,
            &[
                ("account_id", &self.cast.account_id.0),
                ("device_id", &author.id().0),
                ("public_key", author.part().signing.as_bytes()),
            ],
        );
        if let Some(pin) = pin {
            made["pin_seq"] = json!(hex(&pin.seq.to_be_bytes()));
            made["pin_hash"] = json!(hex(&pin.hash().0));
        }
        made["page"] = page.iter().map(|batch| json!(hex(batch))).collect();
        made["entries"] = self.life.entries_json();
        made
    }

    fn good(&self, name: &str, page: &[&Batch], pin: Option<&Batch>) -> Value {
        let bytes: Vec<Vec<u8>> = page.iter().map(|batch| self.sign(batch)).collect();
        let mut made = self.vector(name, &bytes, pin);
        let last = page.last().unwrap();
        made["head_seq"] = json!(hex(&last.seq.to_be_bytes()));
        made["head_hash"] = json!(hex(&last.hash().0));
        made
    }

    fn bad(&self, name: &str, expect: &str, page: &[&Batch], pin: Option<&Batch>) -> Value {
        let bytes: Vec<Vec<u8>> = page.iter().map(|batch| self.sign(batch)).collect();
        self.bad_bytes(name, expect, &bytes, pin)
    }

    fn bad_bytes(&self, name: &str, expect: &str, page: &[Vec<u8>], pin: Option<&Batch>) -> Value {
        let mut made = self.vector(name, page, pin);
        made["expect"] = json!(expect);
        made
    }

    fn known(&self, hash: Hash) -> Value {
        let head = self.cast.head(Phone, 2);
        json!([{
            "device_id": hex(&head.device.0),
            "seq": hex(&head.seq.to_be_bytes()),
            "hash": hex(&hash.0),
        }])
    }
}

fn batches(cast: &Cast) -> Vec<Value> {
    let chain = Chain::new(cast);
    let [first, second, third] = chain.three();
    let mut whole = chain.good("a chain from its start, with its envelopes", &[&first, &second, &third], None);
    whole["envelopes"] = [1000, 1010, 1020].map(|seed| json!(hex(&chain.envelope(seed)))).into_iter().collect();
    let mut after_pin = chain.good("a page after a pin", &[&second, &third], Some(&first));
    after_pin["known"] = chain.known(cast.head(Phone, 2).hash);
    let mut all = vec![
        whole.clone(),
        after_pin.clone(),
        chain.good("a heartbeat after a pin", &[&third], Some(&second)),
        Chain::by(cast, Phone).good(
            "a chain of a device that is revoked later",
            &[&Chain::by(cast, Phone).batch(None, 1)],
            None,
        ),
    ];

    let mut stray = refused(&whole, "an envelope that is no leaf", &["head_seq", "head_hash"]);
    stray["envelopes"] = json!([hex(&chain.envelope(1030))]);
    let mut other_key = refused(&whole, "a public key of another device", &["head_seq", "head_hash"]);
    other_key["public_key"] = json!(hex(cast.phone.part().signing.as_bytes()));
    let mut other_device = refused(&whole, "a device id of another device", &["head_seq", "head_hash"]);
    other_device["device_id"] = json!(hex(&cast.phone.id().0));
    let mut wrong_seen = refused(&after_pin, "a seen head that contradicts a known one", &["head_seq", "head_hash"]);
    wrong_seen["known"] = chain.known(Hash(bytes(999)));
    wrong_seen["expect"] = json!("fork");
    let mut wrong_pin = refused(&after_pin, "a page that contradicts the pin", &["head_seq", "head_hash"]);
    wrong_pin["pin_hash"] = json!(hex(&bytes::<32>(998)));
    wrong_pin["expect"] = json!("fork");
    all.extend([stray, other_key, other_device, wrong_seen, wrong_pin]);
    all.extend(bent_batches(&chain));
    all.extend(bent_batch_bytes(&chain));
    all
}

/// Rules broken under a good signature.
fn bent_batches(chain: &Chain<'_>) -> Vec<Value> {
    let cast = chain.cast;
    let [first, second, third] = chain.three();
    let bent = |name: &str, change: &dyn Fn(&mut Batch)| {
        let mut batch = second.clone();
        change(&mut batch);
        chain.bad(name, "refused", &[&first, &batch], None)
    };
    let fork = |change: &dyn Fn(&mut Batch)| {
        let mut batch = second.clone();
        change(&mut batch);
        batch
    };
    let off_log = fork(&|batch| batch.log.hash.0[0] ^= 1);
    let mut unsigned = chain.sign(&off_log);
    *unsigned.last_mut().unwrap() ^= 1;
    let mut falls = third.clone();
    falls.log = first.log;
    let mut again = third.clone();
    again.seen = second.seen.clone();
    let seen_of = |seq, party| vec![cast.head(party, seq)];
    let mut unordered = vec![cast.head(Phone, 2), cast.head(Tablet, 2)];
    unordered.sort();
    unordered.reverse();
    let nonzero = Batch { previous: Hash(bytes(997)), ..first.clone() };
    let phone = Chain::by(cast, Phone);
    vec![
        bent("a batch of another account", &|batch| batch.account_id.0[0] ^= 1),
        bent("a batch of another device", &|batch| batch.device_id = cast.phone.id()),
        bent("a number that is left out", &|batch| batch.seq += 1),
        bent("a number that stands twice", &|batch| batch.seq -= 1),
        bent("a previous hash of no batch", &|batch| batch.previous.0[0] ^= 1),
        bent("a log seq beyond the log", &|batch| batch.log.seq = 15),
        bent("a log seq whose rotation was still to come", &|batch| {
            batch.log = LogHead { seq: 4, hash: chain.log.hash_at(4).unwrap() };
        }),
        bent("a seen head of the author itself", &|batch| batch.seen = seen_of(1, Laptop)),
        bent("a seen head with a zero hash", &|batch| batch.seen[0].hash = Hash::ZERO),
        bent("a seen head of an unknown device", &|batch| batch.seen[0].device = DeviceId(bytes(996))),
        bent("seen heads in descending order", &|batch| batch.seen = unordered.clone()),
        chain.bad("a log seq that falls", "refused", &[&first, &second, &falls], None),
        chain.bad("a seen head that does not rise", "refused", &[&first, &second, &again], None),
        chain.bad("a first batch with a previous hash", "refused", &[&nonzero], None),
        chain.bad("a page that begins in the middle without a pin", "refused", &[&second], None),
        chain.bad("a page that begins before its pin", "refused", &[&first], Some(&first)),
        phone.bad("an author before its device_add", "refused", &[&phone.batch(None, 0)], None),
        phone.bad("an author after its revocation", "refused", &[&phone.batch(None, 10)], None),
        chain.bad("a log hash off the reader's log", "fork", &[&first, &off_log], None),
        chain.bad_bytes("a bad signature beside a fork", "refused", &[chain.sign(&first), unsigned], None),
    ]
}

/// Bytes changed after signing.
fn bent_batch_bytes(chain: &Chain<'_>) -> Vec<Value> {
    let [first, second, _] = chain.three();
    let good = chain.sign(&second);
    let n_signed = good.len() - 64;
    let fields = [
        ("magic", 0),
        ("version", 4),
        ("account id", 5),
        ("device id", 21),
        ("seq", 44),
        ("previous hash", 45),
        ("log seq", 80),
        ("log hash", 81),
        ("number of seen heads", 113),
        ("seen head", 114),
        ("number of leaves", 171),
        ("stream tag", 172),
        ("envelope hash", 188),
        ("signature", n_signed),
    ];
    let page = |last: Vec<u8>| vec![chain.sign(&first), last];
    let mut all: Vec<Value> = fields
        .into_iter()
        .map(|(field, offset)| {
            let mut bent = good.clone();
            bent[offset] ^= 1;
            chain.bad_bytes(&format!("{field} changed after signing"), "refused", &page(bent), None)
        })
        .collect();
    let mut earlier = chain.sign(&first);
    let last = earlier.len() - 65;
    earlier[last] ^= 1;
    let by_phone = second.with_signature(chain.cast.phone.sign_batch(&second));
    all.extend([
        chain.bad_bytes("a leaf of an earlier batch changed", "refused", &[earlier, good.clone()], None),
        chain.bad_bytes("a signature of another device", "refused", &page(by_phone), None),
        chain.bad_bytes("a byte cut off", "refused", &page(good[..good.len() - 1].to_vec()), None),
        chain.bad_bytes("a byte more", "refused", &page([&good[..], &[0]].concat()), None),
    ]);
    all
}

fn flip(vector: &mut Value, field: &str, byte: usize) {
    let mut bytes = data_encoding::HEXLOWER.decode(vector[field].as_str().unwrap().as_bytes()).unwrap();
    bytes[byte] ^= 1;
    vector[field] = json!(hex(&bytes));
}

fn bent_statement(good: &Value, fields: &[(&str, usize)]) -> Vec<Value> {
    let mut all: Vec<Value> = fields
        .iter()
        .map(|(field, byte)| {
            let mut bad = refused(good, &format!("{field} changed, byte {byte}"), &[]);
            flip(&mut bad, field, *byte);
            bad
        })
        .collect();
    let mut longer = refused(good, "a byte more", &[]);
    longer["signed"] = json!(format!("{}00", good["signed"].as_str().unwrap()));
    let mut shorter = refused(good, "a byte cut off", &[]);
    let text = good["signed"].as_str().unwrap();
    shorter["signed"] = json!(text[..text.len() - 2]);
    all.extend([longer, shorter]);
    all
}

fn sign_ups(cast: &Cast) -> Vec<Value> {
    let statement = SignUpStatement { account_id: cast.account_id, nonce: Nonce(bytes(1100)) };
    let good = vector(
        "sign_up",
        "a founder's statement",
        &[
            ("account_id", &cast.account_id.0),
            ("founder", cast.founder.public().as_bytes()),
            ("nonce", &statement.nonce.0),
            ("signed", &statement.to_bytes()),
            ("signature", &cast.founder.sign_statement(&statement).0),
        ],
    );
    let mut bare = good.clone();
    bare["name"] = json!("a founder's statement without its signature");
    bare.as_object_mut().unwrap().remove("signature");
    let mut other = refused(&good, "a founder that the account id does not certify", &["signature"]);
    other["founder"] = json!(hex(FounderKey::generate(&mut SeededRng::new(1101)).public().as_bytes()));
    let mut low_order = refused(&good, "a founder key of low order", &["signature"]);
    low_order["founder"] = json!(format!("01{}", "00".repeat(31)));
    let fields = [
        ("account_id", 0),
        ("nonce", 0),
        ("signed", 0),
        ("signed", 4),
        ("signed", 5),
        ("signed", 52),
        ("signature", 0),
        ("signature", 63),
    ];
    [vec![good.clone(), bare, other, low_order], bent_statement(&good, &fields)].concat()
}

fn sign_ins(cast: &Cast) -> Vec<Value> {
    let made = |name: &str, method: &(MethodKeys, MethodPart), transcript: &[u8]| {
        let signed = sign_sign_in(&method.0, &cast.phone, Nonce(bytes(1110)), transcript, "sotto.example");
        let statement = SignInStatement::parse(&signed.statement).unwrap();
        vector(
            "sign_in",
            name,
            &[
                ("account_id", &cast.account_id.0),
                ("method_id", &statement.method_id.0),
                ("device_id", &statement.device_id.0),
                ("a", statement.signing.as_bytes()),
                ("e", statement.kem.as_bytes()),
                ("nonce", &statement.nonce.0),
                ("transcript_hash", &statement.transcript_hash.0),
                ("rp_id_hash", &statement.rp_id_hash.0),
                ("signed", &signed.statement),
                ("method_signature", &signed.method_signature.0),
                ("method_public", method.1.signing.as_bytes()),
                ("device_signature", &signed.device_signature.0),
            ],
        )
    };
    let good = made("a passkey", &cast.passkey, br#"{"type":"webauthn.get"}"#);
    let words = made("recovery words, whose transcript is empty", &cast.words, b"");
    let mut bare = good.clone();
    bare["name"] = json!("a passkey without signatures");
    for field in ["method_signature", "method_public", "device_signature"] {
        bare.as_object_mut().unwrap().remove(field);
    }
    let mut swapped = refused(&good, "the two signatures swapped", &[]);
    swapped["method_signature"] = good["device_signature"].clone();
    swapped["device_signature"] = good["method_signature"].clone();
    let mut low_order = refused(&good, "a method key of low order", &[]);
    low_order["method_public"] = json!(format!("01{}", "00".repeat(31)));
    let fields = [
        ("account_id", 0),
        ("method_id", 0),
        ("device_id", 0),
        ("a", 0),
        ("e", 0),
        ("nonce", 0),
        ("transcript_hash", 0),
        ("rp_id_hash", 0),
        ("signed", 0),
        ("signed", 4),
        ("signed", 212),
        ("method_signature", 0),
        ("method_public", 0),
        ("device_signature", 63),
    ];
    [vec![good.clone(), words, bare, swapped, low_order], bent_statement(&good, &fields)].concat()
}

fn state_codes() -> Vec<Value> {
    let made = |name: &str, seq: u32, heads: &[DeviceHead]| {
        let log = LogHead { seq, hash: Hash(bytes(1120)) };
        let code = state_code(log, heads).join(" ");
        let fields: [(&str, &[u8]); 3] =
            [("log_seq", &seq.to_be_bytes()), ("log_hash", &log.hash.0), ("code", code.as_bytes())];
        let mut made = vector("state_code", name, &fields);
        made["heads"] = heads
            .iter()
            .map(|head| {
                json!({
                    "device_id": hex(&head.device.0),
                    "seq": hex(&head.seq.to_be_bytes()),
                    "hash": hex(&head.hash.0),
                })
            })
            .collect();
        made
    };
    let mut heads: Vec<DeviceHead> = (0..3)
        .map(|n| DeviceHead { device: DeviceId(bytes(1130 + n)), seq: n << 33, hash: Hash(bytes(1140 + n)) })
        .collect();
    heads.sort();
    let good = made("three devices", 0x0102_0304, &heads);
    let mut reversed = refused(&good, "heads in descending order", &["code"]);
    reversed["heads"].as_array_mut().unwrap().reverse();
    let mut doubled = refused(&good, "a device that stands twice", &["code"]);
    doubled["heads"][1] = doubled["heads"][0].clone();
    let mut zero = refused(&good, "a head with a zero hash", &["code"]);
    zero["heads"][2]["hash"] = json!("00".repeat(32));
    vec![made("no batch yet", 0, &[]), made("one device", 7, &heads[..1]), good, reversed, doubled, zero]
}
