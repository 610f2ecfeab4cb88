//! How each hook bends each kind of answer.

use shared_types::account::{AboutResponse, EpochsResponse, LogResponse};
use shared_types::batch::SignedBatch;
use shared_types::sync::{BatchParcel, Cursor, PageBody};

use super::Hook;
use super::shown::Shown;

/// Where the version stands in everything that is signed, and the suite in every envelope.
const VERSION_AT: usize = 4;

/// Whether an answer of this path is one whole message.
pub(super) fn is_shown_whole(path: &str) -> bool {
    let others = ["/v1/events", "/v1/prompts"];
    path.starts_with("/v1/") && !others.iter().any(|other| path.starts_with(other))
}

/// Bends an answer, and remembers what a device is shown of it.
pub(super) fn bend(path: &str, after: u64, body: Vec<u8>, hooks: &[Hook], shown: &mut Shown) -> Vec<u8> {
    let mut body = match path {
        "/v1/batches" => bend_page(after, &body, hooks, shown).unwrap_or(body),
        "/v1/log" => bend_log(&body, hooks, shown).unwrap_or(body),
        "/v1/about" => bend_about(&body, hooks).unwrap_or(body),
        "/v1/epochs" => bend_epochs(&body, hooks).unwrap_or(body),
        _ => body,
    };
    if hooks.contains(&Hook::Truncate) {
        body.truncate(body.len() / 2);
    }
    body
}

fn bend_page(after: u64, body: &[u8], hooks: &[Hook], shown: &mut Shown) -> Option<Vec<u8>> {
    let mut page = PageBody::parse(body).ok()?;
    for hook in hooks {
        match hook {
            Hook::Replay => page.parcels.splice(0..0, shown.parcels.iter().cloned()).for_each(drop),
            Hook::Swap => swap_envelopes(&mut page),
            Hook::Drop if !page.parcels.is_empty() => drop(page.parcels.remove(0)),
            Hook::Fork(other) => show_instead(&mut page, other),
            Hook::Inject(parcel) => page.parcels.push(parcel.clone()),
            Hook::Downgrade => page.parcels.iter_mut().for_each(downgrade),
            Hook::Freeze => cut(&mut page, after, shown.position),
            Hook::Drop | Hook::Truncate => {}
        }
    }
    shown.keep_page(&page);
    Some(page.to_bytes())
}

fn swap_envelopes(page: &mut PageBody) {
    let mut envelopes = page.parcels.iter_mut().flat_map(|parcel| parcel.envelopes.iter_mut());
    if let (Some((_, first)), Some((_, second))) = (envelopes.next(), envelopes.next()) {
        std::mem::swap(first, second);
    }
}

fn show_instead(page: &mut PageBody, other: &BatchParcel) {
    let place = |parcel: &BatchParcel| {
        SignedBatch::parse(&parcel.batch).ok().map(|signed| (signed.batch.device_id, signed.batch.seq))
    };
    let there = page.parcels.iter_mut().filter(|parcel| place(parcel) == place(other));
    there.for_each(|parcel| parcel.clone_from(other));
}

fn downgrade(parcel: &mut BatchParcel) {
    let envelopes = parcel.envelopes.iter_mut().map(|(_, envelope)| envelope);
    for bytes in envelopes.chain([&mut parcel.batch]) {
        bytes.get_mut(VERSION_AT).into_iter().for_each(|version| *version = 0);
    }
}

/// Ends a page at a position; positions of an account are counted without a gap.
fn cut(page: &mut PageBody, after: u64, position: u64) {
    let n_shown = usize::try_from(position.saturating_sub(after)).unwrap_or(usize::MAX);
    if page.parcels.len() > n_shown {
        page.parcels.truncate(n_shown);
        page.next = Cursor(position.max(after));
        page.more = false;
    }
}

fn bend_log(body: &[u8], hooks: &[Hook], shown: &mut Shown) -> Option<Vec<u8>> {
    let mut log: LogResponse = serde_json::from_slice(body).ok()?;
    for hook in hooks {
        match hook {
            Hook::Freeze => log.entries.truncate(shown.n_entries.max(1)),
            Hook::Downgrade => {
                let entries = log.entries.iter_mut().filter_map(|entry| entry.0.get_mut(VERSION_AT));
                entries.for_each(|version| *version = 0);
            }
            Hook::Replay | Hook::Swap | Hook::Drop | Hook::Fork(_) | Hook::Inject(_) | Hook::Truncate => {}
        }
    }
    shown.keep_log(log.entries.len());
    serde_json::to_vec(&log).ok()
}

fn bend_about(body: &[u8], hooks: &[Hook]) -> Option<Vec<u8>> {
    let mut about: AboutResponse = serde_json::from_slice(body).ok()?;
    if hooks.contains(&Hook::Downgrade) {
        about.protocol = 0;
    }
    serde_json::to_vec(&about).ok()
}

fn bend_epochs(body: &[u8], hooks: &[Hook]) -> Option<Vec<u8>> {
    let mut epochs: EpochsResponse = serde_json::from_slice(body).ok()?;
    if hooks.contains(&Hook::Downgrade) {
        let links = epochs.back_links.iter_mut().filter_map(|link| link.envelope.0.get_mut(VERSION_AT));
        links.for_each(|suite| *suite = 0);
    }
    serde_json::to_vec(&epochs).ok()
}
