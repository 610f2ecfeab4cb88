//! Attacks on keys and envelopes: rows 2, 3, 5, 6, 7, 14, 20, 22 and 23 of `docs/attacks.md`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what it calls")]

#[path = "attacks_keys/floor.rs"]
mod floor;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce as GcmNonce};
use client_core::account::{
    Abort, Anchor, EpochKeys, MethodChange, PrfKind, PrfMethod, Recipient, SignUp, SignUpParts, UnopenedEpoch,
    advance_epoch, change_methods, open_account,
};
use client_core::envelope::{self, Context, OpPlace, OpenError, Place, n_opened, raw};
use client_core::keys::seeded::SeededRng;
use client_core::keys::{
    BadEpochKey, DeviceKeys, EpochKey, LocalPrfOutput, LocalStoreKey, LocalUnlockSecret, MethodKeys, MethodSecret,
    PrfOutput, RecoveryWords, ScopeKey, ZeroPrf, prf_account_input, prf_local_input,
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use shared_types::account::{AnchorPut, BackLink, EpochCopy};
use shared_types::ids::{AccountId, DeviceId, Hash, MethodId, Nonce, PartyId, ScopeId, ScopeKind, WireBytes};
use shared_types::log::{Entry, EntryBody, LogFault, LogState};

const NOW_S: u64 = 1_800_000_000;
const RP_ID: &str = "localhost";

/// An authenticator as the core meets it: a secret per credential, and a record of what it was asked.
struct Authenticator {
    secret: [u8; 32],
    asked: Vec<Hash>,
}

impl Authenticator {
    const CREDENTIAL: &'static [u8] = b"credential";

    fn new(byte: u8) -> Self {
        Self { secret: [byte; 32], asked: Vec::new() }
    }

    fn evaluate(&mut self, input: Hash) -> [u8; 32] {
        self.asked.push(input);
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&self.secret).unwrap();
        mac.update(&input.0);
        mac.finalize().into_bytes().into()
    }

    fn method_keys(&mut self, account_id: AccountId) -> MethodKeys {
        let output = PrfOutput::parse(self.evaluate(prf_account_input())).unwrap();
        let secret = MethodSecret::from_prf(&output, account_id, RP_ID, Self::CREDENTIAL);
        MethodKeys::derive(&secret, account_id)
    }
}

fn sign_up(authenticator: &mut Authenticator, words: &RecoveryWords, seed: u64) -> SignUpParts {
    let mut rng = SeededRng::new(seed);
    let output = PrfOutput::parse(authenticator.evaluate(prf_account_input())).unwrap();
    let credential_id = Authenticator::CREDENTIAL;
    let method = PrfMethod { kind: PrfKind::Passkey, output: &output, rp_id: RP_ID, credential_id };
    SignUp::begin(&mut rng).finish(&method, words, Nonce([1; 32]), NOW_S, &mut rng).unwrap()
}

fn words(seed: u64) -> RecoveryWords {
    RecoveryWords::generate(&mut SeededRng::new(seed))
}

fn words_keys(words: &RecoveryWords, account_id: AccountId) -> MethodKeys {
    MethodKeys::derive(&MethodSecret::from_words(words, account_id), account_id)
}

