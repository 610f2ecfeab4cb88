//! Every page in every state, without a core: a stand-in at the other end of the real bridge sends
//! made-up views. For looking at, and for pictures of states that are hard to reach; never shipped.
//!
//! The address picks the state: `?state=streaming`.

mod gallery_chats;
mod gallery_entry;

use client_core::{intention::Intention, view::Delta};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, prelude::*};
use web_app::bridge::{self, PROTOCOL, ToCore, ToPage};
use web_sys::{MessageChannel, MessageEvent, MessagePort};

const BUILD: &str = "gallery";

fn main() {
    console_error_panic_hook::set_once();
    let open_core = Closure::<dyn Fn(String) -> MessagePort>::new(|_| {
        let channel = MessageChannel::new().expect("a page may make a channel");
        answer(&channel.port1());
        channel.port2()
    });
    let sotto = Object::new();
    for (name, value) in [("build", &BUILD.into()), ("openCore", open_core.as_ref())] {
        Reflect::set(&sotto, &name.into(), value).expect("a plain object takes members");
    }
    Reflect::set(&js_sys::global(), &"sotto".into(), &sotto).expect("the global object takes members");
    open_core.forget();
    web_app::shell::start();
}

/// Plays the core on a port.
fn answer(port: &MessagePort) {
    let speaker = port.clone();
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let Ok(message) = bridge::decode::<ToCore>(&event.data()) else { return };
        for reply in replies(message) {
            let bytes = bridge::encode(&reply);
            speaker
                .post_message_with_transferable(&bytes, &Array::of1(&bytes.buffer()))
                .expect("a byte array can be handed over");
        }
    });
    port.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    heard.forget();
}

fn replies(message: ToCore) -> Vec<ToPage> {
    let deltas = match message {
        ToCore::Hello { build, .. } => {
            let build = if state() == "other-build" { "another".to_owned() } else { build };
            return vec![ToPage::Hello { build, protocol: PROTOCOL }];
        }
        ToCore::Want(Intention::Attach) => attached(&state()),
        ToCore::Want(Intention::OpenChat(chat)) => gallery_chats::opened(&state(), chat),
        ToCore::Want(Intention::DeleteChat(chat)) => gallery_chats::deleted(chat),
        ToCore::Want(Intention::Send { chat, text, .. }) => gallery_chats::asked(chat, &text),
        ToCore::Want(Intention::NewChat) => vec![Delta::NewChat { draft: String::new(), model: None }],
        ToCore::Want(_) => Vec::new(),
    };
    deltas.into_iter().map(ToPage::Delta).collect()
}

fn attached(state: &str) -> Vec<Delta> {
    gallery_entry::screen(state).map_or_else(|| gallery_chats::attached(state), |screen| vec![Delta::Screen(screen)])
}

fn state() -> String {
    let search = web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    search.trim_start_matches("?state=").to_owned()
}
