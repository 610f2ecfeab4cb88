//! What is too large is refused where it is read, and no row outgrows the store.

use shared_types::account::{ModelOffer, ModelPlace, ModelState};
use shared_types::limits::{MAX_MESSAGE_BYTES, MAX_PADDED_BYTES};

use super::{CHAT, Party, account};
use crate::envelope::n_padded_bytes;
use crate::records::{Author, ChatRecord, DirectoryRecord, End, Message, Receipt, Record, SettingsRecord};
use crate::time::Stamp;
use crate::vault::RowName;
use crate::view::{IntegrityState, MessageId};

fn offer(id: String) -> ModelOffer {
    ModelOffer {
        id,
        label: String::new(),
        place: ModelPlace::Server,
        owner: "test".into(),
        region: None,
        policy: None,
        state: ModelState::Ready,
        context_tokens: 2048,
    }
}

fn message(id: u8, at: Stamp, text: String) -> Message {
    Message { id: MessageId([id; 16]), at, text, author: Author::Owner, standing: None }
}

fn titled(title: &str, at: Stamp) -> Record {
    Record::Directory(DirectoryRecord::Titled { chat: CHAT, title: title.into(), at })
}

/// A record of a kind around a text.
type Make<'a> = &'a dyn Fn(Stamp, String) -> Record;

/// The longest filling with which a record still fits an envelope.
fn fill(record: &impl Fn(String) -> Record) -> Record {
    let n_frame = record(String::new()).to_cbor().len();
    // Four more bytes for the longer length of the text itself.
    let filled = record("x".repeat(MAX_PADDED_BYTES - 4 - n_frame - 8));
    assert!(n_padded_bytes(filled.to_cbor().len()).is_some_and(|n_padded| n_padded == MAX_PADDED_BYTES));
    filled
}

fn title_of(party: &Party) -> Option<String> {
    party.vault.chat_row(CHAT).and_then(|row| row.title)
}

// Adversary: A7 or A11, a device of the account, also an unconfirmed one, writes one op as large as an envelope.
// Invariant: a field over its limit opens nowhere and is kept as evidence; the rest of the account goes on.
// Regression caught: the row made of it is over 1 MiB, and every device that reads it panics for ever.
#[test]
fn an_op_of_the_largest_size_harms_no_device() {
    let kinds: [(&str, Make<'_>); 6] = [
        ("title", &|at, text| titled(&text, at)),
        ("device name", &|at, name| Record::Settings(SettingsRecord::DeviceNamed { device: at.device, name, at })),
        ("message", &|at, text| Record::Chat(CHAT, ChatRecord::Message(message(9, at, text)))),
        ("offer of an answer", &|at, id| {
            let author = Author::Model { question: MessageId([1; 16]), offer: offer(id), end: End::Done };
            Record::Chat(CHAT, ChatRecord::Message(Message { author, ..message(9, at, String::new()) }))
        }),
        ("receipt", &|at, body| {
            let (turn, question) = (MessageId([9; 16]), MessageId([1; 16]));
            let receipt = Receipt { turn, question, offer: offer("small".into()), at, body: body.into_bytes() };
            Record::Chat(CHAT, ChatRecord::Receipt(receipt))
        }),
        ("offer of a receipt", &|at, id| {
            let (turn, question) = (MessageId([9; 16]), MessageId([1; 16]));
            Record::Chat(CHAT, ChatRecord::Receipt(Receipt { turn, question, offer: offer(id), at, body: Vec::new() }))
        }),
    ];
    for (kind, make) in kinds {
        let (mut owner, mut other) = account();
        let now = owner.now;
        let known = other.vault.tick(now);
        let first = other.write(titled("known", known));
        let at = other.vault.tick(now);
        let large = other.forge_record(&fill(&|text| make(at, text)));
        let at = other.vault.tick(now);
        let last = other.write(titled("and on", at));
        owner.read(vec![first, large, last]);
        assert_eq!(owner.vault.integrity(), IntegrityState::Altered, "{kind}: it is said");
        assert_eq!(title_of(&owner).as_deref(), Some("and on"), "{kind}");
        owner.restart();
        assert_eq!(owner.vault.integrity(), IntegrityState::Altered, "{kind}: the evidence is kept");
        assert_eq!((title_of(&owner).as_deref(), owner.vault.n_damaged()), (Some("and on"), 0), "{kind}");
    }
}

// Adversary: a device of the account writes more into one row than a row holds, each op within its limits.
// Invariant: a row that outgrew its limit stays as it was and is shown as damaged; nothing panics, the rest goes on.
// Regression caught: "every row is kept below 1 MiB" was a hope that ended the core of every device.
#[test]
fn a_row_that_outgrows_its_limit_is_damage_and_no_end() {
    let (mut owner, mut other) = account();
    let now = owner.now;
    let at = other.vault.tick(now);
    let mut parcels = vec![other.write(titled("known", at))];
    let hello = Record::Chat(CHAT, ChatRecord::Message(message(1, at, "hello".into())));
    parcels.push(other.write(hello));
    for number in 0..40_u8 {
        let removals: Vec<_> = (0..1000_u16)
            .map(|n| {
                let [high, low] = n.to_be_bytes();
                let id = MessageId([number, high, low].repeat(6)[..16].try_into().unwrap());
                let record = Record::Chat(CHAT, ChatRecord::Removed { message: id, at });
                (record.scope(), record.to_cbor())
            })
            .collect();
        parcels.push(other.forge(&removals));
    }
    owner.read(parcels);
    assert_eq!(owner.vault.n_damaged(), 1);
    assert!(owner.vault.is_damaged(CHAT), "it is said where it is");
    owner.restart();
    let at = owner.vault.tick(now);
    owner.write(titled("and on", at));
    assert_eq!(title_of(&owner).as_deref(), Some("and on"));
}

#[test]
fn what_the_chains_have_seen_comes_back_from_rows_of_their_own() {
    let (mut owner, mut other) = account();
    let now = owner.now;
    let at = owner.vault.tick(now);
    let first = owner.write(titled("first", at));
    other.read(vec![first]);
    let at = other.vault.tick(now);
    let second = other.write(titled("second", at));
    owner.read(vec![second]);
    let before = (owner.vault.tips().clone(), other.vault.tips().clone());
    assert_eq!(before.1.get(&other.vault.device().id()).map(|tip| tip.seen.len()), Some(1));
    owner.restart();
    other.restart();
    assert_eq!((owner.vault.tips().clone(), other.vault.tips().clone()), before);
    let heads = owner.vault.stored_key(RowName::Heads);
    assert!(owner.rows.contains_key(&(RowName::Heads.table(), heads)));
}

#[test]
fn the_longest_message_is_within_the_limits() {
    let (mut owner, mut other) = account();
    let now = owner.now;
    let at = other.vault.tick(now);
    let text = "x".repeat(MAX_MESSAGE_BYTES);
    let parcel = other.write(Record::Chat(CHAT, ChatRecord::Message(message(1, at, text))));
    owner.read(vec![parcel]);
    assert_eq!((owner.vault.integrity(), owner.vault.n_damaged()), (IntegrityState::Verified, 0));
    assert_eq!(owner.vault.visible_messages(CHAT).len(), 1);
}