// Adversary: A1, a malicious relay, shows another account's log to a fresh device.
// Invariant: a log is believed only for the account id that the authenticator or the derived method keys certify.
// Regression caught: the device opens, and writes into, an account that somebody else controls.
#[test]
fn a_fresh_device_refuses_a_foreign_log() {
    let mut ours = Authenticator::new(1);
    let our_words = words(1);
    let own = sign_up(&mut ours, &our_words, 2);
    let foreign = sign_up(&mut Authenticator::new(2), &words(3), 4);
    let (own_id, foreign_id) = (own.log.account_id(), foreign.log.account_id());
    let keys = ours.method_keys(own_id);
    assert_eq!(open_account(own_id, [own.genesis.as_slice()], &keys).as_ref(), Ok(&own.log));

    let served = open_account(own_id, [foreign.genesis.as_slice()], &keys);
    assert!(matches!(served, Err(Abort::Log(error)) if error.fault == LogFault::WrongAccount), "{served:?}");

    let mut renamed = foreign.genesis.clone();
    renamed.splice(5..21, own_id.0);
    let served = open_account(own_id, [renamed.as_slice()], &keys);
    assert!(matches!(served, Err(Abort::Log(error)) if error.fault == LogFault::WrongAccount), "{served:?}");

    // Words know no account id: the relay names one.
    let keys = words_keys(&our_words, foreign_id);
    assert_eq!(open_account(foreign_id, [foreign.genesis.as_slice()], &keys), Err(Abort::MethodMissing));
    // Keys of our own account do not vouch for the one that is named.
    let keys = words_keys(&our_words, own_id);
    assert_eq!(open_account(foreign_id, [foreign.genesis.as_slice()], &keys), Err(Abort::MethodMissing));
}

// Adversary: A1 forges an anchor, or shows a log in which the method does not stand, or stands no more.
// Invariant: the client finds its own public keys among the active methods or ends the sign-in; an anchor opens under
// its method's seal key only, and names a place that the log goes through.
// Regression caught: a sign-in that goes on with an account to which the method does not belong.
#[test]
fn a_method_missing_from_the_log_aborts_sign_in() {
    let mut ours = Authenticator::new(1);
    let our_words = words(1);
    let own = sign_up(&mut ours, &our_words, 2);
    let account_id = own.log.account_id();
    let (passkey, recovery) = (ours.method_keys(account_id), words_keys(&our_words, account_id));

    let stranger = Authenticator::new(9).method_keys(account_id);
    let genesis = [own.genesis.as_slice()];
    assert_eq!(open_account(account_id, genesis, &stranger), Err(Abort::MethodMissing));
    assert_eq!(open_account(account_id, genesis, &passkey).map(|_| ()), Ok(()));

    let entries = log_without(&own, &passkey, &recovery);
    let shown = entries.iter().map(Vec::as_slice);
    assert_eq!(open_account(account_id, shown.clone(), &passkey), Err(Abort::MethodMissing), "removed");
    assert_eq!(open_account(account_id, shown, &recovery).map(|_| ()), Ok(()));

    let kept = own.anchors.iter().find(|anchor| anchor.method == passkey.id()).unwrap();
    let anchor = Anchor::open(kept, &passkey).unwrap();
    let forged = AnchorPut { method: passkey.id(), ..anchor.seal(&stranger, &mut SeededRng::new(5)) };
    assert_eq!(Anchor::open(&forged, &passkey), Err(OpenError::Refused));
    let renumbered = AnchorPut { counter: kept.counter + 1, ..kept.clone() };
    assert_eq!(Anchor::open(&renumbered, &passkey), Err(OpenError::Refused));
    let other = sign_up(&mut ours, &our_words, 3);
    assert!(anchor.is_within(&own.log) && !anchor.is_within(&other.log));
}

