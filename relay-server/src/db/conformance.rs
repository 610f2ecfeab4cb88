//! What every database must do; each back end runs all of it, each case on an empty database.

mod counts;
mod deletion;
mod methods;
mod passwords;
mod short_lived;

use futures_util::future::BoxFuture;
use shared_types::account::{AnchorPut, BackLink, EpochCopy, SealedCopy};
use shared_types::ids::{AccountId, DeviceId, Hash, LookupId, MethodId, PartyId, StreamTag, WireBytes};
use shared_types::limits::MAX_PAGE_BYTES;
use shared_types::log::LogHead;
use shared_types::public_key::SigningPublic;

use counts::{
    a_day_is_counted_as_it_was_and_kept_for_two_weeks, a_prompt_is_counted_only_while_what_it_stands_on_stands, count,
    prompts_are_counted_by_day,
};
use deletion::an_account_is_deleted_keys_first_and_nothing_of_another;
use methods::an_append_brings_methods_whole_or_not_at_all;
use passwords::{
    a_code_is_used_up_once_and_never_an_older_one, a_name_belongs_to_one_account, a_password_is_found_by_its_name,
    an_append_brings_a_password_unless_its_name_is_taken,
};
use short_lived::{
    a_ceremony_is_taken_once_and_in_time, a_finished_sign_up_is_remembered_for_a_while,
    a_ticket_is_taken_once_in_time_and_with_a_session, an_offer_is_answered_once_and_in_time,
    only_so_many_ceremonies_are_open, what_is_over_is_removed,
};

use super::tables::{Cell, TABLES};
use super::{
    Anchoring, Appending, ChainHead, Creation, Credential, Db, DbError, Envelopes, FinishedSignUp, LogAppend,
    NewAccount, NewBatch, NewEntry, NewEpoch, Password, Push, Pushing, Session, WordsLookup,
};

const ACCOUNT: AccountId = AccountId([1; 16]);
const DEVICE: DeviceId = DeviceId([2; 16]);
const METHOD: MethodId = MethodId([3; 16]);
const WORDS: MethodId = MethodId([4; 16]);
const N_AT_ONCE: u8 = 12;
const QUOTA: u64 = 1 << 30;
/// The sixth hour of day 20,000.
const PUSHED_S: u64 = 20_000 * DAY_S + 6 * 3600 + 59;
const DAY_S: u64 = 24 * 60 * 60;
/// The public key of RFC 8032, section 7.1, test 1.
const DEVICE_KEY: [u8; 32] = [
    0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72,
    0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a,
];

/// One case of the suite.
pub type Case = for<'a> fn(&'a dyn Db) -> BoxFuture<'a, ()>;

/// Lists cases by name; one that is forgotten here is dead code.
macro_rules! cases {
    ($($name:ident)*) => { vec![$((|db| Box::pin($name(db))) as Case),*] };
}

/// The whole suite.
pub fn cases() -> Vec<Case> {
    cases! {
        an_account_is_made_once_and_whole
        words_are_looked_up
        the_log_appends_by_compare_and_swap
        an_append_changes_methods_and_sessions_with_it
        copies_and_back_links_come_back_in_order
        an_anchor_only_rises
        a_session_belongs_to_one_device_and_ends
        a_session_ends_with_its_method
        a_credential_is_updated
        a_password_is_found_by_its_name
        a_code_is_used_up_once_and_never_an_older_one
        an_append_brings_a_password_unless_its_name_is_taken
        a_name_belongs_to_one_account
        batches_come_back_in_the_relays_order
        a_push_is_all_or_nothing
        pushes_at_once_stand_one_after_the_other
        a_push_over_the_quota_stores_nothing
        a_stream_brings_only_its_envelopes
        prompts_are_counted_by_day
        a_prompt_is_counted_only_while_what_it_stands_on_stands
        a_day_is_counted_as_it_was_and_kept_for_two_weeks
        every_row_of_an_account_is_listed
        an_append_brings_methods_whole_or_not_at_all
        a_ceremony_is_taken_once_and_in_time
        only_so_many_ceremonies_are_open
        a_finished_sign_up_is_remembered_for_a_while
        a_ticket_is_taken_once_in_time_and_with_a_session
        an_offer_is_answered_once_and_in_time
        what_is_over_is_removed
        an_account_is_deleted_keys_first_and_nothing_of_another
    }
}

