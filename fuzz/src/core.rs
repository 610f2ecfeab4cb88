//! What only the core reads: envelopes, records, its own rows, answers of a model, words that somebody types.

use std::collections::VecDeque;

use client_core::envelope::{OpPlace, is_of_newer_schema, open_op, peek_key_id};
use client_core::keys::seeded::SeededRng;
use client_core::keys::{HandOverSecret, RecoveryWords, ScopeKey};
use client_core::records::{
    ChatEntry, ChatOutline, EnrolmentRow, HeadsRow, LinksRow, MendedRow, OutboxRow, PreferencesRow, Record, Scope,
    SyncRow, WaitingRow, from_cbor, to_cbor,
};
use client_core::relay::http::frames::FrameParser;
use client_core::view::markdown::to_blocks;
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared_types::ids::{AccountId, DeviceId, ScopeId, ScopeKind};
use shared_types::limits::MAX_ANSWER_BYTES;

/// An envelope at the place of an op, under a key that did not seal it.
pub(crate) fn envelope(bytes: &[u8]) {
    let key = ScopeKey::generate(&mut SeededRng::new(1));
    let account = AccountId([1; 16]);
    let place = OpPlace {
        owner: account,
        scope_kind: ScopeKind::Chat,
        scope_id: ScopeId([2; 16]),
        epoch: 1,
        author: DeviceId([3; 16]),
        batch_seq: 4,
        leaf_index: 5,
    };
    assert!(open_op(&key, account, &place, bytes).is_err(), "nobody has this key");
    peek_key_id(bytes);
    is_of_newer_schema(bytes);
}

/// The text of a QR code, and six words as somebody types them.
pub(crate) fn code(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok((rp_id, secret)) = HandOverSecret::read_code(text) {
        let again = secret.code(&rp_id);
        assert_eq!(again.as_ref().map(|again| again.as_str()), Some(text));
    }
    if let Ok(secret) = HandOverSecret::read_words(text) {
        let words = secret.words().map(|words| words.join(" ")).unwrap_or_default();
        assert!(HandOverSecret::read_words(&words).is_ok());
    }
}

/// Frames of an answer are the same wherever the bytes are cut.
pub(crate) fn frames(bytes: &[u8]) {
    let read = |parts: &[&[u8]]| {
        let (mut parser, mut frames) = (FrameParser::new(0), VecDeque::new());
        let result = parts.iter().try_for_each(|part| parser.read(part, &mut frames));
        (result, frames)
    };
    let (head, tail) = bytes.split_at(bytes.first().map_or(0, |first| usize::from(*first)).min(bytes.len()));
    assert_eq!(read(&[head, tail]), read(&[bytes]));
}

/// What a model wrote becomes blocks.
pub(crate) fn markdown(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && text.len() <= MAX_ANSWER_BYTES
    {
        to_blocks(text);
    }
}

/// The plaintext of an op, in every scope.
pub(crate) fn records(bytes: &[u8]) {
    for scope in [Scope::DIRECTORY, Scope::SETTINGS, Scope::KEY_RING, Scope::chat(ScopeId([2; 16]))] {
        if let Ok(record) = Record::from_cbor(scope, bytes) {
            let again = Record::from_cbor(scope, &record.to_cbor());
            assert_eq!(again.ok().as_ref(), Some(&record));
        }
    }
}

/// Rows of this device's own store.
pub(crate) fn rows(bytes: &[u8]) {
    row::<ChatEntry>(bytes);
    row::<ChatOutline>(bytes);
    row::<EnrolmentRow>(bytes);
    row::<HeadsRow>(bytes);
    row::<LinksRow>(bytes);
    row::<MendedRow>(bytes);
    row::<OutboxRow>(bytes);
    row::<PreferencesRow>(bytes);
    row::<SyncRow>(bytes);
    row::<WaitingRow>(bytes);
}

fn row<T: Serialize + DeserializeOwned>(bytes: &[u8]) {
    let Ok(row) = from_cbor::<T>(bytes) else { return };
    let written = to_cbor(&row);
    let again: T = from_cbor(&written).unwrap_or_else(|_| panic!("what was written can be read: {written:?}"));
    assert_eq!(to_cbor(&again), written);
}

/// Recovery words as somebody types them.
pub(crate) fn words(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match RecoveryWords::parse(text) {
        Ok(words) => assert!(RecoveryWords::parse(&words.words().join(" ")).is_ok()),
        Err(client_core::keys::WordsError::NotInList { index }) => {
            assert!(!RecoveryWords::typed_word(text, index).is_empty());
        }
        Err(_) => {}
    }
}
