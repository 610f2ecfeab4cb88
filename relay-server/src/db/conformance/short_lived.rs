//! What every database must do with rows that live for minutes: ceremonies, finished sign-ups, tickets.

use shared_types::ids::Hash;

use super::{ACCOUNT, DEVICE, METHOD, count, session, with_account};
use crate::db::{
    Appending, Db, LogAppend, OfferAnswered, OfferState, OpenOffer, Opening, Removed, StartedCeremony, Ticket,
};

pub(super) const NONCE: Hash = Hash([30; 32]);
const TICKET: Hash = Hash([31; 32]);
const ANSWER: Hash = Hash([32; 32]);

fn ceremony(number: u8) -> StartedCeremony {
    StartedCeremony { nonce_hash: Hash([number; 32]), account: Some(ACCOUNT), state: vec![number; 9], expires_at: 100 }
}

const fn ticket() -> Ticket {
    Ticket { account: ACCOUNT, device: DEVICE, expires_at: 100 }
}

fn offer(number: u8) -> OpenOffer {
    OpenOffer { answer_hash: Hash([number; 32]), offer: vec![number; 112], expires_at: 100 }
}

fn answered() -> OfferAnswered {
    OfferAnswered { account: ACCOUNT, answer: vec![33; 256] }
}

/// Stores a ceremony, a ticket and an answered offer of the account.
pub(super) async fn store_one_of_each(db: &dyn Db) {
    assert_eq!(db.open_ceremony(&ceremony(30), 0, 9).await.expect("the suite goes on"), Opening::Opened);
    db.issue_ticket(&TICKET, &ticket()).await.expect("the suite goes on");
    assert_eq!(db.open_offer(&offer(32), 0, 9).await.expect("the suite goes on"), Opening::Opened);
    assert!(db.answer_offer(&ANSWER, &answered(), 0).await.expect("the suite goes on"));
}

pub(super) async fn a_ceremony_is_taken_once_and_in_time(db: &dyn Db) {
    let of_nobody = StartedCeremony { account: None, ..ceremony(29) };
    for started in [ceremony(30), of_nobody] {
        assert_eq!(db.open_ceremony(&started, 0, 9).await.expect("the suite goes on"), Opening::Opened);
        let taken = db.take_ceremony(&started.nonce_hash, 100).await.expect("the suite goes on");
        assert_eq!(taken.as_ref(), Some(&started), "in its last second");
        assert_eq!(db.take_ceremony(&started.nonce_hash, 0).await.expect("the suite goes on"), None, "once");
    }
    db.open_ceremony(&ceremony(30), 0, 9).await.expect("the suite goes on");
    assert_eq!(db.take_ceremony(&NONCE, 101).await.expect("the suite goes on"), None, "late");
    assert_eq!(db.take_ceremony(&NONCE, 100).await.expect("the suite goes on"), None, "a late try uses it up");

    db.open_ceremony(&ceremony(30), 0, 9).await.expect("the suite goes on");
    let all = futures_util::future::join_all((0..super::N_AT_ONCE).map(|_| db.take_ceremony(&NONCE, 0))).await;
    assert_eq!(all.into_iter().filter(|taken| matches!(taken, Ok(Some(_)))).count(), 1, "one of many at once");
}

pub(super) async fn only_so_many_ceremonies_are_open(db: &dyn Db) {
    for number in 0..3 {
        assert_eq!(db.open_ceremony(&ceremony(number), 0, 3).await.expect("the suite goes on"), Opening::Opened);
    }
    assert_eq!(db.open_ceremony(&ceremony(3), 100, 3).await.expect("the suite goes on"), Opening::TooMany);
    assert_eq!(db.take_ceremony(&Hash([3; 32]), 0).await.expect("the suite goes on"), None, "it was not stored");
    let later = db.open_ceremony(&ceremony(4), 101, 3).await.expect("the suite goes on");
    assert_eq!(later, Opening::Opened, "those that are over do not count");
}

pub(super) async fn a_finished_sign_up_is_remembered_for_a_while(db: &dyn Db) {
    let nonce = Hash([11; 32]);
    assert_eq!(db.find_finished_sign_up(&nonce, 0).await.expect("the suite goes on"), None);
    with_account(db).await;
    for _ in 0..2 {
        assert_eq!(db.find_finished_sign_up(&nonce, 1000).await.expect("the suite goes on"), Some(ACCOUNT));
    }
    assert_eq!(db.find_finished_sign_up(&nonce, 1001).await.expect("the suite goes on"), None, "late");
}

