//! An account that is deleted.

use shared_types::ids::{AccountId, DeviceId, Hash, LookupId};

use super::super::tables::{TABLES, has_keys};
use super::super::{Appending, Creation, Credential, Db, FinishedSignUp, LogAppend, NewAccount, Session, WordsLookup};
use super::{ACCOUNT, DEVICE, METHOD, WORDS, entry, new_account, push, session, with_every_row};

const OTHER: AccountId = AccountId([60; 16]);

fn other_account() -> NewAccount {
    NewAccount {
        account: OTHER,
        credential: Some(Credential { id: vec![61; 40], method: METHOD, public_key: vec![7; 100] }),
        password: None,
        words: vec![WordsLookup { lookup: LookupId([62; 16]), method: WORDS }],
        token_hash: Hash([63; 32]),
        session: Session { account: OTHER, ..session(DeviceId([64; 16])) },
        finished: FinishedSignUp { nonce_hash: Hash([65; 32]), expires_at: 1000 },
        ..new_account()
    }
}

/// How many rows of an account each table has.
async fn counts(db: &dyn Db, account: &AccountId) -> Vec<(&'static str, usize)> {
    let mut counts = Vec::new();
    for table in TABLES {
        let rows = db.list_rows(account, table).await.expect("the suite goes on");
        counts.push((table.name, rows.len()));
    }
    counts
}

pub(super) async fn an_account_is_deleted_keys_first_and_nothing_of_another(db: &dyn Db) {
    with_every_row(db).await;
    assert_eq!(db.create_account(&other_account()).await.expect("the suite goes on"), Creation::Created);
    let of_other = counts(db, &OTHER).await;
    assert_eq!(db.remove_deleted().await.expect("the suite goes on"), 0, "nobody asked for it");

    db.delete_keys(&ACCOUNT).await.expect("the suite goes on");
    for (table, n_rows) in counts(db, &ACCOUNT).await {
        assert_eq!(n_rows == 0, has_keys(table), "{table}: {n_rows}");
    }
    let late = LogAppend { after: Some(entry(1).head), entries: vec![entry(2)], ..LogAppend::default() };
    assert_eq!(db.append_log(&ACCOUNT, &late).await.expect("the suite goes on"), Appending::Conflict);
    assert_eq!(db.find_log_head(&ACCOUNT).await.expect("the suite goes on"), None);

    assert_eq!(db.remove_deleted().await.expect("the suite goes on"), 1);
    assert!(counts(db, &ACCOUNT).await.iter().all(|(_, n_rows)| *n_rows == 0));
    assert_eq!(db.list_accounts().await.expect("the suite goes on"), [OTHER]);
    assert_eq!(counts(db, &OTHER).await, of_other);
    assert!(db.push_batches(&push(None, vec![super::batch(0, &[1], 10)])).await.is_err(), "{DEVICE:?} is late");
    assert_eq!(db.remove_deleted().await.expect("the suite goes on"), 0);
}
