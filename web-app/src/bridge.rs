//! What page and core say to each other over a port: postcard in a byte array whose buffer is handed over. Both are
//! of one build, so fields need no names.
//!
//! The first message each way is a hello; a page and a core of different builds do not go on.

use client_core::{intention::Intention, view::Delta};
use js_sys::Uint8Array;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue};
use zeroize::Zeroize;

/// The version of this language.
pub const PROTOCOL: u32 = 1;

/// From the page to the core.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToCore {
    /// First of all: who speaks.
    Hello {
        /// The page's build.
        build: String,
        /// The page's version of this language.
        protocol: u32,
    },
    /// The person wants something.
    Want(Intention),
    /// The tab is closed, or goes elsewhere.
    Gone,
}

/// From the core to the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ToPage {
    /// First of all: who speaks.
    Hello {
        /// The core's build.
        build: String,
        /// The core's version of this language.
        protocol: u32,
    },
    /// What the tab shows has changed.
    Delta(Delta),
}

/// Why a message could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// No byte array.
    #[error("the message holds no bytes")]
    NoBytes,
    /// Not of this language.
    #[error("the message is not of this language")]
    Malformed(#[source] postcard::Error),
}

/// Encodes a message into an array of its own, so that its buffer can be handed over.
/// Nothing of it stays in this module's memory.
pub fn encode(message: &impl Serialize) -> Uint8Array {
    let mut bytes = postcard::to_allocvec(message).expect("messages of the bridge have no part that cannot be encoded");
    let array = Uint8Array::from(bytes.as_slice());
    bytes.zeroize();
    array
}

/// Decodes a message and overwrites the array that it came in.
pub fn decode<T: DeserializeOwned>(data: &JsValue) -> Result<T, BridgeError> {
    let array = data.dyn_ref::<Uint8Array>().ok_or(BridgeError::NoBytes)?;
    let mut bytes = array.to_vec();
    array.fill(0, 0, array.length());
    let message = postcard::from_bytes(&bytes).map_err(BridgeError::Malformed);
    bytes.zeroize();
    message
}
