//! Starts the client once: holds the profile, opens its database, and runs until it is locked.

use client_core::client::{Client, TabMessage};
use client_core::relay::http::HttpRelay;
use client_core::store::StoreError;
use client_core::store::indexed_db::IndexedDbStore;
use client_core::view::{Delta, Problem, ScreenView};
use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_util::StreamExt;
use wasm_bindgen_futures::spawn_local;

use crate::machine;
use crate::ports::Ports;

/// The database of a profile.
const DATABASE: &str = "sotto";

/// Starts the core; ports can be added at once and are served when it runs.
pub(crate) fn start() -> Ports {
    let (sender, inbox) = unbounded();
    spawn_local(run(inbox));
    Ports::new(sender)
}

async fn run(inbox: UnboundedReceiver<TabMessage>) {
    machine::hold_profile().await;
    let store = match IndexedDbStore::open(DATABASE).await {
        Ok(store) => store,
        Err(error) => return say_stuck(inbox, error).await,
    };
    let origin = machine::scope().location().origin();
    let clock = std::rc::Rc::new(|| machine::now().seconds());
    let relay = HttpRelay::new(&origin, clock).expect("a worker's own origin is one");
    Client::new(store, relay, machine::platform(), inbox).run().await;
    machine::scope().close();
}

/// Without a database there is nothing but to say so, to every tab that comes.
async fn say_stuck(mut inbox: UnboundedReceiver<TabMessage>, error: StoreError) {
    let problem = match error {
        StoreError::Newer => Problem::NewerRelease,
        StoreError::Full => Problem::StorageFull,
        StoreError::Moved | StoreError::Closed | StoreError::Failed => Problem::NoStorage,
    };
    while let Some(message) = inbox.next().await {
        if let TabMessage::Came(_, sender) = message {
            // A tab that is gone already misses nothing.
            drop(sender.unbounded_send(Delta::Screen(ScreenView::Stuck(problem))));
        }
    }
}
