//! An account from sign-up to its second device: what the builders make, the verifier takes and the recipients open.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what it calls")]

use client_core::account::{
    Anchor, EpochKeys, LetIn, MethodChange, PrfKind, PrfMethod, Recipient, Rotation, SignUp, SignUpError, SignUpParts,
    UnopenedEpoch, add_device, advance_epoch, change_methods, checkpoint, confirm_device, next_rotation_s,
    open_account, sign_out, sign_sign_in, state_code,
};
use client_core::keys::seeded::SeededRng;
use client_core::keys::{DeviceKeys, EpochKey, MethodKeys, MethodSecret, PrfOutput, RecoveryWords};
use shared_types::account::{BackLink, EpochCopy, SealedCopy};
use shared_types::batch::ChainPin;
use shared_types::ids::{Hash, Nonce, PartyId};
use shared_types::log::{DeviceHead, DeviceStatus, LogHead, LogState, MethodKind};
use shared_types::public_key::SigningPublic;
use shared_types::statement::{SignInStatement, SignUpStatement};

const NOW_S: u64 = 1_800_000_000;
const DAY_S: u64 = 86_400;
const NONCE: Nonce = Nonce([7; 32]);
const PRF: [u8; 32] = [0x51; 32];
const RP_ID: &str = "localhost";
const CREDENTIAL: &[u8] = b"credential of the passkey";

struct Founded {
    parts: SignUpParts,
    words: RecoveryWords,
    rng: SeededRng,
    /// Sealed copies by epoch and all back links: what a relay would keep.
    copies: Vec<(u32, SealedCopy)>,
    back_links: Vec<BackLink>,
}

fn found(seed: u64) -> Founded {
    let mut rng = SeededRng::new(seed);
    let words = RecoveryWords::generate(&mut rng);
    let sign_up = SignUp::begin(&mut rng);
    let output = PrfOutput::parse(PRF).unwrap();
    let parts = sign_up.finish(&passkey(&output), &words, NONCE, NOW_S, &mut rng).unwrap();
    let copies = parts.copies.iter().map(|copy| (1, copy.clone())).collect();
    Founded { parts, words, rng, copies, back_links: Vec::new() }
}

fn passkey(output: &PrfOutput) -> PrfMethod<'_> {
    PrfMethod { kind: PrfKind::Passkey, output, rp_id: RP_ID, credential_id: CREDENTIAL }
}

impl Founded {
    fn passkey_keys(&self) -> MethodKeys {
        let output = PrfOutput::parse(PRF).unwrap();
        passkey(&output).derive_keys(self.parts.log.account_id()).unwrap()
    }

    fn words_keys(&self) -> MethodKeys {
        let account_id = self.parts.log.account_id();
        MethodKeys::derive(&MethodSecret::from_words(&self.words, account_id), account_id)
    }

    fn copies_for(&self, recipient: PartyId) -> Vec<EpochCopy> {
        let own = self.copies.iter().filter(|(_, copy)| copy.recipient == recipient);
        own.map(|(epoch, copy)| EpochCopy { epoch: *epoch, sealed: copy.sealed.clone() }).collect()
    }

    fn open_with(&self, log: &LogState, recipient: &Recipient<'_>, id: PartyId) -> (EpochKeys, Vec<UnopenedEpoch>) {
        let mut keys = EpochKeys::new();
        let unopened = keys.open(log, recipient, &self.copies_for(id), &self.back_links);
        (keys, unopened)
    }

    /// Rotates as the first device and returns the longer log.
    fn rotate(&mut self, log: &LogState, now_s: u64) -> LogState {
        let device = &self.parts.device;
        let (known, _) = self.open_with(log, &Recipient::Device(device), device.id().into());
        let parts = advance_epoch(log, &known, device, Vec::new(), now_s, &mut self.rng).unwrap();
        self.copies.extend(parts.copies.iter().map(|copy| (parts.epoch, copy.clone())));
        self.back_links.push(parts.back_link);
        log.append_all(parts.entries.iter().map(Vec::as_slice)).unwrap()
    }
}

fn commitments(keys: &EpochKeys) -> Vec<(u32, Hash)> {
    keys.iter().map(|(number, key)| (number, key.commitment())).collect()
}

fn listed_commitments(log: &LogState) -> Vec<(u32, Hash)> {
    log.epochs().iter().map(|epoch| (epoch.part.number, epoch.part.commitment)).collect()
}

