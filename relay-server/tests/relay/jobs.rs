//! What is over is removed by the one loop, when the relay's clock says so and not by the wall's.

use serde_json::json;
use shared_types::error::ErrorCode;
use shared_types::ids::TurnId;
use shared_types::limits::ANSWER_RESUME_S;
use shared_types::seen::SeenResponse;

use crate::harness::{Person, World, removed};

const DAY_S: u64 = 24 * 60 * 60;
const TURN: TurnId = TurnId([5; 16]);

async fn with_counters() -> World {
    World::start_with(|config| config.metrics_listen = Some(([127, 0, 0, 1], 0).into())).await
}

/// Moves the clock and waits for the round that follows.
async fn move_and_wait(world: &World, by_s: u64) {
    let mut rounds = world.relay.rounds();
    rounds.mark_unchanged();
    world.relay.clock.advance(by_s);
    rounds.changed().await.unwrap();
}

#[tokio::test]
async fn what_is_over_is_removed_when_the_clock_says_so() {
    let world = with_counters().await;
    let mut first_round = world.relay.rounds();
    first_round.wait_for(|n_rounds| *n_rounds > 0).await.unwrap();
    let mut person = Person::signed_up(&world).await;
    person.ticket(&world).await;
    world.post_json("/v1/sign-in/start", &json!({ "with": "passkey" })).await.assert_ok();
    let prompt = json!({
        "turn_id": TURN, "model": "scripted", "sampling": {}, "max_tokens": 10,
        "messages": [{ "role": "user", "content": "hello" }],
    });
    person.call(&world, "POST", "/v1/prompts", prompt.to_string()).await.assert_ok();
    let answer = format!("/v1/prompts/{}", TURN.to_base64url());
    person.call(&world, "GET", &answer, "").await.assert_ok();
    // Its time begins when it has ended, which is before its tokens are counted.
    let seen = format!("/v1/seen?day={}", world.relay.clock.now_s() / DAY_S);
    while person.call(&world, "GET", &seen, "").await.assert_ok().json::<SeenResponse>().counts.output_tokens == 0 {
        tokio::task::yield_now().await;
    }

    move_and_wait(&world, 61).await;
    let kinds = ["tickets", "ceremonies", "finished_sign_ups", "answers", "sessions", "prompt_days"];
    let after = |counts: [u64; 6]| kinds.into_iter().zip(counts).collect::<Vec<_>>();
    assert_eq!(removed(&world, kinds).await, after([1, 0, 0, 0, 0, 0]));
    move_and_wait(&world, 300).await;
    assert_eq!(removed(&world, kinds).await, after([1, 1, 1, 0, 0, 0]));
    move_and_wait(&world, ANSWER_RESUME_S).await;
    assert_eq!(removed(&world, kinds).await, after([1, 1, 1, 1, 0, 0]));
    let forgotten = person.call(&world, "GET", &answer, "").await;
    assert_eq!(forgotten.error().code, ErrorCode::NotFound, "its text is gone");
    move_and_wait(&world, 31 * DAY_S).await;
    assert_eq!(removed(&world, kinds).await, after([1, 1, 1, 1, 1, 1]));
    let [(_, nonces), (_, limits)] = removed(&world, ["nonces", "limits"]).await[..] else { panic!() };
    assert!(nonces >= 4 && limits >= 3, "{nonces} nonces, {limits} counted addresses and devices");
}

#[tokio::test]
async fn a_round_that_fails_is_counted_and_the_next_one_does_its_work() {
    let world = with_counters().await;
    let mut person = Person::signed_up(&world).await;
    person.ticket(&world).await;
    let mut connection = world.database().await;
    sqlx::query("ALTER TABLE prompt_days RENAME TO lost").execute(&mut connection).await.unwrap();
    move_and_wait(&world, 61).await;
    assert!(world.counters().await.contains("sotto_job_rounds_total{outcome=\"failed\"} 1\n"));
    sqlx::query("ALTER TABLE lost RENAME TO prompt_days").execute(&mut connection).await.unwrap();
    person.ticket(&world).await;
    move_and_wait(&world, 61).await;
    assert_eq!(removed(&world, ["tickets"]).await, [("tickets", 1)]);
}
