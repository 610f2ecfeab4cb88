//! The ports of the tabs: what they want goes to the client, what the client shows goes back.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use client_core::client::{TabId, TabMessage};
use client_core::view::Delta;
use futures_channel::mpsc::{UnboundedSender, unbounded};
use futures_util::StreamExt;
use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_core::bridge::{self, PROTOCOL, ToCore, ToPage};
use web_sys::{MessageEvent, MessagePort};

/// Every tab's way to the one client.
pub(crate) struct Ports {
    client: UnboundedSender<TabMessage>,
    next: Cell<u32>,
    all: Rc<RefCell<Vec<Guest>>>,
}

/// A tab that is there.
struct Guest {
    tab: TabId,
    port: MessagePort,
    is_of_this_build: bool,
}

/// No message of the bridge: a page reads it as "there is no core" (core.js says it too).
const CORE_FAILED: &str = "core-failed";

impl Ports {
    pub(crate) fn new(client: UnboundedSender<TabMessage>) -> Self {
        Self { client, next: Cell::new(0), all: Rc::default() }
    }

    /// Tells every tab that the core has failed.
    pub(crate) fn fail(&self) {
        for Guest { port, .. } in self.all.borrow().iter() {
            // A tab that is gone has nobody to tell.
            drop(port.post_message(&CORE_FAILED.into()));
        }
    }

    /// Tells every tab to go on to another core.
    pub(crate) fn restart(&self) {
        for Guest { port, .. } in self.all.borrow().iter() {
            say(port, &ToPage::Delta(Delta::Restart));
        }
    }

    /// Greets a tab and carries messages both ways for as long as the worker lives.
    pub(crate) fn add(&self, port: MessagePort, build: &str) {
        let tab = TabId(self.next.replace(self.next.get() + 1));
        self.all.borrow_mut().push(Guest { tab, port: port.clone(), is_of_this_build: false });
        let all = Rc::clone(&self.all);
        say(&port, &ToPage::Hello { build: build.to_owned(), protocol: PROTOCOL });
        let (sender, mut deltas) = unbounded::<Delta>();
        tell(&self.client, TabMessage::Came(tab, sender));
        let (client, build) = (self.client.clone(), build.to_owned());
        let mut is_of_this_build = false;
        let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            match bridge::decode::<ToCore>(&event.data()) {
                Ok(ToCore::Hello { build: theirs, protocol }) => {
                    is_of_this_build = protocol == PROTOCOL && theirs == build;
                    if let Some(guest) = all.borrow_mut().iter_mut().find(|guest| guest.tab == tab) {
                        guest.is_of_this_build = is_of_this_build;
                    }
                }
                Ok(ToCore::Want(intention)) if is_of_this_build => {
                    tell(&client, TabMessage::Wants(tab, intention));
                }
                Ok(ToCore::Gone) => {
                    let mut all = all.borrow_mut();
                    all.retain(|guest| guest.tab != tab);
                    tell(&client, TabMessage::Gone(tab));
                    // The worker lives as long as any tab that has called it, also one of another build.
                    if !all.is_empty() && !all.iter().any(|guest| guest.is_of_this_build) {
                        tell(&client, TabMessage::Abandoned);
                    }
                }
                // Another build's page, or no message of this bridge: the page shows that itself.
                Ok(ToCore::Want(_)) | Err(_) => {}
            }
        });
        port.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        spawn_local(async move {
            let _kept = listener;
            while let Some(delta) = deltas.next().await {
                say(&port, &ToPage::Delta(delta));
            }
        });
    }
}

fn tell(client: &UnboundedSender<TabMessage>, message: TabMessage) {
    // A client that has ended listens no more; its pages have been told to open another core.
    drop(client.unbounded_send(message));
}

fn say(port: &MessagePort, message: &ToPage) {
    let bytes = bridge::encode(message);
    port.post_message_with_transferable(&bytes, &Array::of1(&bytes.buffer())).expect("a byte array can be handed over");
}
