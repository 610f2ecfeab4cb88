//! What every database must do with methods that an append brings.

use shared_types::account::AnchorPut;
use shared_types::ids::{Hash, LookupId, MethodId, WireBytes};

use super::{ACCOUNT, METHOD, entry, short_lived, with_account};
use crate::db::{Appending, Credential, Db, LogAppend, WordsLookup};

const NEW: MethodId = MethodId([12; 16]);

fn addition() -> LogAppend {
    LogAppend {
        after: Some(entry(0).head),
        entries: vec![entry(1)],
        words: vec![WordsLookup { lookup: LookupId([10; 16]), method: MethodId([10; 16]) }],
        credentials: vec![Credential { id: vec![12; 40], method: NEW, public_key: vec![13; 100] }],
        anchors: vec![AnchorPut { method: NEW, counter: 1, envelope: WireBytes(vec![14; 300]) }],
        ceremonies: vec![short_lived::NONCE],
        ..LogAppend::default()
    }
}

pub(super) async fn an_append_brings_methods_whole_or_not_at_all(db: &dyn Db) {
    with_account(db).await;
    short_lived::store_one_of_each(db).await;
    let mut taken = addition();
    taken.credentials[0].id = vec![6; 40];
    let used_up = LogAppend { ceremonies: vec![Hash([77; 32])], ..addition() };
    let mut old = addition();
    old.anchors[0].method = METHOD;
    for (append, why) in [(taken, "the credential is known"), (used_up, "no such ceremony"), (old, "no newer anchor")] {
        assert_eq!(db.append_log(&ACCOUNT, &append).await.expect("the suite goes on"), Appending::Conflict, "{why}");
        assert_eq!(db.list_log(&ACCOUNT).await.expect("the suite goes on").len(), 1, "{why}");
        assert_eq!(db.find_account_of_words(&LookupId([10; 16])).await.expect("the suite goes on"), None, "{why}");
        assert_eq!(db.find_credential(&ACCOUNT, &[12; 40]).await.expect("the suite goes on"), None, "{why}");
    }
    let found = db.find_ceremony(&short_lived::NONCE, 100).await.expect("the suite goes on");
    assert!(found.is_some(), "nothing of it was used up");
    assert_eq!(db.find_ceremony(&short_lived::NONCE, 101).await.expect("the suite goes on"), None, "late");

    let append = addition();
    assert_eq!(db.append_log(&ACCOUNT, &append).await.expect("the suite goes on"), Appending::Appended);
    let kept = db.find_credential(&ACCOUNT, &[12; 40]).await.expect("the suite goes on");
    assert_eq!(kept.as_ref(), append.credentials.first());
    assert_eq!(db.find_anchor(&ACCOUNT, &NEW).await.expect("the suite goes on").as_ref(), append.anchors.first());
    assert_eq!(db.find_ceremony(&short_lived::NONCE, 0).await.expect("the suite goes on"), None, "used up");
    let removal = LogAppend {
        after: Some(entry(1).head),
        entries: vec![entry(2)],
        removed_methods: vec![NEW],
        ..LogAppend::default()
    };
    assert_eq!(db.append_log(&ACCOUNT, &removal).await.expect("the suite goes on"), Appending::Appended);
    assert_eq!(db.find_credential(&ACCOUNT, &[12; 40]).await.expect("the suite goes on"), None);
}
