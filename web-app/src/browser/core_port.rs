//! The port to the core's worker. boot.js makes the worker, because trusted types let only its
//! policy name a script; this file asks it to, greets and listens.
//!
//! Another build than the page's means that other tabs still run an older Sotto.

use client_core::view::Delta;
use js_sys::Array;
use wasm_bindgen::{JsCast, prelude::*};
use web_sys::{MessageEvent, MessagePort};

use crate::bridge::{self, PROTOCOL, ToCore, ToPage};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = sotto, js_name = openCore)]
    fn open_core(name: &str) -> MessagePort;

    #[wasm_bindgen(thread_local_v2, js_namespace = sotto, js_name = build)]
    static BUILD: String;
}

/// What comes from the core.
#[derive(Debug, Clone, PartialEq)]
pub enum FromCore {
    /// The core runs and is of the page's build.
    Ready,
    /// The core runs and is of another build.
    OtherBuild,
    /// The core's files did not load, or it speaks another language.
    Failed,
    /// What the tab shows has changed.
    Delta(Box<Delta>),
}

/// One tab's connection to the core.
pub struct CorePort {
    port: MessagePort,
    _listener: Closure<dyn FnMut(MessageEvent)>,
}

impl FromCore {
    fn read(data: &JsValue) -> Self {
        match bridge::decode(data) {
            Ok(ToPage::Hello { build, protocol }) if protocol == PROTOCOL && build == this_build() => Self::Ready,
            Ok(ToPage::Hello { .. }) => Self::OtherBuild,
            Ok(ToPage::Delta(delta)) => Self::Delta(Box::new(delta)),
            Err(_) => Self::Failed,
        }
    }

    /// Writes on the root element how the core is: `data-core`, for styles and browser tests.
    pub fn mark_root(&self) {
        let mark = match self {
            Self::Ready => "ready",
            Self::OtherBuild => "other-build",
            Self::Failed => "failed",
            Self::Delta(_) => return,
        };
        let root = web_sys::window().and_then(|window| window.document()).and_then(|page| page.document_element());
        if let Some(root) = root {
            root.set_attribute("data-core", mark).expect("an attribute name without spaces is valid");
        }
    }
}

impl CorePort {
    /// Opens a port to the core that runs under `name`, starting it if it is the first, and greets it.
    pub fn open(name: &str, mut hear: impl FnMut(FromCore) + 'static) -> Self {
        let port = open_core(name);
        let listener =
            Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| hear(FromCore::read(&event.data())));
        port.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        let opened = Self { port, _listener: listener };
        opened.say(&ToCore::Hello { build: this_build(), protocol: PROTOCOL });
        opened
    }

    /// Says something to the core; the bytes are handed over, not copied.
    pub fn say(&self, message: &ToCore) {
        let bytes = bridge::encode(message);
        self.port
            .post_message_with_transferable(&bytes, &Array::of1(&bytes.buffer()))
            .expect("a byte array can be handed over");
    }
}

impl Drop for CorePort {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}

fn this_build() -> String {
    BUILD.with(Clone::clone)
}
