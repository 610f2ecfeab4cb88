//! Requests and their answers in a browser's worker, by its own `fetch`.

use futures_util::StreamExt;
use futures_util::stream::{self, LocalBoxStream};
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, AbortSignal, Headers, ReadableStreamDefaultReader, RequestInit, RequestRedirect, Response,
    WorkerGlobalScope,
};

use super::super::RelayError;
use super::requests::{CALL_TIMEOUT, Outgoing, Wait};
use super::{Authority, BadOrigin};

/// Reads the origin that a worker has, which is written as an origin should be.
pub(super) fn authority_of(origin: &str) -> Result<Authority, BadOrigin> {
    let is_host = |host: &str| !host.is_empty() && !host.contains(['/', '?', '#', '@', '\\', ' ']);
    let (scheme, host) = origin.split_once("://").filter(|(_, host)| is_host(host)).ok_or(BadOrigin)?;
    match scheme {
        "http" => Ok(Authority::Plain(host.to_owned())),
        "https" => Ok(Authority::Secure(host.to_owned())),
        _ => Err(BadOrigin),
    }
}

/// What requests are sent by.
pub(super) struct Wire;

/// Ends a request when nobody reads its answer any more.
struct Running(AbortController);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Wire {
    pub(super) fn new() -> Self {
        Self
    }

    pub(super) async fn send(&self, outgoing: Outgoing<'_>) -> Result<Answer, RelayError> {
        self.fetch(outgoing).await.map_err(|_| RelayError::Unreachable)
    }

    async fn fetch(&self, outgoing: Outgoing<'_>) -> Result<Answer, JsValue> {
        let init = RequestInit::new();
        init.set_method(outgoing.method);
        init.set_redirect(RequestRedirect::Manual);
        let headers = Headers::new()?;
        for (name, value) in &outgoing.headers {
            headers.set(name, value)?;
        }
        init.set_headers(&headers);
        if !outgoing.body.is_empty() {
            init.set_body(&Uint8Array::from(outgoing.body));
        }
        let running = match outgoing.wait {
            Wait::ForACall => {
                let ms = u32::try_from(CALL_TIMEOUT.as_millis()).expect("a minute in milliseconds is a small number");
                init.set_signal(Some(&AbortSignal::timeout_with_u32(ms)));
                None
            }
            Wait::ForAStream => {
                let controller = AbortController::new()?;
                init.set_signal(Some(&controller.signal()));
                Some(Running(controller))
            }
        };
        let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
        let response = JsFuture::from(scope.fetch_with_str_and_init(&outgoing.address, &init)).await?;
        Ok(Answer { response: response.unchecked_into(), running })
    }
}

/// An answer whose body is still to be read.
pub(super) struct Answer {
    response: Response,
    running: Option<Running>,
}

impl Answer {
    pub(super) fn status(&self) -> u16 {
        self.response.status()
    }

    /// How long the body is said to be.
    pub(super) fn announced_bytes(&self) -> Option<u64> {
        self.response.headers().get("content-length").ok()??.parse().ok()
    }

    pub(super) fn body(self) -> LocalBoxStream<'static, Result<Vec<u8>, RelayError>> {
        let Some(body) = self.response.body() else { return stream::empty().boxed_local() };
        let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
        let chunks = stream::unfold((reader, self.running), async |(reader, running)| {
            let chunk = read_chunk(&reader).await.map_err(|_| RelayError::Unreachable);
            Some((chunk.transpose()?, (reader, running)))
        });
        chunks.boxed_local()
    }
}

/// The next chunk of a body; `None` at its end.
async fn read_chunk(reader: &ReadableStreamDefaultReader) -> Result<Option<Vec<u8>>, JsValue> {
    let chunk = JsFuture::from(reader.read()).await?;
    if Reflect::get(&chunk, &"done".into())?.is_truthy() {
        return Ok(None);
    }
    let bytes: Uint8Array = Reflect::get(&chunk, &"value".into())?.dyn_into()?;
    Ok(Some(bytes.to_vec()))
}