fn session(device: DeviceId) -> Session {
    Session {
        account: ACCOUNT,
        device,
        device_key: SigningPublic::parse(&DEVICE_KEY).expect("the suite goes on"),
        method: METHOD,
        expires_at: 1000,
    }
}

fn entry(seq: u32) -> NewEntry {
    let byte = u8::try_from(seq).expect("the suite goes on");
    NewEntry { head: LogHead { seq, hash: Hash([byte; 32]) }, bytes: vec![byte; 50] }
}

fn epoch(number: u32, recipients: &[u8]) -> NewEpoch {
    let sealed = |recipient: &u8| SealedCopy {
        recipient: PartyId([*recipient; 16]),
        sealed: WireBytes(vec![*recipient, u8::try_from(number).expect("the suite goes on")]),
    };
    let link = BackLink { sealing_epoch: number, sealed_epoch: number - 1, envelope: WireBytes(vec![7]) };
    NewEpoch { number, copies: recipients.iter().map(sealed).collect(), back_link: (number > 1).then_some(link) }
}

fn password() -> Password {
    Password {
        handle: Hash([12; 32]),
        account: ACCOUNT,
        method: METHOD,
        record: vec![13; 192],
        totp_secret: vec![14; 48],
        totp_step: 100,
    }
}

fn new_account() -> NewAccount {
    NewAccount {
        account: ACCOUNT,
        day: 20_000,
        genesis: entry(0),
        epoch: epoch(1, &[2, 3, 4]),
        anchors: vec![AnchorPut { method: METHOD, counter: 1, envelope: WireBytes(vec![5; 300]) }],
        credential: Some(Credential { id: vec![6; 40], method: METHOD, public_key: vec![7; 100] }),
        password: Some(password()),
        words: vec![WordsLookup { lookup: LookupId([8; 16]), method: WORDS }],
        token_hash: Hash([9; 32]),
        session: session(DEVICE),
        finished: FinishedSignUp { nonce_hash: Hash([11; 32]), expires_at: 1000 },
    }
}

async fn with_account(db: &dyn Db) {
    assert_eq!(db.create_account(&new_account()).await.expect("the suite goes on"), Creation::Created);
}

fn batch(seq: u64, tags: &[u8], n_bytes: usize) -> NewBatch {
    let byte = u8::try_from(seq).expect("the suite goes on");
    NewBatch {
        seq,
        hash: Hash([byte + 1; 32]),
        log_seq: 0,
        bytes: vec![byte; 200],
        envelopes: tags.iter().map(|tag| (StreamTag([*tag; 16]), vec![*tag; n_bytes])).collect(),
    }
}

fn push(after: Option<u64>, batches: Vec<NewBatch>) -> Push {
    let head =
        |seq: u64| ChainHead { seq, hash: Hash([u8::try_from(seq).expect("the suite goes on") + 1; 32]), log_seq: 0 };
    Push {
        account: ACCOUNT,
        device: DEVICE,
        after: after.map(head),
        batches,
        max_account_bytes: QUOTA,
        now_s: PUSHED_S,
    }
}

/// Makes the account and stores its first batch; returns its position.
pub async fn store_one_batch(db: &dyn Db) -> u64 {
    with_account(db).await;
    match db.push_batches(&push(None, vec![batch(0, &[1], 100)])).await.expect("the suite goes on") {
        Pushing::Accepted { position } => position,
        other @ (Pushing::HeadMoved | Pushing::QuotaExceeded) => panic!("{other:?}"),
    }
}

/// Stores the batch after the first, with envelopes of this size.
pub async fn store_next_batch(db: &dyn Db, n_bytes: usize) -> Result<Pushing, DbError> {
    db.push_batches(&push(Some(0), vec![batch(1, &[1, 2], n_bytes)])).await
}

/// Positions of all stored batches, found one page of one batch at a time.
pub async fn stored_batches(db: &dyn Db) -> Vec<u64> {
    let mut positions = Vec::new();
    loop {
        let after = positions.last().copied().unwrap_or(0);
        let page = db.load_page(&ACCOUNT, after, 1, Envelopes::All).await.expect("the suite goes on");
        if page.parcels.is_empty() {
            return positions;
        }
        positions.push(page.next.0);
    }
}

