//! Passwords in a real browser's worker.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, also in what it calls")]

use data_encoding::HEXLOWER;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// Argon2id with 64 MiB, three passes, one lane, as libsodium 1.0.20 and hash-wasm 4.13 give it for the same input.
#[wasm_bindgen_test]
fn a_browser_stretches_a_password_as_others_do() {
    let salt = std::array::from_fn(|place| u8::try_from(place).unwrap());
    let stretched = password_client::stretch(b"correct horse battery staple", &salt).unwrap();
    let expected = "0d1a3c6523c8f06e4e0af9c515aa5b5448cfebd6838f2d52c3d8b6ef8ddc3c2e";
    assert_eq!(HEXLOWER.encode(stretched.as_slice()), expected);
}
