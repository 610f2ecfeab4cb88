//! Passwords: found by name, one for each, and codes that are used up.

use shared_types::ids::{AccountId, Hash, MethodId};

use super::{ACCOUNT, METHOD, entry, new_account, password, session, with_account};
use crate::db::{Appending, Creation, Credential, Db, FinishedSignUp, LogAppend, NewAccount, Password, Session};

pub(super) async fn a_password_is_found_by_its_name(db: &dyn Db) {
    with_account(db).await;
    assert_eq!(db.find_password(&password().handle).await.expect("the suite goes on"), Some(password()));
    assert_eq!(db.find_password(&Hash([0; 32])).await.expect("the suite goes on"), None);
    let removal = LogAppend {
        after: Some(entry(0).head),
        entries: vec![entry(1)],
        removed_methods: vec![METHOD],
        ..LogAppend::default()
    };
    assert_eq!(db.append_log(&ACCOUNT, &removal).await.expect("the suite goes on"), Appending::Appended);
    assert_eq!(db.find_password(&password().handle).await.expect("the suite goes on"), None, "it goes with its method");
}

pub(super) async fn an_append_brings_a_password_unless_its_name_is_taken(db: &dyn Db) {
    with_account(db).await;
    let (handle, method) = (Hash([74; 32]), MethodId([73; 16]));
    let added = Password { handle, method, ..password() };
    let append = |password: Password| LogAppend {
        after: Some(entry(0).head),
        entries: vec![entry(1)],
        passwords: vec![password],
        ..LogAppend::default()
    };
    let taken = append(Password { method, ..password() });
    assert_eq!(db.append_log(&ACCOUNT, &taken).await.expect("the suite goes on"), Appending::HandleTaken);
    assert_eq!(db.list_log(&ACCOUNT).await.expect("the suite goes on").len(), 1, "nothing of it is left");
    assert_eq!(db.find_newest_password().await.expect("the suite goes on"), Some(password()));
    let added = Password { totp_step: password().totp_step + 1, ..added };
    let good = append(added.clone());
    assert_eq!(db.append_log(&ACCOUNT, &good).await.expect("the suite goes on"), Appending::Appended);
    assert_eq!(db.find_password(&handle).await.expect("the suite goes on").as_ref(), Some(&added));
    assert_eq!(db.find_newest_password().await.expect("the suite goes on"), Some(added));
}

pub(super) async fn a_code_is_used_up_once_and_never_an_older_one(db: &dyn Db) {
    with_account(db).await;
    let handle = password().handle;
    let accept = |handle: Hash, step| async move { db.accept_step(&handle, step).await.expect("the suite goes on") };
    assert!(!accept(handle, Some(100)).await, "the one of the sign-up");
    assert!(accept(handle, Some(101)).await);
    assert!(!accept(handle, Some(101)).await);
    assert!(!accept(handle, Some(99)).await);
    assert!(!accept(handle, None).await);
    assert!(!accept(Hash([0; 32]), Some(200)).await);
    let kept = db.find_password(&handle).await.expect("the suite goes on").expect("the suite goes on");
    assert_eq!(kept, Password { totp_step: 101, ..password() });
    let at_once = futures_util::future::join_all((0..8).map(|_| accept(handle, Some(102)))).await;
    assert_eq!(at_once.iter().filter(|accepted| **accepted).count(), 1, "once, whoever comes first");
}

pub(super) async fn a_name_belongs_to_one_account(db: &dyn Db) {
    with_account(db).await;
    let (account, method) = (AccountId([77; 16]), MethodId([76; 16]));
    let other = NewAccount {
        account,
        credential: Some(Credential { id: vec![75; 40], method, public_key: vec![7; 100] }),
        password: Some(Password { account, method, ..password() }),
        words: vec![],
        token_hash: Hash([78; 32]),
        session: Session { account, ..session(super::DEVICE) },
        finished: FinishedSignUp { nonce_hash: Hash([79; 32]), expires_at: 1000 },
        ..new_account()
    };
    assert_eq!(db.create_account(&other).await.expect("the suite goes on"), Creation::HandleTaken);
    assert_eq!(db.find_log_head(&account).await.expect("the suite goes on"), None, "nothing of it is left");
    assert_eq!(db.find_password(&password().handle).await.expect("the suite goes on"), Some(password()));
}