async fn an_account_is_made_once_and_whole(db: &dyn Db) {
    assert_eq!(db.find_log_head(&ACCOUNT).await.expect("the suite goes on"), None);
    with_account(db).await;
    assert_eq!(db.create_account(&new_account()).await.expect("the suite goes on"), Creation::Exists);
    assert_eq!(db.find_log_head(&ACCOUNT).await.expect("the suite goes on"), Some(entry(0).head));
    assert_eq!(db.list_log(&ACCOUNT).await.expect("the suite goes on"), vec![entry(0).bytes]);

    let same_passkey = NewAccount {
        account: AccountId([77; 16]),
        words: vec![],
        token_hash: Hash([78; 32]),
        session: Session { account: AccountId([77; 16]), ..session(DEVICE) },
        finished: FinishedSignUp { nonce_hash: Hash([79; 32]), expires_at: 1000 },
        ..new_account()
    };
    assert_eq!(db.create_account(&same_passkey).await.expect("the suite goes on"), Creation::Exists);
    assert_eq!(
        db.list_log(&AccountId([77; 16])).await.expect("the suite goes on"),
        Vec::<Vec<u8>>::new(),
        "nothing of it is left"
    );
    assert_eq!(db.find_session(&Hash([78; 32]), 0).await.expect("the suite goes on"), None);
}

async fn words_are_looked_up(db: &dyn Db) {
    with_account(db).await;
    assert_eq!(db.find_account_of_words(&LookupId([8; 16])).await.expect("the suite goes on"), Some(ACCOUNT));
    assert_eq!(db.find_account_of_words(&LookupId([0; 16])).await.expect("the suite goes on"), None);
}

async fn the_log_appends_by_compare_and_swap(db: &dyn Db) {
    with_account(db).await;
    let append = |after: u32, entries: &[u32]| LogAppend {
        after: Some(entry(after).head),
        entries: entries.iter().map(|seq| entry(*seq)).collect(),
        ..LogAppend::default()
    };
    assert_eq!(db.append_log(&ACCOUNT, &append(0, &[1, 2])).await.expect("the suite goes on"), Appending::Appended);
    assert_eq!(db.append_log(&ACCOUNT, &append(0, &[1])).await.expect("the suite goes on"), Appending::Conflict);
    let off = LogAppend { after: Some(LogHead { seq: 2, hash: Hash([99; 32]) }), ..append(2, &[3]) };
    assert_eq!(db.append_log(&ACCOUNT, &off).await.expect("the suite goes on"), Appending::Conflict);
    assert_eq!(db.list_log(&ACCOUNT).await.expect("the suite goes on").len(), 3);
}

async fn an_append_changes_methods_and_sessions_with_it(db: &dyn Db) {
    with_account(db).await;
    let append = LogAppend {
        after: Some(entry(0).head),
        entries: vec![entry(1)],
        epoch: Some(epoch(2, &[2])),
        words: vec![WordsLookup { lookup: LookupId([10; 16]), method: MethodId([10; 16]) }],
        removed_methods: vec![WORDS, METHOD],
        revoked_devices: vec![DEVICE],
        ..LogAppend::default()
    };
    let conflict = LogAppend { after: Some(entry(5).head), ..append.clone() };
    assert_eq!(db.append_log(&ACCOUNT, &conflict).await.expect("the suite goes on"), Appending::Conflict);
    assert!(db.find_session(&Hash([9; 32]), 0).await.expect("the suite goes on").is_some());

    assert_eq!(db.append_log(&ACCOUNT, &append).await.expect("the suite goes on"), Appending::Appended);
    assert_eq!(db.find_account_of_words(&LookupId([8; 16])).await.expect("the suite goes on"), None);
    assert_eq!(db.find_account_of_words(&LookupId([10; 16])).await.expect("the suite goes on"), Some(ACCOUNT));
    assert_eq!(db.find_credential(&ACCOUNT, &[6; 40]).await.expect("the suite goes on"), None);
    assert_eq!(db.find_session(&Hash([9; 32]), 0).await.expect("the suite goes on"), None);
}

async fn a_session_ends_with_its_method(db: &dyn Db) {
    with_account(db).await;
    let by_words = Session { method: WORDS, ..session(DeviceId([21; 16])) };
    db.begin_session(&Hash([20; 32]), &by_words).await.expect("the suite goes on");
    let append = LogAppend {
        after: Some(entry(0).head),
        entries: vec![entry(1)],
        removed_methods: vec![METHOD],
        ..LogAppend::default()
    };
    assert_eq!(db.append_log(&ACCOUNT, &append).await.expect("the suite goes on"), Appending::Appended);
    assert_eq!(db.find_session(&Hash([9; 32]), 0).await.expect("the suite goes on"), None);
    assert_eq!(db.find_session(&Hash([20; 32]), 0).await.expect("the suite goes on"), Some(by_words));
}

