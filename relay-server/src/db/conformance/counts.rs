//! Counts of prompts and of days.

use shared_types::ids::{AccountId, Hash};
use shared_types::prompt::Usage;
use shared_types::seen::{N_HOURS, SEEN_DAYS, SeenCounts, SeenResponse};
use shared_types::sync::Cursor;

use super::{ACCOUNT, DAY_S, DEVICE, PUSHED_S, batch, entry, push, with_account};
use crate::db::{Appending, Db, LogAppend, PromptCount, Push, Pushing, Standing};

/// Counts a prompt that stands on what [`with_account`] stored.
pub(super) async fn count(db: &dyn Db, day: u64, max: u32) -> PromptCount {
    db.count_prompt(&ACCOUNT, &standing(), day, max).await.expect("the suite goes on")
}

fn standing() -> Standing {
    Standing { token_hash: Hash([9; 32]), log_head: entry(0).head, now_s: 999 }
}

pub(super) async fn prompts_are_counted_by_day(db: &dyn Db) {
    with_account(db).await;
    for _ in 0..3 {
        assert_eq!(count(db, 7, 3).await, PromptCount::Counted);
    }
    assert_eq!(count(db, 7, 3).await, PromptCount::LimitReached);
    assert_eq!(count(db, 8, 3).await, PromptCount::Counted);
    db.take_back_prompt(&ACCOUNT, 7).await.expect("the suite goes on");
    assert_eq!(count(db, 7, 3).await, PromptCount::Counted);
    assert_eq!(count(db, 9, 0).await, PromptCount::LimitReached);
}

pub(super) async fn a_prompt_is_counted_only_while_what_it_stands_on_stands(db: &dyn Db) {
    with_account(db).await;
    let count_on =
        async |standing: Standing| db.count_prompt(&ACCOUNT, &standing, 7, 3).await.expect("the suite goes on");
    let other_token = Standing { token_hash: Hash([10; 32]), ..standing() };
    assert_eq!(count_on(other_token).await, PromptCount::Moved, "no session has this token");
    let late = Standing { now_s: 1000, ..standing() };
    assert_eq!(count_on(late).await, PromptCount::Moved, "the session is over");
    let foreign = db.count_prompt(&AccountId([50; 16]), &standing(), 7, 3).await;
    assert_eq!(foreign.expect("the suite goes on"), PromptCount::Moved, "the session is another account's");
    assert_eq!(count_on(standing()).await, PromptCount::Counted, "nothing was counted before");

    let append = LogAppend { after: Some(entry(0).head), entries: vec![entry(1)], ..LogAppend::default() };
    assert_eq!(db.append_log(&ACCOUNT, &append).await.expect("the suite goes on"), Appending::Appended);
    assert_eq!(count_on(standing()).await, PromptCount::Moved, "the log goes on");
    let newer = Standing { log_head: entry(1).head, ..standing() };
    assert_eq!(count_on(newer).await, PromptCount::Counted);
    db.end_session(&ACCOUNT, &DEVICE).await.expect("the suite goes on");
    assert_eq!(count_on(newer).await, PromptCount::Moved, "the device was signed out");
}

pub(super) async fn a_day_is_counted_as_it_was_and_kept_for_two_weeks(db: &dyn Db) {
    with_account(db).await;
    let seen = async |day| db.load_seen(&ACCOUNT, day, 77).await.expect("the suite goes on");
    assert_eq!(seen(20_000).await, SeenResponse { now: 77, cursor: Cursor(0), counts: SeenCounts::default() });
    let batches = vec![batch(0, &[1], 100), batch(1, &[1, 2], 9_000)];
    db.push_batches(&push(None, batches)).await.expect("the suite goes on");
    let late = Push { now_s: PUSHED_S + 3600, ..push(Some(1), vec![batch(2, &[], 0)]) };
    db.push_batches(&late).await.expect("the suite goes on");
    let moved = db.push_batches(&push(Some(0), vec![batch(3, &[], 0)])).await.expect("the suite goes on");
    assert_eq!(moved, Pushing::HeadMoved, "what is not stored is not counted");
    for _ in 0..2 {
        db.count_sign_in(&ACCOUNT, 20_000).await.expect("the suite goes on");
        let usage = Usage { input_tokens: 5, output_tokens: 70 };
        db.count_tokens(&ACCOUNT, 20_000, usage).await.expect("the suite goes on");
        count(db, 20_000, 9).await;
    }
    let mut saves = [0; N_HOURS];
    (saves[6], saves[7]) = (2, 1);
    let counts = SeenCounts {
        saves,
        records: 3,
        bytes: 300 + 18_200 + 200,
        sizes: [2, 0, 0, 1, 0],
        sign_ins: 2,
        prompts: 2,
        input_tokens: 10,
        output_tokens: 140,
    };
    assert_eq!(seen(20_000).await, SeenResponse { now: 77, cursor: Cursor(3), counts });
    assert_eq!(seen(20_001).await.counts, SeenCounts::default());
    assert_eq!(seen(u64::MAX).await.counts, SeenCounts::default());
    let other = db.load_seen(&AccountId([50; 16]), 20_000, 77).await.expect("the suite goes on");
    assert_eq!(other.counts, SeenCounts::default(), "nobody else's");

    db.remove_expired((20_000 + SEEN_DAYS) * DAY_S - 1).await.expect("the suite goes on");
    assert_eq!(seen(20_000).await.counts, counts, "in the last second of its days");
    db.remove_expired((20_000 + SEEN_DAYS) * DAY_S).await.expect("the suite goes on");
    assert_eq!(seen(20_000).await.counts, SeenCounts::default());
}
