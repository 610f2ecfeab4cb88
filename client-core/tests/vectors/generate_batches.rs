//! Makes the vectors of batches.

use client_core::envelope::{Context, Place, raw};
use client_core::keys::seeded::SeededRng;
use serde_json::{Value, json};
use shared_types::batch::{Batch, Leaf};
use shared_types::ids::{DeviceId, Hash, ScopeId, StreamTag};
use shared_types::log::{LogHead, LogState};

use crate::cast::{Cast, Draft, Laptop, Party, Phone, Tablet};
use crate::fields::hex;
use crate::generate::{bytes, refused, vector};
use crate::generate_log::whole_life;

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
        let place = Place::SharedSnapshot { share_id: ScopeId(bytes(seed)), counter: seed };
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

pub(crate) fn batches(cast: &Cast) -> Vec<Value> {
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
    again.seen.clone_from(&second.seen);
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
        bent("seen heads in descending order", &|batch| batch.seen.clone_from(&unordered)),
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