async fn copies_and_back_links_come_back_in_order(db: &dyn Db) {
    with_account(db).await;
    for number in 2..5 {
        let before = entry(number - 2).head;
        let append = LogAppend {
            after: Some(before),
            entries: vec![entry(number - 1)],
            epoch: Some(epoch(number, &[3, 2])),
            ..LogAppend::default()
        };
        assert_eq!(db.append_log(&ACCOUNT, &append).await.expect("the suite goes on"), Appending::Appended);
    }
    let copies = db.list_epoch_copies(&ACCOUNT, &PartyId([2; 16])).await.expect("the suite goes on");
    let expected = |epoch: u8| EpochCopy { epoch: u32::from(epoch), sealed: WireBytes(vec![2, epoch]) };
    assert_eq!(copies, (1..5).map(expected).collect::<Vec<_>>());
    assert_eq!(db.list_epoch_copies(&ACCOUNT, &PartyId([4; 16])).await.expect("the suite goes on").len(), 1);
    let links = db.list_back_links(&ACCOUNT).await.expect("the suite goes on");
    let numbers: Vec<_> = links.iter().map(|link| (link.sealing_epoch, link.sealed_epoch)).collect();
    assert_eq!(numbers, vec![(2, 1), (3, 2), (4, 3)]);
}

async fn an_anchor_only_rises(db: &dyn Db) {
    with_account(db).await;
    let anchor = |counter, byte| AnchorPut { method: METHOD, counter, envelope: WireBytes(vec![byte; 300]) };
    assert_eq!(db.put_anchor(&ACCOUNT, &anchor(3, 1)).await.expect("the suite goes on"), Anchoring::Stored);
    assert_eq!(db.put_anchor(&ACCOUNT, &anchor(3, 1)).await.expect("the suite goes on"), Anchoring::Stored);
    assert_eq!(db.put_anchor(&ACCOUNT, &anchor(3, 2)).await.expect("the suite goes on"), Anchoring::Conflict);
    assert_eq!(db.put_anchor(&ACCOUNT, &anchor(2, 2)).await.expect("the suite goes on"), Anchoring::Conflict);
    assert_eq!(db.put_anchor(&ACCOUNT, &anchor(u64::MAX, 2)).await.expect("the suite goes on"), Anchoring::Conflict);
    assert_eq!(db.find_anchor(&ACCOUNT, &METHOD).await.expect("the suite goes on"), Some(anchor(3, 1)));
    assert_eq!(db.find_anchor(&ACCOUNT, &WORDS).await.expect("the suite goes on"), None);
}

async fn a_session_belongs_to_one_device_and_ends(db: &dyn Db) {
    with_account(db).await;
    assert_eq!(db.find_session(&Hash([9; 32]), 999).await.expect("the suite goes on"), Some(session(DEVICE)));
    assert_eq!(db.find_session(&Hash([9; 32]), 1000).await.expect("the suite goes on"), None, "it has expired");

    db.begin_session(&Hash([20; 32]), &session(DEVICE)).await.expect("the suite goes on");
    assert_eq!(db.find_session(&Hash([9; 32]), 0).await.expect("the suite goes on"), None, "a device has one session");
    let other = DeviceId([21; 16]);
    db.begin_session(&Hash([21; 32]), &session(other)).await.expect("the suite goes on");
    db.end_session(&ACCOUNT, &other).await.expect("the suite goes on");
    db.end_session(&ACCOUNT, &other).await.expect("the suite goes on");
    assert_eq!(db.find_session(&Hash([21; 32]), 0).await.expect("the suite goes on"), None);
    assert!(db.find_session(&Hash([20; 32]), 0).await.expect("the suite goes on").is_some());

    db.remove_expired(1000).await.expect("the suite goes on");
    assert_eq!(db.find_session(&Hash([20; 32]), 0).await.expect("the suite goes on"), None);
}