/// A good log in which a third method came and the passkey went.
fn log_without(own: &SignUpParts, passkey: &MethodKeys, recovery: &MethodKeys) -> Vec<Vec<u8>> {
    let mut rng = SeededRng::new(6);
    let account_id = own.log.account_id();
    let mut known = EpochKeys::new();
    let copies = copies_for(own, own.device.id().into());
    assert_eq!(known.open(&own.log, &Recipient::Device(&own.device), &copies, &[]), []);

    let third = Authenticator::new(3).method_keys(account_id);
    let part = third.part(shared_types::log::MethodKind::Passkey, Authenticator::CREDENTIAL);
    let by = (&own.device, passkey);
    let change = MethodChange { added: Some((&third, part)), removed: None };
    let added = change_methods(&own.log, &known, change, by, Vec::new(), NOW_S, &mut rng).unwrap();
    let log = own.log.append_all(added.entries.iter().map(Vec::as_slice)).unwrap();

    let reason = shared_types::log::RemoveReason::Lost;
    let mut signers: Vec<PartyId> = vec![own.device.id().into(), recovery.id().into()];
    signers.sort();
    let remove = Entry {
        account_id,
        seq: log.head().seq + 1,
        previous: log.head().hash,
        time_s: NOW_S,
        body: EntryBody::MethodRemove { method: passkey.id(), reason },
        signers: signers.clone(),
    };
    let sign = |id: &PartyId| {
        if *id == own.device.id().into() { own.device.sign_entry(&remove) } else { recovery.sign_entry(&remove) }
    };
    let remove_bytes = remove.with_signatures(&signers.iter().map(sign).collect::<Vec<_>>());

    let key = EpochKey::generate(&mut rng);
    let mut recipients = log.recipients();
    recipients.remove(&passkey.id().into());
    let copies = recipients
        .iter()
        .map(|(id, public)| (*id, Hash::of(&[&key.seal_to(*id, public, account_id, 3, &mut rng)])))
        .collect();
    let epoch = shared_types::log::EpochPart { number: 3, commitment: key.commitment(), copies };
    let rotate = Entry {
        account_id,
        seq: remove.seq + 1,
        previous: remove.hash(),
        time_s: NOW_S,
        body: EntryBody::EpochAdvance { epoch, heads: Vec::new() },
        signers: vec![own.device.id().into()],
    };
    let rotate_bytes = rotate.with_signatures(&[own.device.sign_entry(&rotate)]);
    [vec![own.genesis.clone()], added.entries, vec![remove_bytes, rotate_bytes]].concat()
}

fn copies_for(parts: &SignUpParts, recipient: PartyId) -> Vec<EpochCopy> {
    let own = parts.copies.iter().filter(|copy| copy.recipient == recipient);
    own.map(|copy| EpochCopy { epoch: 1, sealed: copy.sealed.clone() }).collect()
}

// Adversary: A1 seals an epoch key of its own to a device's public key; A7, who holds an epoch key, forges a back link.
// Invariant: an epoch key is taken only from a copy that the signed log lists and only if the epoch commits to it.
// Regression caught: the device seals its next records under a key that the relay knows.
#[test]
fn a_forged_epoch_key_is_not_adopted() {
    let own = sign_up(&mut Authenticator::new(1), &words(1), 2);
    let mut rng = SeededRng::new(7);
    let (account_id, device) = (own.log.account_id(), &own.device);
    let id = PartyId::from(device.id());
    let commitment = own.log.epoch().part.commitment;
    let forged = EpochKey::generate(&mut rng);

    let sealed = forged.seal_to(id, &device.part().kem, account_id, 1, &mut rng);
    assert_eq!(device.open_epoch_key(account_id, 1, &forged.commitment(), &sealed).map(|_| ()), Ok(()), "it does open");
    assert_eq!(device.open_epoch_key(account_id, 1, &commitment, &sealed).map(|_| ()), Err(BadEpochKey));
    let copies = [EpochCopy { epoch: 1, sealed: WireBytes(sealed) }];
    let mut keys = EpochKeys::new();
    let unopened = keys.open(&own.log, &Recipient::Device(device), &copies, &[]);
    assert_eq!(unopened, [UnopenedEpoch { number: 1, signer: device.id(), was_served: false }]);
    assert!(keys.newest().is_none());

    // The true key in a copy that the log does not list: the relay may not vary copies either.
    let again = own.epoch_key.seal_to(id, &device.part().kem, account_id, 1, &mut rng);
    let copies = [EpochCopy { epoch: 1, sealed: WireBytes(again) }];
    assert_eq!(keys.open(&own.log, &Recipient::Device(device), &copies, &[]).len(), 1);

    let true_copies = copies_for(&own, id);
    assert_eq!(keys.open(&own.log, &Recipient::Device(device), &true_copies, &[]), []);
    let next = advance_epoch(&own.log, &keys, device, Vec::new(), NOW_S, &mut rng).unwrap();
    let log = own.log.append_all(next.entries.iter().map(Vec::as_slice)).unwrap();
    assert_back_link_is_checked(&log, &next, &forged, id, device, &mut rng);
}

