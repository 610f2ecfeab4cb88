//! Starts the client once: holds the profile, opens its database, and runs until it is locked.

use client_core::client::{Client, TabMessage};
use client_core::intention::Intention;
use client_core::relay::http::HttpRelay;
use client_core::store::StoreError;
use client_core::store::indexed_db::IndexedDbStore;
use client_core::view::{Delta, Problem, ScreenView};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use wasm_bindgen_futures::spawn_local;

use crate::machine::{self, Claim, Profile};
use crate::ports::Ports;

/// The database of a profile.
const DATABASE: &str = "sotto";

/// Starts the core; ports can be added at once and are served when it runs.
pub(crate) fn start() -> Ports {
    let (sender, inbox) = unbounded();
    spawn_local(run(sender.clone(), inbox));
    Ports::new(sender)
}

async fn run(sender: UnboundedSender<TabMessage>, mut inbox: UnboundedReceiver<TabMessage>) {
    let claim = if machine::is_shared() { Claim::InTurn } else { Claim::IfFree };
    let mut profile = match machine::hold_profile(claim).await {
        Some(profile) => profile,
        None => wait_to_be_wanted(&sender, &mut inbox).await,
    };
    let is_lost = matches!(select(Box::pin(serve(inbox)), &mut profile.lost).await, Either::Right(_));
    if is_lost {
        crate::say_restart();
    } else {
        profile.let_go();
    }
    machine::scope().close();
}

async fn serve(inbox: UnboundedReceiver<TabMessage>) {
    let store = match IndexedDbStore::open(DATABASE).await {
        Ok(store) => store,
        Err(error) => return say_stuck(inbox, error).await,
    };
    let origin = machine::scope().location().origin();
    let clock = std::rc::Rc::new(|| machine::now().seconds());
    let relay = HttpRelay::new(&origin, clock).expect("a worker's own origin is one");
    Client::new(store, relay, machine::platform(), inbox).run().await;
}

/// Another tab's core has the profile: says so until the person wants it here. The tabs that came are passed on.
async fn wait_to_be_wanted(sender: &UnboundedSender<TabMessage>, inbox: &mut UnboundedReceiver<TabMessage>) -> Profile {
    let mut came = Vec::new();
    loop {
        match inbox.next().await {
            Some(TabMessage::Came(tab, deltas)) => {
                drop(deltas.unbounded_send(Delta::Screen(ScreenView::Elsewhere)));
                came.push((tab, deltas));
            }
            Some(TabMessage::Gone(tab)) => came.retain(|(other, _)| *other != tab),
            Some(TabMessage::Wants(_, Intention::UseHere)) => {
                let Some(profile) = machine::hold_profile(Claim::Now).await else { continue };
                for (tab, deltas) in came {
                    for message in [TabMessage::Came(tab, deltas), TabMessage::Wants(tab, Intention::Attach)] {
                        drop(sender.unbounded_send(message));
                    }
                }
                return profile;
            }
            Some(TabMessage::Wants(..) | TabMessage::Abandoned) => {}
            None => std::future::pending().await,
        }
    }
}

/// Without a database there is nothing but to say so, to every tab that comes.
async fn say_stuck(mut inbox: UnboundedReceiver<TabMessage>, error: StoreError) {
    let problem = match error {
        StoreError::Newer => Problem::NewerRelease,
        StoreError::Full => Problem::StorageFull,
        StoreError::Moved | StoreError::Closed | StoreError::Failed => Problem::NoStorage,
    };
    while let Some(message) = inbox.next().await {
        if let TabMessage::Abandoned = message {
            return;
        }
        if let TabMessage::Came(_, sender) = message {
            // A tab that is gone already misses nothing.
            drop(sender.unbounded_send(Delta::Screen(ScreenView::Stuck(problem))));
        }
    }
}