#[test]
fn a_sign_up_founds_an_account_that_all_three_recipients_open() {
    let founded = found(1);
    let log = &founded.parts.log;
    assert_eq!(log.head(), LogHead { seq: 0, hash: log.hash_at(0).unwrap() });
    assert_eq!(log.device(&founded.parts.device.id()).unwrap().status(), DeviceStatus::Confirmed);
    assert_eq!(founded.copies.len(), 3);

    let (passkey, words) = (founded.passkey_keys(), founded.words_keys());
    assert_eq!((passkey.id(), words.id()), (founded.parts.first, founded.parts.words));
    for recipient in [Recipient::Device(&founded.parts.device), Recipient::Method(&passkey), Recipient::Method(&words)]
    {
        let id = match &recipient {
            Recipient::Device(device) => device.id().into(),
            Recipient::Method(method) => method.id().into(),
        };
        let (keys, unopened) = founded.open_with(log, &recipient, id);
        assert_eq!((commitments(&keys), unopened), (listed_commitments(log), vec![]));
    }
}

#[test]
fn the_founder_signs_the_nonce_and_the_anchors_name_the_genesis() {
    let founded = found(2);
    let log = &founded.parts.log;
    let statement = SignUpStatement { account_id: log.account_id(), nonce: NONCE };
    let entry = &log.entry_at(0).unwrap().entry;
    let shared_types::log::EntryBody::Genesis { founder, .. } = &entry.body else { panic!("{entry:?}") };
    assert!(founder.verifies(&statement.to_bytes(), &founded.parts.founder_signature));

    let expected = Anchor {
        counter: 1,
        log: log.head(),
        heads: Vec::new(),
        epoch: 1,
        time_s: NOW_S,
        device_id: founded.parts.device.id(),
    };
    let opened = [founded.passkey_keys(), founded.words_keys()].map(|keys| {
        let kept = founded.parts.anchors.iter().find(|anchor| anchor.method == keys.id()).unwrap();
        Anchor::open(kept, &keys).unwrap()
    });
    assert_eq!(opened, [expected.clone(), expected.clone()]);
    assert!(expected.is_within(log));
    assert!(!expected.is_within(&found(3).parts.log));
}

#[test]
fn an_unusable_credential_id_ends_the_sign_up() {
    for length in [0, 1024] {
        let mut rng = SeededRng::new(4);
        let words = RecoveryWords::generate(&mut rng);
        let output = PrfOutput::parse(PRF).unwrap();
        let credential_id = vec![1; length];
        let method = PrfMethod { credential_id: &credential_id, ..passkey(&output) };
        let refused = SignUp::begin(&mut rng).finish(&method, &words, NONCE, NOW_S, &mut rng);
        assert_eq!(refused.map(|_| ()), Err(SignUpError::CredentialId));
    }
}

#[test]
fn a_second_device_joins_with_the_passkey_and_is_a_recipient_after_the_next_rotation() {
    let mut founded = found(5);
    let genesis = founded.parts.genesis.clone();
    let account_id = founded.parts.log.account_id();
    let passkey = founded.passkey_keys();
    let phone = DeviceKeys::generate(&mut founded.rng);

    let log = open_account(account_id, [genesis.as_slice()], &passkey).unwrap();
    let (keys, _) = founded.open_with(&log, &Recipient::Method(&passkey), passkey.id().into());
    assert_eq!(commitments(&keys), listed_commitments(&log));

    let log = log.append(&add_device(&log, &phone, &LetIn::Method(&passkey), NOW_S + 60)).unwrap();
    assert_eq!(log.device(&phone.id()).unwrap().status(), DeviceStatus::Unconfirmed);
    let log = log.append(&confirm_device(&log, phone.id(), &founded.parts.device, NOW_S + 90)).unwrap();
    assert_eq!(log.device(&phone.id()).unwrap().status(), DeviceStatus::Confirmed);

    let log = founded.rotate(&log, NOW_S + 120);
    let log = founded.rotate(&log, NOW_S + 180);
    let (keys, unopened) = founded.open_with(&log, &Recipient::Device(&phone), phone.id().into());
    assert_eq!((commitments(&keys), unopened), (listed_commitments(&log), vec![]));
    assert_eq!(keys.newest().unwrap().0, 3);
}

#[test]
fn a_device_joins_confirmed_with_the_words_or_through_another_device() {
    let mut founded = found(6);
    let log = &founded.parts.log;
    let words = founded.words_keys();
    let laptop = DeviceKeys::generate(&mut founded.rng);
    let tablet = DeviceKeys::generate(&mut founded.rng);
    let log = log.append(&add_device(log, &laptop, &LetIn::Words(&words), NOW_S)).unwrap();
    let log = log.append(&add_device(&log, &tablet, &LetIn::Device(&laptop), NOW_S)).unwrap();
    for device in [&laptop, &tablet] {
        assert_eq!(log.device(&device.id()).unwrap().status(), DeviceStatus::Confirmed);
    }
}

