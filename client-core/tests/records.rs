//! Records and local rows of every version that ever wrote: the frozen bytes open, and what this version writes is what
//! it wrote before.
//!
//! `SOTTO_WRITE_VECTORS=1 cargo test -p client-core --test records` adds what is new to `vectors/records.json`; what
//! stands there is never changed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what it calls")]

use shared_types::ordered::SortedMap;
use std::path::PathBuf;

use client_core::records::{
    Author, BranchRow, ChatOutline, ChatRecord, CheckNote, DirectoryRecord, End, Fork, Message, MethodNote, PageSlot,
    Receipt, SettingsRecord, Spot, Standing, WaitingRow, from_cbor, to_cbor,
};
use client_core::time::Stamp;
use client_core::view::{ChatId, MessageId, ShownModel};
use data_encoding::HEXLOWER;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared_types::account::{ModelOffer, ModelPlace, ModelState};
use shared_types::error::ErrorCode;
use shared_types::ids::{DeviceId, MethodId, ScopeId};

const CHAT: ChatId = ScopeId([0xc1; 16]);

fn at(n: u32) -> Stamp {
    Stamp { ms: 1_700_000_000_123, n, device: DeviceId([0xd1; 16]) }
}

fn id(nth: u8) -> MessageId {
    MessageId([nth; 16])
}

fn offer() -> ModelOffer {
    let (place, state) = (ModelPlace::Server, ModelState::Ready);
    let (label, region, policy) = (String::new(), None, None);
    ModelOffer { id: "small".into(), label, place, owner: "test".into(), region, policy, state, context_tokens: 2048 }
}

fn question(standing: Option<Standing>) -> ChatRecord {
    let (text, author) = ("Grüße".to_owned(), Author::Owner);
    ChatRecord::Message(Message { id: id(1), at: at(1), text, author, standing })
}

fn answer(end: End, standing: Option<Standing>) -> ChatRecord {
    let author = Author::Model { question: id(1), offer: offer(), end };
    ChatRecord::Message(Message { id: id(2), at: at(2), text: "Hello".into(), author, standing })
}

fn fork(branch: Option<MessageId>) -> Fork {
    Fork { branch, question: id(1), at: at(1) }
}

/// A message as the first version read it.
#[derive(Deserialize)]
struct FirstMessage {
    id: MessageId,
    text: String,
}

#[derive(Deserialize)]
enum FirstRecord {
    Message(FirstMessage),
}

/// The outline of a chat as the first version wrote it.
#[derive(Serialize)]
struct FirstOutline {
    pages: Vec<PageSlot>,
    next_page: u32,
    removed: SortedMap<MessageId, Stamp>,
}

/// A waiting question as the first version wrote it.
#[derive(Serialize)]
struct FirstWaiting {
    chat: ChatId,
    question: MessageId,
    at: Stamp,
    model: Option<ShownModel>,
    asked: Option<()>,
}

/// The frozen bytes of this name open as `expected`.
fn opens<T: DeserializeOwned + PartialEq + std::fmt::Debug>(file: &mut File, name: &str, bytes: &[u8], expected: &T) {
    let frozen = file.0.entry(name.to_owned()).or_insert_with(|| HEXLOWER.encode(bytes));
    assert_eq!(*frozen, HEXLOWER.encode(bytes), "{name} is written in another way than before");
    let frozen = HEXLOWER.decode(frozen.as_bytes()).unwrap();
    assert_eq!(from_cbor::<T>(&frozen).as_ref(), Ok(expected), "{name}");
}

struct File(std::collections::BTreeMap<String, String>);

fn settings_open(file: &mut File) {
    let named = SettingsRecord::DeviceNamed { device: DeviceId([0xd1; 16]), name: "laptop".into(), at: at(5) };
    opens(file, "device named", &to_cbor(&named), &named);
    let method = MethodId([0x3e; 16]);
    for (name, is_unlisted) in [("method named", false), ("method that is not listed named", true)] {
        let note = MethodNote { name: "blue key".into(), is_unlisted, check: CheckNote::default() };
        let named = SettingsRecord::MethodNoted { method, note, at: at(6) };
        opens(file, name, &to_cbor(&named), &named);
    }
    let check = CheckNote { n_checks: 2, checked_s: 1_700_000_000, put_off_s: 1_700_000_001 };
    let note = MethodNote { check, ..MethodNote::default() };
    let checked = SettingsRecord::MethodNoted { method, note, at: at(7) };
    opens(file, "words checked", &to_cbor(&checked), &checked);
}

