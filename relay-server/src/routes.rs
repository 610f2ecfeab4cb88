//! The routes, in one table: what each path answers to, and what it asks for before it serves anything.

mod about;
mod account;
mod anchors;
mod batches;
mod devices;
mod epochs;
mod events;
mod hand_over;
mod health;
mod log;
mod methods;
mod prompts;
mod providers;
mod seen;
mod sign_in;
mod sign_up;
mod streams;
mod tickets;

use std::sync::Arc;

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post, put};
use shared_types::error::ErrorCode;

use crate::error::RouteError;
use crate::state::Relay;
use crate::{headers, request_log, web};

/// What a route asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Nothing: it tells nothing of any account.
    Anyone,
    /// The steps of a sign-up or sign-in themselves.
    SigningIn,
    /// A session and the signature of its device.
    Session,
    /// The signature of a device that was taken off, and nothing else.
    Ended,
    /// A one-use ticket as first frame, fetched with a session.
    Ticket,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteRow {
    /// Upper case.
    pub method: &'static str,
    /// With `{…}` for what varies.
    pub path: &'static str,
    /// What it asks for.
    pub access: Access,
}

/// How long an answer may take to begin, once the request is there.
const ANSWER_WAIT: Duration = Duration::from_mins(1);

/// Routes whose answer begins when a provider says something; each has its own time there.
const WAITING: [&str; 2] = ["/v1/prompts", "/v1/providers"];

type Handler = MethodRouter<Arc<Relay>>;

const fn row(method: &'static str, path: &'static str, access: Access) -> RouteRow {
    RouteRow { method, path, access }
}

fn table() -> Vec<(RouteRow, Handler)> {
    use Access::{Anyone, Ended, Session, SigningIn, Ticket};
    vec![
        (row("GET", "/healthz", Anyone), get(health::live)),
        (row("GET", "/readyz", Anyone), get(health::ready)),
        (row("GET", "/v1/about", Anyone), get(about::show)),
        (row("POST", "/v1/sign-up/start", SigningIn), post(sign_up::start::route)),
        (row("POST", "/v1/sign-up/finish", SigningIn), post(sign_up::finish::route)),
        (row("POST", "/v1/sign-in/start", SigningIn), post(sign_in::start::route)),
        (row("POST", "/v1/sign-in/prove", SigningIn), post(sign_in::prove::route)),
        (row("POST", "/v1/sign-in/finish", SigningIn), post(sign_in::finish::route)),
        (row("POST", "/v1/account/deletion", Session), post(account::delete::route)),
        (row("POST", "/v1/hand-over/offer", SigningIn), post(hand_over::offer::route)),
        (row("POST", "/v1/hand-over/collect", SigningIn), post(hand_over::collect::route)),
        (row("POST", "/v1/hand-over/finish", SigningIn), post(hand_over::finish::route)),
        (row("GET", "/v1/hand-over/offers", Session), get(hand_over::list::route)),
        (row("POST", "/v1/hand-over/answer", Session), post(hand_over::answer::route)),
        (row("GET", "/v1/log", Session), get(log::list::route)),
        (row("POST", "/v1/log", Session), post(log::append::route)),
        (row("GET", "/v1/accounts/{account_id}/end", Ended), get(log::end::route)),
        (row("POST", "/v1/methods/start", Session), post(methods::start::route)),
        (row("GET", "/v1/epochs", Session), get(epochs::list::route)),
        (row("GET", "/v1/anchors/{method}", Session), get(anchors::show::route)),
        (row("PUT", "/v1/anchors/{method}", Session), put(anchors::put::route)),
        (row("GET", "/v1/batches", Session), get(batches::pull::route)),
        (row("POST", "/v1/batches", Session), post(batches::push::route)),
        (row("POST", "/v1/streams", Session), post(streams::pull::route)),
        (row("POST", "/v1/tickets", Session), post(tickets::issue::route)),
        (row("GET", "/v1/events", Ticket), get(events::listen::route)),
        (row("POST", "/v1/prompts", Session), post(prompts::ask::route)),
        (row("GET", "/v1/prompts/{turn_id}", Session), get(prompts::resume::route)),
        (row("DELETE", "/v1/prompts/{turn_id}", Session), delete(prompts::stop::route)),
        (row("POST", "/v1/providers", Session), post(providers::change::route)),
        (row("GET", "/v1/seen", Session), get(seen::show::route)),
        (row("DELETE", "/v1/devices/{device_id}/session", Session), delete(devices::end_session::route)),
    ]
}

/// All rows of the table.
pub fn rows() -> Vec<RouteRow> {
    table().into_iter().map(|(row, _)| row).collect()
}

/// The relay as a router; serve it with connect info, so that limits see addresses.
pub fn router(relay: Arc<Relay>) -> Router {
    let mut router = Router::new();
    for (row, handler) in table() {
        let waits = WAITING.iter().any(|start| row.path.starts_with(start));
        let handler = if waits { handler } else { handler.layer(from_fn(in_time)) };
        router = router.route(row.path, handler);
    }
    router
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(web::serve_page)
        // Who reads a body says how much of it: `Signed` and `Unsigned` do, and nothing else may.
        .layer(DefaultBodyLimit::max(0))
        .layer(from_fn_with_state(Arc::clone(&relay), headers::refuse_foreign))
        .layer(from_fn_with_state(Arc::clone(&relay), request_log::log))
        .layer(from_fn_with_state(Arc::clone(&relay), headers::secure))
        .with_state(relay)
}

/// Gives up what takes too long; a transaction that has not been committed is rolled back.
async fn in_time(request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(ANSWER_WAIT, next.run(request)).await;
    answer.unwrap_or_else(|_| RouteError::TooSlow.into_response())
}

async fn method_not_allowed() -> RouteError {
    ErrorCode::MethodNotAllowed.into()
}

#[cfg(test)]
mod tests {
    use tower::ServiceExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_does_not_begin_is_given_up() {
        let stuck = get(std::future::pending::<Response>).layer(from_fn(in_time));
        let router: Router = Router::new().route("/stuck", stuck);
        let began = tokio::time::Instant::now();
        let request = Request::get("/stuck").body(axum::body::Body::empty()).unwrap();
        let answer = router.oneshot(request).await.unwrap();
        assert_eq!((answer.status().as_u16(), began.elapsed()), (500, ANSWER_WAIT));
    }
}
