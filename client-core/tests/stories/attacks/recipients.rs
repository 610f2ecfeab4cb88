//! Attack row 1: a relay that puts a key of its own where a device's or a method's should be, before the next epoch
//! key is sealed.

use std::collections::BTreeMap;

use client_core::intention::Intention;
use client_core::keys::seeded::SeededRng;
use client_core::keys::{DeviceKeys, MethodKeys, MethodSecret, RecoveryWords};
use client_core::relay::fake::evil::To;
use client_core::view::{IntegrityState, Problem};
use shared_types::ids::{AccountId, PartyId, WireBytes};
use shared_types::log::{Entry, EntryBody, LogState, MethodPart};
use shared_types::sync::RelayEvent;

use super::HOURS_MS;
use crate::world::World;

/// Keys of the relay's own.
struct Mallory {
    device: DeviceKeys,
    method: MethodKeys,
}

impl Mallory {
    fn of(account: AccountId) -> Self {
        let mut rng = SeededRng::new(666);
        let words = RecoveryWords::generate(&mut rng);
        let method = MethodKeys::derive(&MethodSecret::from_words(&words, account), account);
        Self { device: DeviceKeys::generate(&mut rng), method }
    }

    /// The part of a method with keys of the relay's in it.
    fn instead_of(&self, part: &MethodPart) -> MethodPart {
        self.method.part(part.kind, &part.credential_id)
    }
}

