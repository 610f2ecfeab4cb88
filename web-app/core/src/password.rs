//! The way to OPAQUE and Argon2id, which core.js loads when somebody chooses a password.

use client_core::password::{PasswordAnswer, PasswordTask};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use crate::machine;

/// Bytes of the longest answer.
const MAX_ANSWER_BYTES: usize = 32 * 1024;

#[wasm_bindgen]
extern "C" {
    type PasswordModule;

    #[wasm_bindgen(catch, js_name = openPassword)]
    async fn open_password() -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, method)]
    fn run(this: &PasswordModule, task: &[u8], answer: &mut [u8]) -> Result<usize, JsValue>;
}

/// Runs a task; `None` if the module did not load or failed, as without memory for Argon2id.
pub(crate) async fn run(task: PasswordTask) -> Option<PasswordAnswer> {
    // What tabs are shown comes first: stretching keeps the worker busy for a moment.
    machine::wait_ms(0).await;
    let module: PasswordModule = open_password().await.ok()?.unchecked_into();
    let mut answer = Zeroizing::new(vec![0; MAX_ANSWER_BYTES]);
    let n_bytes = module.run(task.as_slice(), &mut answer).ok()?;
    answer.truncate(n_bytes);
    Some(PasswordAnswer::take(answer))
}