#[test]
fn a_new_method_comes_with_a_rotation_that_it_can_open() {
    let mut founded = found(7);
    let log = founded.parts.log.clone();
    let account_id = log.account_id();
    let device = &founded.parts.device;
    let output = PrfOutput::parse([0x52; 32]).unwrap();
    let key = PrfMethod { kind: PrfKind::SecurityKey, output: &output, rp_id: RP_ID, credential_id: b"key" };
    let new = key.derive_keys(account_id).unwrap();
    let part = new.part(MethodKind::SecurityKey, b"key");
    let (known, _) = founded.open_with(&log, &Recipient::Device(device), device.id().into());

    let by = (device, &founded.passkey_keys());
    let mut rng = SeededRng::new(70);
    let change = MethodChange { added: Some((&new, part)), removed: None };
    let parts = change_methods(&log, &known, change, by, Vec::new(), NOW_S + 5, &mut rng).unwrap();
    assert!(log.append(&parts.entries[0]).is_err(), "a method without its rotation");
    let log = log.append_all(parts.entries.iter().map(Vec::as_slice)).unwrap();
    founded.copies.extend(parts.copies.iter().map(|copy| (2, copy.clone())));
    founded.back_links.push(parts.back_link.clone());
    let (keys, unopened) = founded.open_with(&log, &Recipient::Method(&new), new.id().into());
    assert_eq!((commitments(&keys), unopened), (listed_commitments(&log), vec![]));
}