fn assert_back_link_is_checked(
    log: &LogState,
    next: &client_core::account::AppendParts,
    forged: &EpochKey,
    id: PartyId,
    device: &DeviceKeys,
    rng: &mut SeededRng,
) {
    let copy = next.copies.iter().find(|copy| copy.recipient == id).unwrap();
    let copies = [EpochCopy { epoch: 2, sealed: copy.sealed.clone() }];
    let envelope = next.epoch_key.back_link_key(log.account_id()).wrap(2, 1, forged, rng);
    let link = BackLink { sealing_epoch: 2, sealed_epoch: 1, envelope: WireBytes(envelope) };
    let open = |link: &BackLink| {
        let mut keys = EpochKeys::new();
        keys.open(log, &Recipient::Device(device), &copies, std::slice::from_ref(link));
        keys.iter().map(|(number, key)| (number, key.commitment())).collect::<Vec<_>>()
    };
    let [first, second] = [0, 1].map(|n| (log.epochs()[n].part.number, log.epochs()[n].part.commitment));
    assert_eq!(open(&link), [second], "a forged back link");
    assert_eq!(open(&next.back_link), [first, second], "the true back link");
}

/// Places of every kind: one of each, and that one with every field bent once.
fn places() -> Vec<Context> {
    let account_id = AccountId([1; 16]);
    let op = OpPlace {
        owner: account_id,
        scope_kind: ScopeKind::Chat,
        scope_id: ScopeId([2; 16]),
        epoch: 3,
        author: DeviceId([4; 16]),
        batch_seq: 5,
        leaf_index: 6,
    };
    let mut places = vec![
        Place::Op(op),
        Place::Op(OpPlace { owner: AccountId([9; 16]), ..op }),
        Place::Op(OpPlace { scope_kind: ScopeKind::App, ..op }),
        Place::Op(OpPlace { scope_kind: ScopeKind::KeyRing, scope_id: ScopeId::ZERO, ..op }),
        Place::Op(OpPlace { scope_id: ScopeId([9; 16]), ..op }),
        Place::Op(OpPlace { epoch: 4, ..op }),
        Place::Op(OpPlace { author: DeviceId([9; 16]), ..op }),
        Place::Op(OpPlace { batch_seq: 6, ..op }),
        Place::Op(OpPlace { leaf_index: 7, ..op }),
    ];
    for (sealing_epoch, sealed_epoch) in [(7, 6), (8, 6), (7, 5)] {
        places.push(Place::BackLink { sealing_epoch, sealed_epoch });
    }
    for (byte, counter) in [(2, 6), (9, 6), (2, 7)] {
        places.push(Place::Anchor { method_id: MethodId([byte; 16]), counter });
        places.push(Place::SharedSnapshot { share_id: ScopeId([byte; 16]), counter });
    }
    for (byte, store, hash) in [(4, 6, 5), (9, 6, 5), (4, 7, 5), (4, 6, 9)] {
        let (device_id, row_key_hash) = (DeviceId([byte; 16]), Hash([hash; 32]));
        places.push(Place::LocalRow { device_id, store, row_key_hash });
    }
    let accounts = [account_id, AccountId([8; 16])];
    accounts
        .into_iter()
        .flat_map(|account_id| places.iter().map(move |place| Context { account_id, place: *place }))
        .collect()
}

