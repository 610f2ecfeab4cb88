//! Asking, resuming, stopping.

use futures_util::StreamExt;
use shared_types::error::ErrorCode;
use shared_types::ids::TurnId;
use shared_types::prompt::{AnswerEnd, PromptFrame, PromptMessage, PromptRequest, Role, Sampling};

use super::{Answer, Cast, Member, Stage, code};
use crate::relay::{FrameStream, Relay, RelayError};

pub(super) async fn run<S: Stage>(cast: &Cast<'_, S>) {
    an_answer_streams_to_its_end(cast).await;
    a_turn_is_asked_once(cast).await;
    an_answer_is_resumed_by_frame(cast).await;
    a_running_answer_can_be_stopped(cast).await;
    a_refused_prompt_says_why(cast).await;
    a_turn_that_was_never_asked_is_not_found(cast).await;
    another_account_cannot_resume_a_turn(cast).await;
}

fn prompt(turn: TurnId, question: String) -> Vec<u8> {
    let request = PromptRequest {
        turn_id: turn,
        model: "scripted".to_owned(),
        messages: vec![PromptMessage { role: Role::User, content: question }],
        sampling: Sampling::default(),
        max_tokens: 256,
    };
    serde_json::to_vec(&request).expect("a prompt has string keys only")
}

async fn ask<S: Stage>(
    cast: &Cast<'_, S>,
    member: &Member<S::Link>,
    turn: TurnId,
    answer: Answer,
) -> Result<FrameStream, RelayError> {
    member.link.ask(&member.session, prompt(turn, cast.stage.question(answer))).await
}

async fn collect(frames: FrameStream) -> Vec<PromptFrame> {
    frames.map(|frame| frame.expect("the answer is whole")).collect().await
}

fn text(frames: &[PromptFrame]) -> String {
    frames.iter().map(|frame| frame.text.as_str()).collect()
}

async fn an_answer_streams_to_its_end<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    let frames = ask(cast, &member, TurnId([1; 16]), Answer::Words(5)).await.expect("the model answers");
    let frames = collect(frames).await;
    assert_eq!(text(&frames).split_whitespace().count(), 5, "{frames:?}");
    let numbers: Vec<u32> = frames.iter().map(|frame| frame.frame).collect();
    assert_eq!(numbers, (0..).take(frames.len()).collect::<Vec<u32>>());
    let ends: Vec<_> = frames.iter().filter(|frame| frame.end.is_some()).collect();
    assert!(matches!(ends[..], [PromptFrame { end: Some(AnswerEnd::Done { .. }), .. }]), "{ends:?}");
}

async fn a_turn_is_asked_once<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    let turn = TurnId([2; 16]);
    collect(ask(cast, &member, turn, Answer::Words(2)).await.expect("the model answers")).await;
    let again = member.link.ask(&member.session, prompt(turn, "again".to_owned())).await.map(|_| ());
    assert_eq!(code(again), ErrorCode::TurnExists);
}

async fn an_answer_is_resumed_by_frame<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    let turn = TurnId([3; 16]);
    let whole = collect(ask(cast, &member, turn, Answer::WordByWord(5)).await.expect("the model answers")).await;
    assert!(whole.len() >= 3, "{whole:?}");

    let again = member.link.resume(&member.session, turn, None).await.expect("the turn is kept");
    assert_eq!(collect(again).await, whole);
    let last = whole.last().expect("an answer has frames").frame;
    for after in [0, last.saturating_sub(1)] {
        let rest = member.link.resume(&member.session, turn, Some(after)).await.expect("the turn is kept");
        let expected: Vec<_> = whole.iter().filter(|frame| frame.frame > after).cloned().collect();
        assert_eq!(collect(rest).await, expected, "after {after}");
    }
}

async fn a_running_answer_can_be_stopped<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    let turn = TurnId([4; 16]);
    let mut frames = ask(cast, &member, turn, Answer::Endless).await.expect("the model answers");
    cast.stage.let_words_out(1);
    let first = frames.next().await.expect("an answer has frames").expect("the first frame is whole");
    assert_eq!((first.frame, first.end.is_none()), (0, true));
    member.link.stop(&member.session, turn).await.expect("a running answer stops");
    let rest = collect(frames).await;
    assert_eq!(rest.last().and_then(|frame| frame.end.clone()), Some(AnswerEnd::Stopped));
}

async fn a_refused_prompt_says_why<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    let refused = ask(cast, &member, TurnId([5; 16]), Answer::Refused).await.map(|_| ());
    assert_eq!(code(refused), ErrorCode::ProviderRefused);
    let garbage = member.link.ask(&member.session, b"no prompt".to_vec()).await.map(|_| ());
    assert_eq!(code(garbage), ErrorCode::Malformed);
    let again = ask(cast, &member, TurnId([5; 16]), Answer::Words(1)).await;
    collect(again.expect("a refused turn can be asked again")).await;
}

async fn a_turn_that_was_never_asked_is_not_found<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    let turn = TurnId([6; 16]);
    let resumed = member.link.resume(&member.session, turn, Some(3)).await.map(|_| ());
    assert_eq!(code(resumed), ErrorCode::NotFound);
    assert_eq!(code(member.link.stop(&member.session, turn).await), ErrorCode::NotFound);
}

async fn another_account_cannot_resume_a_turn<S: Stage>(cast: &Cast<'_, S>) {
    let (one, other) = (cast.member().await, cast.member().await);
    let turn = TurnId([7; 16]);
    collect(ask(cast, &one, turn, Answer::Words(3)).await.expect("the model answers")).await;
    let resumed = other.link.resume(&other.session, turn, None).await.map(|_| ());
    assert_eq!(code(resumed), ErrorCode::NotFound);
}