async fn a_credential_is_updated(db: &dyn Db) {
    with_account(db).await;
    let mut credential =
        db.find_credential(&ACCOUNT, &[6; 40]).await.expect("the suite goes on").expect("the suite goes on");
    assert_eq!(Some(&credential), new_account().credential.as_ref());
    credential.public_key = vec![1, 2, 3];
    db.update_credential(&ACCOUNT, &credential).await.expect("the suite goes on");
    assert_eq!(db.find_credential(&ACCOUNT, &[6; 40]).await.expect("the suite goes on"), Some(credential));
    assert_eq!(db.find_credential(&AccountId([50; 16]), &[6; 40]).await.expect("the suite goes on"), None);
}

async fn batches_come_back_in_the_relays_order(db: &dyn Db) {
    with_account(db).await;
    let batches = vec![batch(0, &[1], 10), batch(1, &[], 0), batch(2, &[2, 1, 2], 10)];
    let pushed = db.push_batches(&push(None, batches.clone())).await.expect("the suite goes on");
    assert_eq!(pushed, Pushing::Accepted { position: 3 });
    assert_eq!(db.find_batch(&ACCOUNT, &DEVICE, 1).await.expect("the suite goes on"), Some((2, Hash([2; 32]))));
    assert_eq!(db.find_batch(&ACCOUNT, &DEVICE, 3).await.expect("the suite goes on"), None);
    let head = ChainHead { seq: 2, hash: Hash([3; 32]), log_seq: 0 };
    assert_eq!(db.find_chain_head(&ACCOUNT, &DEVICE).await.expect("the suite goes on"), Some(head));

    let page = db.load_page(&ACCOUNT, 0, 256, Envelopes::All).await.expect("the suite goes on");
    assert_eq!((page.next.0, page.more), (3, false));
    let bytes: Vec<_> = page.parcels.iter().map(|parcel| parcel.batch.clone()).collect();
    assert_eq!(bytes, batches.iter().map(|batch| batch.bytes.clone()).collect::<Vec<_>>());
    let last = vec![(0, vec![2; 10]), (1, vec![1; 10]), (2, vec![2; 10])];
    assert_eq!(page.parcels[2].envelopes, last);

    let page = db.load_page(&ACCOUNT, 1, 1, Envelopes::None).await.expect("the suite goes on");
    assert_eq!((page.next.0, page.more, page.parcels[0].envelopes.len()), (2, true, 0));
    let page = db.load_page(&ACCOUNT, u64::MAX, 1, Envelopes::All).await.expect("the suite goes on");
    assert_eq!((page.next.0, page.more, page.parcels.len()), (u64::MAX, false, 0));
    let others = db.load_page(&AccountId([50; 16]), 0, 256, Envelopes::All).await.expect("the suite goes on");
    assert_eq!(others.parcels, vec![]);
}

async fn a_push_is_all_or_nothing(db: &dyn Db) {
    with_account(db).await;
    let doubled = push(None, vec![batch(0, &[1], 10), batch(1, &[1], 10), batch(1, &[1], 10)]);
    assert!(db.push_batches(&doubled).await.is_err());
    assert_eq!(stored_batches(db).await, Vec::<u64>::new());
    assert_eq!(db.find_chain_head(&ACCOUNT, &DEVICE).await.expect("the suite goes on"), None);

    store_first(db).await;
    let again = db.push_batches(&push(None, vec![batch(1, &[1], 10)])).await.expect("the suite goes on");
    assert_eq!(again, Pushing::HeadMoved);
    assert_eq!(stored_batches(db).await, vec![1]);
}

async fn pushes_at_once_stand_one_after_the_other(db: &dyn Db) {
    with_account(db).await;
    let push_of = |number: u8| async move {
        let push = Push { device: DeviceId([number; 16]), ..push(None, vec![batch(0, &[number], 10)]) };
        db.push_batches(&push).await.expect("the suite goes on")
    };
    let pushed = futures_util::future::join_all((1..=N_AT_ONCE).map(push_of)).await;
    let expected = (1..=u64::from(N_AT_ONCE)).map(|position| Pushing::Accepted { position });
    for accepted in expected {
        assert_eq!(pushed.iter().filter(|pushing| **pushing == accepted).count(), 1, "{pushed:?}");
    }
    assert_eq!(stored_batches(db).await.len(), usize::from(N_AT_ONCE));
}

async fn store_first(db: &dyn Db) {
    let pushed = db.push_batches(&push(None, vec![batch(0, &[1], 10)])).await.expect("the suite goes on");
    assert_eq!(pushed, Pushing::Accepted { position: 1 });
}