// Adversary: A1, or a thief of the local store, moves a ciphertext to any other place.
// Invariant: a record opens in its own place only, also under the same key.
// Regression caught: a field of a place that is not part of the key derivation.
#[test]
fn no_envelope_opens_in_another_place() {
    let places = places();
    let key = [0x6b; 32];
    for (n, from) in places.iter().enumerate() {
        let envelope = raw::seal(&key, from, 1, b"\x65words", &mut SeededRng::new(n as u64)).unwrap();
        for to in &places {
            let mut moved = envelope.clone();
            moved[5] = to.place.object_type();
            for envelope in [&envelope, &moved] {
                let opened = raw::open(&key, to, envelope);
                let expected = if from == to { Ok(b"\x65words".to_vec()) } else { Err(OpenError::Refused) };
                assert_eq!(opened, expected, "from {from:?} to {to:?}");
            }
        }
    }
}

// Adversary: A1 or A3 changes, cuts or lengthens what it stores or carries.
// Invariant: nothing but the sealed bytes opens; not even the schema is believed before the commitment matched.
// Regression caught: a byte of the header that nothing authenticates.
#[test]
fn any_changed_bit_is_refused() {
    let mut rng = SeededRng::new(8);
    let key = ScopeKey::generate(&mut rng);
    let Context { account_id, place: Place::Op(place) } = places()[0] else { panic!("the first place is an op") };
    let envelope = envelope::seal_op(&key, account_id, &place, b"\x65words", &mut rng).unwrap();
    let open = |bytes: &[u8]| envelope::open_op(&key, account_id, &place, bytes);
    assert_eq!(open(&envelope), Ok(b"\x65words".to_vec()));
    for_every_damage(&envelope, |damaged, what| assert_eq!(open(damaged), Err(OpenError::Refused), "{what}"));

    let device = DeviceKeys::generate(&mut rng);
    let epoch_key = EpochKey::generate(&mut rng);
    let commitment = epoch_key.commitment();
    let sealed = epoch_key.seal_to(device.id().into(), &device.part().kem, account_id, 1, &mut rng);
    let open = |bytes: &[u8]| device.open_epoch_key(account_id, 1, &commitment, bytes).map(|_| ());
    assert_eq!(open(&sealed), Ok(()));
    for_every_damage(&sealed, |damaged, what| assert_eq!(open(damaged), Err(BadEpochKey), "{what}"));
}

fn for_every_damage(good: &[u8], check: impl Fn(&[u8], &str)) {
    for bit in 0..good.len() * 8 {
        let mut damaged = good.to_vec();
        damaged[bit / 8] ^= 1 << (bit % 8);
        check(&damaged, &format!("bit {bit}"));
    }
    for end in 0..good.len() {
        check(&good[..end], &format!("cut at {end}"));
    }
    check(&[good, &[0]].concat(), "lengthened");
}

// Adversary: A1 tells an app that it is too old for a record, to make it give up a record that it could read.
// Invariant: "a newer app wrote this" is said only of an envelope whose commitment matched.
// Regression caught: the schema is looked at before the commitment.
#[test]
fn a_newer_schema_is_named_only_when_the_envelope_is_authentic() {
    let key = [0x6b; 32];
    let place = &places()[0];
    let sealed_with = |schema| raw::seal(&key, place, schema, b"\x01", &mut SeededRng::new(9)).unwrap();
    let n_before = n_opened();
    assert_eq!(raw::open(&key, place, &sealed_with(2)), Err(OpenError::NewerSchema(2)));
    assert_eq!(raw::open(&key, place, &sealed_with(0)), Err(OpenError::Refused));
    let mut claimed = sealed_with(1);
    claimed[7] = 2;
    assert_eq!(raw::open(&key, place, &claimed), Err(OpenError::Refused));
    assert_eq!(n_opened(), n_before, "nothing was decrypted");
    assert_eq!(raw::open(&key, place, &sealed_with(1)), Ok(vec![1]));
    assert_eq!(n_opened(), n_before + 1);
}