#[test]
fn an_epoch_that_does_not_open_is_skipped_and_its_signer_named() {
    let mut founded = found(8);
    let device_id = founded.parts.device.id();
    let log = founded.parts.log.clone();
    let log = founded.rotate(&log, NOW_S + 10);
    for (epoch, copy) in &mut founded.copies {
        if *epoch == 2 && copy.recipient == device_id.into() {
            copy.sealed.0[40] ^= 1;
        }
    }
    let device = Recipient::Device(&founded.parts.device);
    let (keys, unopened) = founded.open_with(&log, &device, device_id.into());
    assert_eq!(unopened, [UnopenedEpoch { number: 2, signer: device_id, was_served: false }]);
    assert_eq!(keys.newest().unwrap().0, 1);

    let log = founded.rotate(&log, NOW_S + 20);
    assert_eq!(founded.back_links.last().map(|link| (link.sealing_epoch, link.sealed_epoch)), Some((3, 1)));
    let device = Recipient::Device(&founded.parts.device);
    let (keys, unopened) = founded.open_with(&log, &device, device_id.into());
    assert_eq!(unopened, [UnopenedEpoch { number: 2, signer: device_id, was_served: false }]);
    assert_eq!(keys.iter().map(|(number, _)| number).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn without_any_epoch_key_there_is_no_rotation() {
    let mut founded = found(9);
    let none = EpochKeys::new();
    let refused = advance_epoch(&founded.parts.log, &none, &founded.parts.device, Vec::new(), NOW_S, &mut founded.rng);
    assert!(refused.is_none());
}

/// Whose turn it is to rotate, and when.
fn rotation(log: &LogState, device: &DeviceKeys, now_s: u64) -> Rotation {
    let mut known = EpochKeys::new();
    known.insert(log.epoch().part.number, EpochKey::generate(&mut SeededRng::new(1)));
    Rotation::of(log, &known, &device.id(), now_s)
}

#[test]
fn a_rotation_is_due_after_a_sign_out_and_when_the_epoch_is_too_old() {
    let mut founded = found(10);
    let log = founded.parts.log.clone();
    let laptop = &founded.parts.device;
    let due_s = next_rotation_s(&log, &laptop.id());
    assert!((NOW_S + 14 * DAY_S..NOW_S + 15 * DAY_S).contains(&due_s), "at most a day after the policy's days");
    assert_eq!(rotation(&log, laptop, due_s), Rotation::At(due_s));
    assert_eq!(rotation(&log, laptop, due_s + 1), Rotation::Due);
    assert_eq!(rotation(&log, laptop, 0), Rotation::At(due_s), "a clock that is behind");
    assert_eq!(Rotation::of(&log, &EpochKeys::new(), &laptop.id(), NOW_S), Rotation::Owed, "its key does not open");

    let phone = DeviceKeys::generate(&mut founded.rng);
    let passkey = founded.passkey_keys();
    let later = log.append(&add_device(&log, &phone, &LetIn::Method(&passkey), due_s + 1)).unwrap();
    assert_eq!(rotation(&later, &founded.parts.device, 0), Rotation::Due, "an entry says what time it is");
    assert_eq!(rotation(&later, &phone, due_s + 1), Rotation::Others, "it is not confirmed");
    let alone = later.append(&sign_out(&later, &founded.parts.device, None, due_s + 1)).unwrap();
    assert_eq!(rotation(&alone, &phone, due_s + 1), Rotation::Owed, "no confirmed device is left");
    assert_eq!(rotation(&alone, &founded.parts.device, due_s + 1), Rotation::Others, "it is not in the log any more");

    let phone = DeviceKeys::generate(&mut founded.rng);
    let log = log.append(&add_device(&log, &phone, &LetIn::Words(&founded.words_keys()), NOW_S)).unwrap();
    let last_batch = Some(ChainPin { seq: 4, hash: Hash([9; 32]) });
    let log = log.append(&sign_out(&log, &phone, last_batch, NOW_S + 60)).unwrap();
    assert_eq!(rotation(&log, &founded.parts.device, NOW_S + 60), Rotation::Owed);
    let log = founded.rotate(&log, NOW_S + 61);
    assert!(matches!(rotation(&log, &founded.parts.device, NOW_S + 61), Rotation::At(_)));
}

#[test]
fn a_checkpoint_takes_heads_in_any_order_and_a_time_never_falls() {
    let mut founded = found(11);
    let log = founded.parts.log.clone();
    let phone = DeviceKeys::generate(&mut founded.rng);
    let log = log.append(&add_device(&log, &phone, &LetIn::Words(&founded.words_keys()), NOW_S + 50)).unwrap();
    let head = |device: &DeviceKeys, seq| DeviceHead { device: device.id(), seq, hash: Hash([3; 32]) };
    let heads = vec![head(&founded.parts.device, 1), head(&phone, 2)];
    let reversed = heads.iter().rev().copied().collect();
    for heads in [heads, reversed] {
        let entry = checkpoint(&log, &founded.parts.device, heads, NOW_S);
        assert_eq!(log.append(&entry).unwrap().entries().last().unwrap().entry.time_s, NOW_S + 50);
    }
}

#[test]
fn a_sign_in_binds_method_and_device_to_nonce_transcript_and_relying_party() {
    let mut founded = found(12);
    let (passkey, phone) = (founded.passkey_keys(), DeviceKeys::generate(&mut founded.rng));
    let signed = sign_sign_in(&passkey, &phone, NONCE, b"{client data}", RP_ID);
    let statement = SignInStatement::parse(&signed.statement).unwrap();
    assert_eq!((statement.method_id, statement.device_id, statement.nonce), (passkey.id(), phone.id(), NONCE));
    assert_eq!(statement.transcript_hash, Hash::of(&[b"{client data}"]));
    assert_eq!(statement.rp_id_hash, Hash::of(&[b"localhost"]));
    let method_key: SigningPublic = founded.parts.log.method(&passkey.id()).unwrap().part.signing;
    assert!(method_key.verifies(&signed.statement, &signed.method_signature));
    assert!(phone.part().signing.verifies(&signed.statement, &signed.device_signature));
}

#[test]
fn the_state_code_depends_on_the_log_and_every_head_but_not_on_their_order() {
    let log = LogHead { seq: 3, hash: Hash([1; 32]) };
    let head =
        |byte: u8, seq| DeviceHead { device: shared_types::ids::DeviceId([byte; 16]), seq, hash: Hash([byte; 32]) };
    let code = state_code(log, &[head(1, 5), head(2, 6)]);
    assert_eq!(code, state_code(log, &[head(2, 6), head(1, 5)]));
    for other in [
        state_code(LogHead { seq: 4, ..log }, &[head(1, 5), head(2, 6)]),
        state_code(log, &[head(1, 5), head(2, 7)]),
        state_code(log, &[head(1, 5)]),
    ] {
        assert_ne!(code, other);
    }
}

#[test]
fn an_epoch_key_and_device_keys_rest_in_the_local_store_and_come_back() {
    let mut rng = SeededRng::new(13);
    let founded = found(13);
    let (device, epoch_key) = (&founded.parts.device, &founded.parts.epoch_key);
    let account_id = founded.parts.log.account_id();
    let sealer = client_core::keys::LocalStoreKey::generate(&mut rng).row_sealer(account_id, device.id());

    let row = device.to_row(&sealer, 1, b"device", &mut rng);
    assert_eq!(row.key_hash, sealer.row_key_hash(1, b"device"));
    assert_eq!(DeviceKeys::from_row(&sealer, 1, b"device", &row.envelope).unwrap().part(), device.part());

    let row = epoch_key.to_row(&sealer, 1, b"epoch 1", &mut rng);
    let commitment = epoch_key.commitment();
    let back = EpochKey::from_row(&sealer, 1, b"epoch 1", &row.envelope, &commitment).unwrap();
    assert_eq!(back.commitment(), commitment);
    assert!(EpochKey::from_row(&sealer, 1, b"epoch 1", &row.envelope, &Hash([1; 32])).is_err());
    assert!(DeviceKeys::from_row(&sealer, 1, b"epoch 1", &row.envelope).is_err(), "an epoch key is no device");
}
