//! Attack row 4: a relay that would like to be one of the ways into an account.

use client_core::account::{EpochKeys, MethodChange, change_methods};
use client_core::envelope::n_opened;
use client_core::intention::Intention;
use client_core::keys::seeded::SeededRng;
use client_core::keys::{DeviceKeys, EpochKey, MethodKeys, MethodSecret, RecoveryWords};
use client_core::relay::fake::evil::To;
use client_core::view::{IntegrityState, Problem, ScreenView};
use shared_types::ids::{AccountId, PartyId, Signature, WireBytes};
use shared_types::log::{Entry, LogState, MethodKind};
use shared_types::sync::RelayEvent;

use crate::world::World;

const NOW_S: u64 = 1_700_000_000;

/// What a relay can make by itself: keys of its own, and everything that was ever sent to it.
struct Mallory {
    method: MethodKeys,
    other: MethodKeys,
    device: DeviceKeys,
    epochs: EpochKeys,
    rng: SeededRng,
}

impl Mallory {
    fn of(account: AccountId) -> Self {
        let mut rng = SeededRng::new(666);
        let mut keys = || {
            let words = RecoveryWords::generate(&mut rng);
            MethodKeys::derive(&MethodSecret::from_words(&words, account), account)
        };
        let (method, other) = (keys(), keys());
        let device = DeviceKeys::generate(&mut rng);
        let mut epochs = EpochKeys::new();
        epochs.insert(1, EpochKey::generate(&mut rng));
        Self { method, other, device, epochs, rng }
    }

    /// Adds its own method, signed by nobody of the account, with the rotation that belongs to it.
    fn entries(&mut self, log: &LogState, kind: MethodKind) -> Vec<Entry> {
        let part = self.method.part(kind, b"relay credential");
        let change = MethodChange { added: Some((&self.method, part)), removed: None };
        let by = (&self.device, &self.other);
        let parts = change_methods(log, &self.epochs, change, by, Vec::new(), NOW_S + 1, &mut self.rng);
        let parts = parts.expect("it has a key");
        parts.entries.iter().map(|bytes| Entry::parse(bytes).expect("it is in the agreed form").0).collect()
    }
}

/// Entries in the name of others, each linked to the one before, with signatures of any make.
fn claim(entries: &[Entry], signers: &[Vec<PartyId>], sign: impl Fn(&Entry, PartyId) -> Signature) -> Vec<Vec<u8>> {
    let mut previous = None;
    let mut bytes = Vec::new();
    for (entry, signers) in entries.iter().zip(signers) {
        let mut entry = entry.clone();
        entry.signers.clone_from(signers);
        entry.signers.sort();
        entry.previous = previous.unwrap_or(entry.previous);
        previous = Some(entry.hash());
        let signatures: Vec<_> = entry.signers.iter().map(|signer| sign(&entry, *signer)).collect();
        bytes.push(entry.with_signatures(&signatures));
    }
    bytes
}

/// Logs that a relay makes of this one, each with a method of its own in it.
fn forged_logs(account: AccountId, entries: &[Vec<u8>]) -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let log = LogState::verify(account, entries.iter().map(Vec::as_slice)).expect("an honest log");
    let mut mallory = Mallory::of(account);
    let passkey: PartyId = log.active_methods().find(|method| !method.is_words()).expect("a passkey").part.id.into();
    let words: PartyId = log.active_methods().find(|method| method.is_words()).expect("words").part.id.into();
    let laptop: PartyId = log.active_devices().find(|device| device.confirmed.is_some()).expect("one").part.id.into();
    let own: [PartyId; 3] = [mallory.method.id().into(), mallory.other.id().into(), mallory.device.id().into()];
    let [method, other, device] = own;
    let (_, true_signatures) = Entry::parse(&entries[0]).expect("a genesis");
    let made = mallory.entries(&log, MethodKind::Passkey);
    let made_words = mallory.entries(&log, MethodKind::Words);
    // Its own keys sign for everybody.
    let by_itself = |entry: &Entry, signer: PartyId| match signer {
        signer if signer == other => mallory.other.sign_entry(entry),
        signer if signer == device => mallory.device.sign_entry(entry),
        _ => mallory.method.sign_entry(entry),
    };
    let replayed = |entry: &Entry, signer: PartyId| {
        let place = usize::from(signer.0[0]) % true_signatures.len();
        if signer == method { mallory.method.sign_entry(entry) } else { true_signatures[place] }
    };
    let of_owner = [vec![method, laptop, passkey], vec![laptop]];
    let by_words = [vec![method, laptop, words], vec![laptop]];
    let whole = |tail: Vec<Vec<u8>>| [entries.to_vec(), tail].concat();
    vec![
        ("signed by keys of its own", whole(claim(&made, &[own.to_vec(), vec![device]], by_itself))),
        ("words of its own", whole(claim(&made_words, &[own.to_vec(), vec![device]], by_itself))),
        ("in the name of device and passkey", whole(claim(&made, &of_owner, by_itself))),
        ("in the name of device and words", whole(claim(&made, &by_words, by_itself))),
        ("with signatures from the genesis", whole(claim(&made, &of_owner, replayed))),
        ("signed by the method alone", whole(claim(&made, &[vec![method], vec![method]], by_itself))),
        ("without a rotation", whole(claim(&made[..1], &of_owner[..1], by_itself))),
    ]
}

// Adversary: A1, a malicious relay, adds a way to recover, or an escrow, of its own to an account's log.
// Invariant: a method enters by its own signature, that of a confirmed device and that of another active method.
// Regression caught: an entry is believed without one of them, and the next epoch key is sealed to the relay.
#[test]
fn the_relay_cannot_add_a_method() {
    let account = World::with_devices(["laptop"]).account("laptop");
    let n_cases = {
        let world = World::with_devices(["laptop"]);
        forged_logs(account, &world.relay().stored_log(account)).len()
    };
    for number in 0..n_cases {
        let mut world = World::with_devices(["laptop"]);
        world.on("laptop").send("of the owner");
        world.settle();
        let account = world.account("laptop");
        let stored = world.relay().stored_log(account);
        let (case, forged) = forged_logs(account, &stored).swap_remove(number);
        let shown: Vec<_> = forged.into_iter().map(WireBytes).collect();
        world.relay().bend_logs(To::Everyone, move |log| log.entries.clone_from(&shown));

        world.relay().tell(account, RelayEvent::LogMoved);
        world.settle();
        assert_eq!(world.on("laptop").integrity(), IntegrityState::Altered, "{case}: a known device shows it");
        assert_eq!(world.on("laptop").security().ways.len(), 2, "{case}");
        world.on("laptop").rename("goes on");
        world.pass_ms(super::HOURS_MS);
        assert_eq!(world.relay().stored_log(account), stored, "{case}: nobody writes anything after it");

        world.add_device_like("phone", "laptop");
        let n_opened_before = n_opened();
        world.on("phone").want(Intention::SignInWithPasskey);
        assert_eq!(world.on("phone").problem(), Some(Problem::AccountRefused), "{case}: a fresh device refuses it");
        assert!(matches!(world.on("phone").screen(), ScreenView::Welcome(_)), "{case}");
        assert_eq!(n_opened(), n_opened_before, "{case}");
        assert!(world.disk("phone").all_rows().is_empty(), "{case}");
    }
}