// Adversary: A5 takes what the daily unlock leaves in memory or storage, to sign in elsewhere.
// Invariant: unlocking evaluates the local PRF input only, and its output derives nothing that signs in.
// Regression caught: one PRF output serves both ends. (That one type is not taken for the other is a doc test.)
#[test]
fn daily_unlock_never_derives_the_method_secret() {
    let mut authenticator = Authenticator::new(1);
    let own = sign_up(&mut authenticator, &words(1), 2);
    let mut rng = SeededRng::new(10);
    let (account_id, device_id) = (own.log.account_id(), own.device.id());
    let local = |authenticator: &mut Authenticator| {
        let output = LocalPrfOutput::parse(authenticator.evaluate(prf_local_input(&device_id))).unwrap();
        LocalUnlockSecret::from_prf(&output, device_id, own.first)
    };
    let store_key = LocalStoreKey::generate(&mut rng);
    let unlock_row = local(&mut authenticator).wrap(&store_key, account_id, &mut rng);
    let sealer = store_key.row_sealer(account_id, device_id);
    let row = sealer.seal_row(1, b"row", b"\x01", &mut rng).unwrap();

    authenticator.asked.clear();
    let unlocked = local(&mut authenticator).unwrap(account_id, &unlock_row.envelope).unwrap();
    let opened = unlocked.row_sealer(account_id, device_id).open_row(1, b"row", &row.envelope);
    assert_eq!(opened, Ok(vec![1]));
    assert_eq!(authenticator.asked, [prf_local_input(&device_id)]);
    assert_ne!(prf_local_input(&device_id), prf_account_input());
    assert_ne!(prf_local_input(&device_id), prf_local_input(&DeviceId([7; 16])));

    let harvested = PrfOutput::parse(authenticator.evaluate(prf_local_input(&device_id))).unwrap();
    let secret = MethodSecret::from_prf(&harvested, account_id, RP_ID, Authenticator::CREDENTIAL);
    let keys = MethodKeys::derive(&secret, account_id);
    assert_eq!(open_account(account_id, [own.genesis.as_slice()], &keys), Err(Abort::MethodMissing));

    let account_output = LocalPrfOutput::parse(authenticator.evaluate(prf_account_input())).unwrap();
    let other = LocalUnlockSecret::from_prf(&account_output, device_id, own.first);
    assert_eq!(other.unwrap(account_id, &unlock_row.envelope).map(|_| ()), Err(OpenError::Refused));
}

// Adversary: an authenticator, or what stands for one, that answers its PRF with zeros.
// Invariant: an all-zero output is refused before anything is derived from it.
// Regression caught: keys that everybody can derive.
#[test]
fn a_zero_prf_is_refused() {
    assert_eq!(PrfOutput::parse([0; 32]).map(|_| ()), Err(ZeroPrf));
    assert_eq!(LocalPrfOutput::parse([0; 32]).map(|_| ()), Err(ZeroPrf));
    for byte in 0..32 {
        let mut nearly = [0; 32];
        nearly[byte] = 0x80;
        assert!(PrfOutput::parse(nearly).is_ok() && LocalPrfOutput::parse(nearly).is_ok(), "byte {byte}");
    }
}