async fn a_push_over_the_quota_stores_nothing(db: &dyn Db) {
    with_account(db).await;
    let limited = |batches| Push { max_account_bytes: 1000, ..push(None, batches) };
    let too_much =
        db.push_batches(&limited(vec![batch(0, &[1], 10), batch(1, &[1], 900)])).await.expect("the suite goes on");
    assert_eq!(too_much, Pushing::QuotaExceeded);
    assert_eq!(stored_batches(db).await, Vec::<u64>::new());
    let fits = db.push_batches(&limited(vec![batch(0, &[1], 800)])).await.expect("the suite goes on");
    assert_eq!(fits, Pushing::Accepted { position: 1 });
    let full = Push { max_account_bytes: 1000, ..push(Some(0), vec![batch(1, &[], 0)]) };
    assert_eq!(db.push_batches(&full).await.expect("the suite goes on"), Pushing::QuotaExceeded);
}

async fn a_stream_brings_only_its_envelopes(db: &dyn Db) {
    with_account(db).await;
    let large = MAX_PAGE_BYTES / 2;
    let batches = vec![batch(0, &[1], 10), batch(1, &[2, 3], 10), batch(2, &[3, 1], 10), batch(3, &[2], large)];
    db.push_batches(&push(None, batches)).await.expect("the suite goes on");
    let tags = [StreamTag([1; 16]), StreamTag([2; 16])];
    let page = db.load_page(&ACCOUNT, 0, 2, Envelopes::Of(&tags)).await.expect("the suite goes on");
    assert_eq!((page.next.0, page.more), (2, true));
    let page = db.load_page(&ACCOUNT, 2, 256, Envelopes::Of(&tags[..1])).await.expect("the suite goes on");
    assert_eq!((page.next.0, page.more), (3, false));
    assert_eq!(page.parcels[0].envelopes, vec![(1, vec![1; 10])]);
    let none = db.load_page(&ACCOUNT, 0, 256, Envelopes::Of(&[])).await.expect("the suite goes on");
    assert_eq!(none.parcels, vec![]);

    db.push_batches(&push(Some(3), vec![batch(4, &[2], large), batch(5, &[2], large)]))
        .await
        .expect("the suite goes on");
    let page = db.load_page(&ACCOUNT, 3, 256, Envelopes::All).await.expect("the suite goes on");
    assert_eq!((page.parcels.len(), page.more), (1, true), "a page ends before it is too large");
}

/// Makes the account with a row in every table.
async fn with_every_row(db: &dyn Db) {
    store_one_batch(db).await;
    count(db, 7, 3).await;
    let epoch = LogAppend {
        after: Some(entry(0).head),
        entries: vec![entry(1)],
        epoch: Some(epoch(2, &[2])),
        ..LogAppend::default()
    };
    db.append_log(&ACCOUNT, &epoch).await.expect("the suite goes on");
    short_lived::store_one_of_each(db).await;
}

async fn every_row_of_an_account_is_listed(db: &dyn Db) {
    with_every_row(db).await;
    assert_eq!(db.list_accounts().await.expect("the suite goes on"), [ACCOUNT]);
    let mut counts = Vec::new();
    for table in TABLES {
        let rows = db.list_rows(&ACCOUNT, table).await.expect("the suite goes on");
        assert!(rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
        assert_eq!(
            db.list_rows(&AccountId([50; 16]), table).await.expect("the suite goes on"),
            Vec::<Vec<Cell>>::new()
        );
        counts.push((table.name, rows.len()));
    }
    let expected = [
        ("accounts", 1),
        ("log_entries", 2),
        ("words_lookups", 1),
        ("credentials", 1),
        ("passwords", 1),
        ("epoch_copies", 4),
        ("back_links", 1),
        ("anchors", 1),
        ("sessions", 1),
        ("ceremonies", 1),
        ("finished_sign_ups", 1),
        ("tickets", 1),
        ("hand_overs", 1),
        ("batches", 1),
        ("envelopes", 1),
        ("prompt_days", 1),
        ("seen_hours", 1),
        ("seen_days", 1),
    ];
    assert_eq!(counts, expected);
    let account = db.list_rows(&ACCOUNT, &TABLES[0]).await.expect("the suite goes on");
    assert_eq!(account, [vec![Cell::Bytes(ACCOUNT.0.to_vec()), Cell::Number(20_000), Cell::Number(300)]]);
}
