//! `POST /v1/prompts`: forwards one prompt and streams the answer.
//!
//! Session and log are the ones that were looked up lately; the statement that counts the question also checks that
//! both still stand, so a device that was signed out or revoked, wherever, asks nothing from that moment on.
//!
//! The prompt is in memory only, and only until the provider has it. What fails before the first word is an error
//! with its own code and costs nothing; what fails later ends the stream in a frame that says so.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, HeaderName, header};
use shared_types::error::ErrorCode;
use shared_types::ids::{AccountId, DeviceId, Hash};
use shared_types::limits::{ANSWER_RESUME_S, MAX_ANSWER_TOKENS, MAX_PROMPT_BYTES, MAX_PROMPT_MESSAGES};
use shared_types::log::LogState;
use shared_types::prompt::{PromptRequest, Usage};
use tracing::Instrument;

use crate::db::{PromptCount, Standing};
use crate::error::RouteError;
use crate::metrics::PromptOutcome;
use crate::provider::{Prompt, Provider};
use crate::signed::{SignedLately, check_write_protocol, find_session};
use crate::state::Relay;
use crate::turns::{PumpOrder, Turn, pump};

const DAY_S: u64 = 24 * 60 * 60;
const NO_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Asks.
pub(in crate::routes) async fn route(
    State(relay): State<Arc<Relay>>,
    headers: HeaderMap,
    SignedLately { signed, token_hash }: SignedLately<MAX_PROMPT_BYTES>,
) -> Result<Response, RouteError> {
    check_write_protocol(&headers)?;
    let account = signed.account;
    let asker = Asker { account, device: signed.device, token_hash };
    let log = asker.find_log(&relay).await?;
    let prompt = Prompt(signed.json()?);
    drop(signed);
    check_prompt(&prompt.0)?;
    let provider = relay.providers.find(&prompt.0.model)?;
    let turn_id = prompt.0.turn_id;
    let turn = relay.turns.open(account, turn_id, relay.config.limits.prompts_at_once).map_err(open_refusal)?;
    let now = relay.clock.now_s();
    if let Err(refusal) = asker.count(&relay, log, now).await {
        relay.turns.forget(account, turn_id);
        return Err(refusal);
    }
    let running = run(Arc::clone(&relay), account, Arc::clone(&turn), provider, prompt, now / DAY_S);
    tokio::spawn(running.in_current_span());
    turn.wait_for_first_frame().await?;
    Ok(answer(&turn, 0))
}

/// Whose question it is.
struct Asker {
    account: AccountId,
    device: DeviceId,
    token_hash: Hash,
}

impl Asker {
    /// A log that lets the device in: the recent one, or else the newest.
    async fn find_log(&self, relay: &Relay) -> Result<Arc<LogState>, RouteError> {
        let recent = relay.recent_log(&self.account).await?;
        if Relay::is_active(&recent, &self.device) { Ok(recent) } else { self.look_again(relay).await }
    }

    /// The newest log, if it lets the device in and the session is still there.
    async fn look_again(&self, relay: &Relay) -> Result<Arc<LogState>, RouteError> {
        relay.sessions.forget(&self.token_hash);
        find_session(relay, &self.token_hash).await?;
        let newest = relay.load_log(&self.account).await?;
        if Relay::is_active(&newest, &self.device) { Ok(newest) } else { Err(ErrorCode::NotAllowed.into()) }
    }

    /// Counts a question; where session or log have moved since they were looked up, looks again.
    async fn count(&self, relay: &Relay, mut log: Arc<LogState>, now_s: u64) -> Result<(), RouteError> {
        let max = relay.config.limits.prompts_per_day;
        loop {
            let standing = Standing { token_hash: self.token_hash, log_head: log.head(), now_s };
            match relay.db.count_prompt(&self.account, &standing, now_s / DAY_S, max).await? {
                PromptCount::Counted => return Ok(()),
                PromptCount::LimitReached => {
                    let retry_after_s = u32::try_from(DAY_S - now_s % DAY_S).unwrap_or(u32::MAX);
                    return Err(RouteError::Wait { code: ErrorCode::PromptLimit, retry_after_s });
                }
                PromptCount::Moved => log = self.look_again(relay).await?,
            }
        }
    }
}

/// The frames of a turn from a number on, as an event stream.
///
/// The connection closes with it, because its buffers have held the prompt and a connection keeps its buffers.
pub(in crate::routes) fn answer(turn: &Arc<Turn>, first: usize) -> Response {
    let frames = turn.frames_from(first).map(|frame| Ok::<_, std::convert::Infallible>(Bytes::from_owner(Line(frame))));
    let headers = [(header::CONTENT_TYPE, "text/event-stream"), (NO_BUFFERING, "no"), (header::CONNECTION, "close")];
    (headers, Body::from_stream(frames)).into_response()
}

/// A frame's bytes, overwritten when they have left.
struct Line(zeroize::Zeroizing<String>);

impl AsRef<[u8]> for Line {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

fn check_prompt(prompt: &PromptRequest) -> Result<(), RouteError> {
    let is_right = (1..=MAX_PROMPT_MESSAGES).contains(&prompt.messages.len())
        && (1..=MAX_ANSWER_TOKENS).contains(&prompt.max_tokens)
        && prompt.sampling.temperature.is_none_or(|temperature| (0.0..=2.0).contains(&temperature))
        && prompt.sampling.top_p.is_none_or(|top_p| (0.0..=1.0).contains(&top_p));
    if is_right { Ok(()) } else { Err(ErrorCode::Malformed.into()) }
}

fn open_refusal(code: ErrorCode) -> RouteError {
    if code == ErrorCode::RateLimited { RouteError::Wait { code, retry_after_s: 5 } } else { code.into() }
}

async fn run(
    relay: Arc<Relay>,
    account: AccountId,
    turn: Arc<Turn>,
    provider: Arc<dyn Provider>,
    prompt: Prompt,
    day: u64,
) {
    let turn_id = prompt.0.turn_id;
    let order = PumpOrder {
        provider,
        cadence: Duration::from_millis(relay.config.answers.cadence_ms),
        unattended: Duration::from_secs(relay.config.answers.unattended_s),
        shutdown: relay.ending(),
    };
    let failure = match pump(&turn, order, prompt).await {
        Ok(usage) => {
            relay.metrics.count_prompt(PromptOutcome::Answered);
            if turn.is_stopped() {
                relay.turns.forget_this(account, turn_id, &turn);
            }
            turn.keep_until(relay.clock.now_s() + ANSWER_RESUME_S);
            count_tokens(&relay, &account, day, usage).await;
            return;
        }
        Err(failure) => failure,
    };
    relay.metrics.count_prompt(PromptOutcome::Failed);
    if let Err(error) = relay.db.take_back_prompt(&account, day).await {
        tracing::warn!(error = %error, "a failed prompt stays counted");
    }
    // Whoever asks again after the refusal must find neither the turn nor its count.
    relay.turns.forget_this(account, turn_id, &turn);
    turn.refuse(failure);
}

async fn count_tokens(relay: &Relay, account: &AccountId, day: u64, usage: Option<Usage>) {
    let Some(usage) = usage else { return };
    if let Err(error) = relay.db.count_tokens(account, day, usage).await {
        tracing::warn!(error = %error, "the tokens of a turn are not counted");
    }
}
