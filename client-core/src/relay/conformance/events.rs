//! What the events socket tells.

use futures_util::StreamExt;
use shared_types::account::LogAppendRequest;
use shared_types::ids::WireBytes;
use shared_types::sync::RelayEvent;

use super::{Cast, Stage};
use crate::account::checkpoint;
use crate::relay::Relay;

pub(super) async fn run<S: Stage>(cast: &Cast<'_, S>) {
    other_devices_hear_what_moved(cast).await;
    a_device_hears_that_it_was_signed_out(cast).await;
}

async fn other_devices_hear_what_moved<S: Stage>(cast: &Cast<'_, S>) {
    let mut member = cast.member().await;
    let (link, session) = cast.newcomer(&member).await;
    let mut events = link.events(&session).await.expect("a session may listen");
    assert_eq!(events.next().await, Some(RelayEvent::Hello));

    let parcel = member.next_batch(&[b"news"]);
    let cursor = member.push(&[&parcel]).await.expect("an honest push is accepted");
    assert_eq!(events.next().await, Some(RelayEvent::CursorMoved { cursor }));

    let entry = checkpoint(&member.log, &member.session.device, Vec::new(), cast.stage.now_s());
    let request = LogAppendRequest { entries: vec![WireBytes(entry)], ..LogAppendRequest::default() };
    member.link.append_log(&member.session, request).await.expect("an own entry is accepted");
    assert_eq!(events.next().await, Some(RelayEvent::LogMoved));
}

async fn a_device_hears_that_it_was_signed_out<S: Stage>(cast: &Cast<'_, S>) {
    let member = cast.member().await;
    let (link, session) = cast.newcomer(&member).await;
    let mut events = link.events(&session).await.expect("a session may listen");
    assert_eq!(events.next().await, Some(RelayEvent::Hello));
    member.link.sign_out(&member.session, session.device.id()).await.expect("a confirmed device signs others out");
    assert_eq!(events.next().await, Some(RelayEvent::SignedOut));
}