#[test]
fn records_of_every_version_open() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/records.json");
    let kept = std::fs::read_to_string(&path).unwrap_or_else(|_| "{}".to_owned());
    let mut file = File(serde_json::from_str(&kept).unwrap());
    let n_kept = file.0.len();

    let directory = [
        ("made", DirectoryRecord::Made { chat: CHAT, at: at(1) }),
        ("titled", DirectoryRecord::Titled { chat: CHAT, title: "Heat pump".into(), at: at(2) }),
        ("deleted", DirectoryRecord::Deleted { chat: CHAT, at: at(3) }),
        ("restored", DirectoryRecord::Restored { chat: CHAT, at: at(4) }),
        ("model_chosen", DirectoryRecord::ModelChosen { chat: CHAT, model: ShownModel::of(&offer()), at: at(5) }),
    ];
    for (name, record) in directory {
        opens(&mut file, name, &to_cbor(&record), &record);
    }
    settings_open(&mut file);

    // The first version knew less of an offer, and wrote less.
    let receipt = Receipt { turn: id(2), question: id(1), offer: offer(), at: at(6), body: b"{}".to_vec() };
    let within = Some(Standing::In(id(7)));
    for (name, record) in [
        ("answer of the first version", answer(End::Done, None)),
        ("refused answer of the first version", answer(End::Refused(ErrorCode::ProviderBusy), None)),
        ("receipt of the first version", ChatRecord::Receipt(receipt.clone())),
    ] {
        let frozen = HEXLOWER.decode(file.0.get(name).unwrap().as_bytes()).unwrap();
        opens(&mut file, name, &frozen, &record);
    }
    let chat = [
        ("question", question(None)),
        ("answer", answer(End::Done, None)),
        ("refused answer", answer(End::Refused(ErrorCode::ProviderBusy), None)),
        ("removed", ChatRecord::Removed { message: id(1), at: at(7) }),
        ("receipt", ChatRecord::Receipt(receipt)),
        ("question in a branch", question(within)),
        ("edited question", question(Some(Standing::Instead(fork(None))))),
        ("edited question in a branch", question(Some(Standing::Instead(fork(Some(id(7))))))),
        ("answer in a branch", answer(End::Stopped, within)),
        ("answer written again", answer(End::Done, Some(Standing::Instead(fork(None))))),
        ("first question chosen", ChatRecord::Chosen { spot: Spot::Question(id(1)), version: None, at: at(8) }),
        ("second answer chosen", ChatRecord::Chosen { spot: Spot::Answer(id(1)), version: Some(id(2)), at: at(9) }),
    ];
    for (name, record) in chat {
        opens(&mut file, name, &to_cbor(&record), &record);
    }

    let (pages, removed) = (vec![PageSlot { page: 0, first: at(1) }], SortedMap::from([(id(3), at(3))]));
    let mut outline = ChatOutline { pages: pages.clone(), next_page: 1, removed, ..ChatOutline::default() };
    let first = FirstOutline { pages, next_page: 1, removed: outline.removed.clone() };
    opens(&mut file, "outline of the first version", &to_cbor(&first), &outline);
    let row = BranchRow { spot: Spot::Question(id(1)), fork: fork(None), at: at(5) };
    outline.branches.insert(id(5), row);
    outline.chosen.insert(Spot::Question(id(1)), (Some(id(5)), at(6)));
    opens(&mut file, "outline with branches", &to_cbor(&outline), &outline);

    let first = FirstWaiting { chat: CHAT, question: id(1), at: at(1), model: None, asked: None };
    let mut waiting =
        WaitingRow { chat: CHAT, question: id(1), at: at(1), model: None, asked: None, standing: None, turn: None };
    opens(&mut file, "waiting question of the first version", &to_cbor(&first), &waiting);
    (waiting.standing, waiting.turn) = (Some(Standing::Instead(fork(None))), Some(id(2)));
    opens(&mut file, "answer that waits to be written again", &to_cbor(&waiting), &waiting);

    let branched = to_cbor(&question(Some(Standing::Instead(fork(None)))));
    let FirstRecord::Message(message) = from_cbor(&branched).unwrap();
    assert_eq!((message.id, message.text.as_str()), (id(1), "Grüße"), "a reader passes over what it does not know");

    if std::env::var_os("SOTTO_WRITE_VECTORS").is_some() {
        std::fs::write(&path, format!("{:#}\n", serde_json::to_value(&file.0).unwrap())).unwrap();
    } else {
        assert_eq!(n_kept, file.0.len(), "a vector is not frozen yet");
    }
}