// Adversary: whoever writes a ciphertext that AES-GCM opens under two keys, to learn which key a victim holds or to
// show two readers two texts.
// Invariant: an envelope names one key by id and commitment; under any other nothing is even decrypted.
// Regression caught: the commitment is not compared, or does not depend on the key.
#[test]
fn one_ciphertext_never_opens_under_two_keys() {
    let place = places()[0];
    let (first, second, salt) = ([0x11; 32], [0x22; 32], [0x33; 32]);
    for (claimed_id, committed) in [(first, first), (first, second), (second, first), (second, second)] {
        let header_start =
            [&b"SOT1\x01\x01\x00\x01"[..], &expand(&claimed_id, &[], &[b"sotto/key-id/v1"])[..16]].concat();
        let context = place.hash();
        let okm = |key: &[u8; 32]| expand(key, &salt, &[b"sotto/envelope/v1", &header_start, &context.0]);
        let header = [&header_start[..], &salt, &okm(&committed)[32..]].concat();
        let message_keys = [first, second].map(|key| okm(&key)[..32].try_into().unwrap());
        let body = collision(&message_keys, &header);

        for key in message_keys {
            let payload = Payload { msg: &body, aad: &header };
            let alone = Aes256Gcm::new(&key.into()).decrypt(&GcmNonce::from([0; 12]), payload);
            assert!(alone.is_ok(), "without a commitment the attack succeeds");
        }
        let envelope = [header, body].concat();
        for key in [first, second] {
            let n_before = n_opened();
            assert_eq!(raw::open(&key, &place, &envelope), Err(OpenError::Refused));
            let is_decrypted = n_opened() > n_before;
            assert_eq!(
                is_decrypted,
                key == claimed_id && key == committed,
                "decrypted under a key that it does not name"
            );
        }
    }
}

fn expand(key: &[u8; 32], salt: &[u8], info: &[&[u8]]) -> [u8; 64] {
    let mut okm = [0; 64];
    Hkdf::<Sha256>::new(Some(salt), key).expand_multi_info(info, &mut okm).unwrap();
    okm
}

/// 256 bytes and a tag that AES-256-GCM accepts under both keys: one block is solved for the difference of the tags.
fn collision(keys: &[[u8; 32]; 2], aad: &[u8]) -> Vec<u8> {
    const N_BLOCKS: usize = 16;
    let ciphers = keys.map(|key| Aes256Gcm::new(&key.into()));
    // E(0) ^ tag mask: with no data the tag is E(J0) ^ GHASH(lengths); an all-zero text shows the key stream.
    let tag_of = |n: usize, text: &[u8]| -> u128 {
        let stream =
            ciphers[n].encrypt(&GcmNonce::from([0; 12]), Payload { msg: &vec![0; text.len()], aad: &[] }).unwrap();
        let plain: Vec<u8> = stream.iter().zip(text).map(|(stream, byte)| stream ^ byte).collect();
        let sealed = ciphers[n].encrypt(&GcmNonce::from([0; 12]), Payload { msg: &plain, aad }).unwrap();
        assert_eq!(&sealed[..text.len()], text);
        u128::from_be_bytes(sealed[text.len()..].try_into().unwrap())
    };
    // GHASH is affine in the last block: tag(X) = tag(0) ^ X·H², so the square of H comes from two tags.
    let mut text = [0x5a; N_BLOCKS * 16];
    let last = (N_BLOCKS - 1) * 16;
    text[last..].fill(0);
    let base = [0, 1].map(|n| tag_of(n, &text));
    let one = 1_u128 << 127;
    text[last..].copy_from_slice(&one.to_be_bytes());
    let squares = [0, 1].map(|n| tag_of(n, &text) ^ base[n]);
    let block = multiply(base[0] ^ base[1], invert(squares[0] ^ squares[1]));
    text[last..].copy_from_slice(&block.to_be_bytes());
    let tag = tag_of(0, &text);
    assert_eq!(tag, tag_of(1, &text));
    [&text[..], &tag.to_be_bytes()].concat()
}

/// Multiplication in the field of GHASH; the first bit is the constant term.
fn multiply(x: u128, mut y: u128) -> u128 {
    let mut product = 0;
    for bit in (0..128).rev() {
        if x >> bit & 1 == 1 {
            product ^= y;
        }
        y = (y >> 1) ^ if y & 1 == 1 { 0xe1 << 120 } else { 0 };
    }
    product
}

/// `x^(2^128 − 2)`.
fn invert(x: u128) -> u128 {
    let mut power = x;
    let mut inverse = 1 << 127;
    for _ in 1..128 {
        power = multiply(power, power);
        inverse = multiply(inverse, power);
    }
    inverse
}