/// What is put where.
type Substitution = (&'static str, fn(&Mallory, &mut EntryBody));

const SUBSTITUTIONS: [Substitution; 6] = [
    ("the sealing key of the device that joined", |mallory, body| {
        if let EntryBody::DeviceAdd { device, .. } = body {
            device.kem = mallory.device.part().kem;
        }
    }),
    ("the device that joined", |mallory, body| {
        if let EntryBody::DeviceAdd { device, .. } = body {
            *device = mallory.device.part();
        }
    }),
    ("the sealing key of the first device", |mallory, body| {
        if let EntryBody::Genesis { device, .. } = body {
            device.kem = mallory.device.part().kem;
        }
    }),
    ("the first device", |mallory, body| {
        if let EntryBody::Genesis { device, .. } = body {
            *device = mallory.device.part();
        }
    }),
    ("the sealing key of a method", |mallory, body| {
        if let EntryBody::Genesis { methods, .. } = body {
            methods.iter_mut().take(1).for_each(|method| method.kem = mallory.device.part().kem);
        }
    }),
    ("a method", |mallory, body| {
        if let EntryBody::Genesis { methods, .. } = body {
            methods.iter_mut().take(1).for_each(|method| *method = mallory.instead_of(method));
            methods.sort_by_key(|method| method.id);
        }
    }),
];

/// Whose ids stand in a body.
fn members(body: &EntryBody) -> Vec<PartyId> {
    match body {
        EntryBody::Genesis { device, methods, .. } => {
            methods.iter().map(|method| method.id.into()).chain([device.id.into()]).collect()
        }
        EntryBody::DeviceAdd { device, .. } => vec![device.id.into()],
        EntryBody::DeviceConfirm { .. }
        | EntryBody::DeviceRevoke { .. }
        | EntryBody::MethodAdd { .. }
        | EntryBody::MethodRemove { .. }
        | EntryBody::EpochAdvance { .. }
        | EntryBody::PolicySet { .. }
        | EntryBody::Checkpoint { .. }
        | EntryBody::SharePin { .. } => Vec::new(),
    }
}

/// The log with one key exchanged: each entry is linked to the one before, the relay signs with the keys that it has,
/// and all other signatures are as they were.
fn substituted(entries: &[Vec<u8>], mallory: &Mallory, substitute: fn(&Mallory, &mut EntryBody)) -> Vec<Vec<u8>> {
    let (mut previous, mut all) = (None, Vec::new());
    let parsed = entries.iter().map(|bytes| Entry::parse(bytes).expect("an honest entry"));
    let joined = parsed.clone().rfind(|(entry, _)| matches!(entry.body, EntryBody::DeviceAdd { .. }));
    let joined = joined.map(|(entry, _)| entry.seq);
    for (mut entry, signatures) in parsed {
        let genuine: BTreeMap<_, _> = entry.signers.iter().copied().zip(signatures).collect();
        let before = members(&entry.body);
        if entry.seq == 0 || Some(entry.seq) == joined {
            substitute(mallory, &mut entry.body);
        }
        let after = members(&entry.body);
        let gone = before.iter().find(|id| !after.contains(id));
        let come = after.iter().find(|id| !before.contains(id));
        if let (Some(gone), Some(come)) = (gone, come) {
            entry.signers.iter_mut().filter(|signer| *signer == gone).for_each(|signer| *signer = *come);
            entry.signers.sort();
        }
        entry.previous = previous.unwrap_or(entry.previous);
        previous = Some(entry.hash());
        let sign = |signer: &PartyId| {
            let own = mallory.device.sign_entry(&entry);
            let of_method = mallory.method.sign_entry(&entry);
            let is_own = *signer == mallory.device.id().into();
            genuine.get(signer).copied().unwrap_or(if is_own { own } else { of_method })
        };
        let signatures: Vec<_> = entry.signers.iter().map(sign).collect();
        all.push(entry.with_signatures(&signatures));
    }
    all
}

// Adversary: A1, a malicious relay, exchanges the public key of a device or a method in the log that it shows, just
// before a device seals the next epoch key to everyone in it.
// Invariant: an epoch key is sealed to keys of a log that verifies, and to nobody else.
// Regression caught: recipients are read from what the relay says beside the log, or from a log that was not verified.
#[test]
fn a_substituted_key_is_never_a_recipient() {
    for (case, substitute) in SUBSTITUTIONS {
        let mut world = World::with_devices(["laptop", "tablet"]);
        world.on("laptop").send("of the owner");
        world.settle();
        let account = world.account("laptop");
        let mallory = Mallory::of(account);
        // What happens now the laptop has not pinned.
        world.cut_off("laptop");
        world.add_device_like("phone", "laptop");
        world.on("phone").sign_in();
        world.on("tablet").want(Intention::SignOut);
        world.settle();
        // The next confirmed device owes new keys now: the laptop, which is shown another log.
        let stored = world.relay().stored_log(account);
        let n_copies = world.relay().stored_copies(account).len();
        let shown: Vec<_> = substituted(&stored, &mallory, substitute).into_iter().map(WireBytes).collect();
        assert_ne!(
            shown.iter().map(|entry| entry.0.clone()).collect::<Vec<_>>(),
            stored,
            "{case}: something is exchanged"
        );
        world.relay().bend_logs(To::Everyone, move |log| log.entries.clone_from(&shown));
        world.reconnect("laptop");
        world.relay().tell(account, RelayEvent::LogMoved);
        world.pass_ms(HOURS_MS);
        assert_eq!(world.on("laptop").integrity(), IntegrityState::Altered, "{case}: it is shown");
        assert_eq!(world.relay().stored_log(account), stored, "{case}: no key is sealed");

        world.add_device_like("watch", "laptop");
        world.on("watch").want(Intention::SignInWithPasskey);
        assert_eq!(world.on("watch").problem(), Some(Problem::AccountRefused), "{case}: a fresh device");

        world.relay().turn_honest();
        world.restart("laptop");
        world.pass_ms(HOURS_MS);
        let entries = world.relay().stored_log(account);
        let log = LogState::verify(account, entries.iter().map(Vec::as_slice)).expect("an honest log");
        let epoch = &log.epoch().part;
        assert_eq!(epoch.number, 2, "{case}: the honest log is followed by new keys");
        let copies = world.relay().stored_copies(account);
        let new: Vec<_> = copies.iter().filter(|(number, _)| *number == 2).map(|(_, copy)| copy).collect();
        assert_eq!(copies.len(), n_copies + new.len(), "{case}");
        assert_eq!(new.len(), log.recipients().len(), "{case}: to everyone in the log, and nobody else");
        for (number, copy) in &copies {
            let commitment =
                &log.epochs().iter().find(|epoch| epoch.part.number == *number).expect("one").part.commitment;
            let opened = mallory.device.open_epoch_key(account, *number, commitment, &copy.sealed.0);
            assert!(opened.is_err(), "{case}");
            assert!(mallory.method.open_epoch_key(*number, commitment, &copy.sealed.0).is_err(), "{case}");
        }
    }
}