pub(super) async fn a_ticket_is_taken_once_in_time_and_with_a_session(db: &dyn Db) {
    with_account(db).await;
    let issue = async || db.issue_ticket(&TICKET, &ticket()).await.expect("the suite goes on");
    let take = async |now_s| db.take_ticket(&TICKET, now_s).await.expect("the suite goes on");
    issue().await;
    assert_eq!(take(100).await, Some(ticket()), "in its last second");
    assert_eq!(take(100).await, None, "once");
    issue().await;
    assert_eq!(take(101).await, None, "late");

    issue().await;
    db.end_session(&ACCOUNT, &DEVICE).await.expect("the suite goes on");
    assert_eq!(take(100).await, None, "its device was signed out meanwhile");
    db.begin_session(&Hash([20; 32]), &session(DEVICE)).await.expect("the suite goes on");
    issue().await;
    let append = LogAppend {
        after: Some(super::entry(0).head),
        entries: vec![super::entry(1)],
        removed_methods: vec![METHOD],
        ..LogAppend::default()
    };
    assert_eq!(db.append_log(&ACCOUNT, &append).await.expect("the suite goes on"), Appending::Appended);
    assert_eq!(take(100).await, None, "its method was removed meanwhile");
}

pub(super) async fn an_offer_is_answered_once_and_in_time(db: &dyn Db) {
    let find = async |now_s| db.find_answer(&ANSWER, now_s).await.expect("the suite goes on");
    let list = async |now_s| db.list_offers(now_s).await.expect("the suite goes on");
    let answer = async |now_s| db.answer_offer(&ANSWER, &answered(), now_s).await.expect("the suite goes on");
    assert_eq!((find(0).await, answer(0).await), (OfferState::Gone, false), "nobody waits there");
    assert_eq!(db.open_offer(&offer(32), 0, 9).await.expect("the suite goes on"), Opening::Opened);
    assert_eq!(db.open_offer(&offer(34), 0, 9).await.expect("the suite goes on"), Opening::Opened);
    assert_eq!((find(100).await, list(100).await), (OfferState::Waits, vec![vec![32; 112], vec![34; 112]]));
    assert_eq!((find(101).await, list(101).await, answer(101).await), (OfferState::Gone, Vec::new(), false), "late");

    let other = OfferAnswered { account: ACCOUNT, answer: vec![35; 256] };
    let all = futures_util::future::join_all((0..super::N_AT_ONCE).map(|_| answer(100))).await;
    assert_eq!(all.into_iter().filter(|was| *was).count(), 1, "one of many at once");
    assert!(!db.answer_offer(&ANSWER, &other, 0).await.expect("the suite goes on"), "once");
    for _ in 0..2 {
        assert_eq!(find(100).await, OfferState::Answered(answered()), "it is read as often as it is lost");
    }
    assert_eq!((find(101).await, list(0).await), (OfferState::Gone, vec![vec![34; 112]]));
    let taken = OpenOffer { offer: vec![36; 112], ..offer(32) };
    assert_eq!(db.open_offer(&taken, 0, 9).await.expect("the suite goes on"), Opening::TooMany, "its place is taken");
    assert_eq!(db.open_offer(&offer(37), 0, 2).await.expect("the suite goes on"), Opening::TooMany, "two are open");
    assert_eq!(db.open_offer(&offer(37), 101, 2).await.expect("the suite goes on"), Opening::Opened, "both are over");
}

pub(super) async fn what_is_over_is_removed(db: &dyn Db) {
    with_account(db).await;
    store_one_of_each(db).await;
    count(db, 0, 1).await;
    let removed = async |now_s| -> Vec<&str> {
        let removed: Vec<Removed> = db.remove_expired(now_s).await.expect("the suite goes on");
        assert!(removed.iter().all(|removed| removed.n_rows <= 1), "{removed:?}");
        removed.iter().filter(|removed| removed.n_rows == 1).map(|removed| removed.table).collect()
    };
    let none: [&str; 0] = [];
    assert_eq!(removed(100).await, none);
    assert_eq!(removed(101).await, ["ceremonies", "tickets", "hand_overs"]);
    assert_eq!(removed(1000).await, ["sessions"]);
    assert_eq!(removed(1001).await, ["finished_sign_ups"]);
    assert_eq!(removed(14 * 24 * 60 * 60).await, ["prompt_days"]);
    assert_eq!(removed(u64::from(u32::MAX)).await, none, "nothing is removed twice");
}
