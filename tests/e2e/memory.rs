//! Freed memory of relay, local model, page and core is overwritten: seen from outside, in the true binaries.
//!
//! A word travels in a header, which neither looks at: the buffers that hold it are a library's, and only the
//! allocator can wipe them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result, anyhow, ensure};
use client_core::keys::{LocalPrfOutput, LocalUnlockSecret, UnlockWay};
use client_core::records::{EnrolmentRow, from_cbor};
use client_core::store::Table;
use e2e::browser::{Browser, Prf, WorkerKind};
use e2e::canary::{Canary, descendants, memory_of};
use e2e::pages::Welcome;
use e2e::screen::Screen;
use e2e::server::{LocalModel, Model, Relay};
use e2e::static_site::address_of;
use e2e::stored::EVERYTHING;
use memchr::memmem::Finder;
use serde_json::Value;
use shared_types::ids::Hash;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Looks at a process before it must have freed what it read.
const MAX_LOOKS: usize = 200;
const WORD: &str = "walrus-parapet-2267-";
/// How often the word stands in the header.
const N_TIMES: usize = 150;

fn count_in_memory(process_id: u32) -> Result<usize> {
    let canary = Canary::text("a header", WORD);
    Ok(memory_of(process_id)?.iter().map(|region| canary.count_in(region)).sum())
}

/// Sends a request with the word in a header, and looks while the process holds it and after it has let go.
async fn assert_overwritten(process_id: u32, port: u16) -> Result<()> {
    assert_eq!(count_in_memory(process_id)?, 0);
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let head = format!("GET /healthz HTTP/1.1\r\nHost: localhost:{port}\r\nX-Word: {}\r\n", WORD.repeat(N_TIMES));
    stream.write_all(head.as_bytes()).await?;
    let mut n_held = 0;
    for _ in 0..MAX_LOOKS {
        n_held = n_held.max(count_in_memory(process_id)?);
        if n_held >= N_TIMES {
            break;
        }
    }
    ensure!(n_held >= N_TIMES, "half a request is held until its end: {n_held}");

    stream.write_all(b"Connection: close\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    ensure!(answer.starts_with("HTTP/1.1 2"), "{answer}");
    let mut n_left = n_held;
    for _ in 0..MAX_LOOKS {
        n_left = count_in_memory(process_id)?;
        if n_left == 0 {
            break;
        }
    }
    assert_eq!(n_left, 0, "freed memory still holds what was sent");
    Ok(())
}

/// What a person reads on the page and the core keeps.
const KEPT: &str = "heron-lantern-5518";

/// How many bytes the memory of the module at `address` has, and how often the words stand in it.
fn count_in_wasm(address: &str, words: &str) -> String {
    format!(
        "import('{address}').then((module) => module.default()).then(({{ memory }}) => {{
            const bytes = new Uint8Array(memory.buffer);
            const words = {words};
            const stands = (word) => {{
                let n = 0;
                for (let at = bytes.indexOf(word[0]); at !== -1; at = bytes.indexOf(word[0], at + 1)) {{
                    if (word.every((byte, index) => bytes[at + index] === byte)) n += 1;
                }}
                return n;
            }};
            return [bytes.length, words.reduce((sum, word) => sum + stands(word), 0)];
        }})"
    )
}

#[tokio::test]
async fn no_prf_output_stays_in_the_memory_of_page_or_core() -> Result<()> {
    // Adversary: a thief of the browser's memory after a sign-up.
    // Invariant: what the authenticator gave is gone once the keys are derived from it.
    // Regression caught: an output in a buffer of the bridge or of a serializer that is freed as it is.
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.add_authenticator(Prf::Supported).await?;
    browser.watch_prf().await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask(KEPT).await?;
    chat.answer_with(KEPT).await?;
    chat.all_saved().await?;

    let (page_module, core_module) = (address_of("/sotto-page.js")?, address_of("/sotto-core.js")?);
    // Positive control: what page and core do hold is found.
    let kept = serde_json::json!([KEPT.as_bytes()]).to_string();
    let in_page = browser.evaluate(&count_in_wasm(&page_module, &kept)).await?;
    let in_core = browser.evaluate_in(WorkerKind::Core, &count_in_wasm(&core_module, &kept)).await?;
    for (what, found) in [("page", in_page), ("core", in_core)] {
        assert!(found[1].as_u64().unwrap_or_default() >= 1, "the {what} holds the question: {found}");
    }
    let outputs: Vec<Vec<u8>> = browser.prf_outputs().await?.into_iter().map(|seen| seen.output).collect();
    assert!(outputs.len() >= 2, "sign-up gives two outputs: {}", outputs.len());
    let outputs = serde_json::json!(outputs).to_string();
    let page = browser.evaluate(&count_in_wasm(&page_module, &outputs)).await?;
    let core = browser.evaluate_in(WorkerKind::Core, &count_in_wasm(&core_module, &outputs)).await?;
    for (what, found) in [("page", page), ("core", core)] {
        let [n_bytes, n_found] = [0, 1].map(|place| found[place].as_u64().unwrap_or_default());
        assert!(n_bytes > 1_000_000, "{what}: {found}");
        assert_eq!(n_found, 0, "PRF output is left in the memory of the {what}");
    }
    Ok(())
}

/// Looks at a browser until its worker must have ended.
const MAX_LOOKS_AT_END: usize = 20;
/// A key as CBOR has it: 32 bytes, and the head that says so.
const KEY_HEAD: [u8; 2] = [0x58, 32];

/// All keys in the rows of a profile, as whoever holds its passkey unwraps them, each with where it was found.
async fn stored_keys(browser: &Browser) -> Result<Vec<(String, Finder<'static>)>> {
    let stored = browser.evaluate(EVERYTHING).await?;
    let bytes = |text: &Value| -> Vec<u8> {
        let numbers = text.as_str().unwrap_or_default().split(',');
        numbers.filter_map(|number| number.parse().ok()).collect()
    };
    let rows_of = |table: &str| -> Vec<(Vec<u8>, Vec<u8>)> {
        let found = stored[1].as_array().into_iter().flatten().find(|found| found[0] == table);
        let Some([_, keys, values]) = found.and_then(Value::as_array).map(Vec::as_slice) else { return Vec::new() };
        let both = keys.as_array().into_iter().flatten().zip(values.as_array().into_iter().flatten());
        both.map(|(key, value)| (bytes(key), bytes(value))).collect()
    };
    let unlock = rows_of("unlock");
    let open = unlock.iter().find(|(key, _)| key == b"enrolment").context("the profile holds an account")?;
    let enrolment: EnrolmentRow = from_cbor(&open.1)?;
    let (account, device) = (enrolment.account_id, enrolment.device_id);
    let (method, _) = enrolment.passkeys.first().context("a passkey opens it")?;
    let place = UnlockWay::Prf(*method).row_key_hash();
    let wrapped = unlock.iter().find(|(key, _)| *key == place.0).context("it is wrapped for the passkey")?;
    let outputs = browser.prf_outputs().await?;
    let store_key = outputs.iter().find_map(|seen| {
        let output = LocalPrfOutput::parse(seen.output.clone().try_into().ok()?).ok()?;
        LocalUnlockSecret::from_prf(&output, device, *method).unwrap(account, &wrapped.1).ok()
    });
    let sealer = store_key.context("one of the outputs opens it")?.row_sealer(account, device);
    let mut keys = Vec::new();
    for (name, table) in [("device", Table::Device), ("keys", Table::Keys)] {
        for (n_rows, (key, value)) in rows_of(name).into_iter().enumerate() {
            let place = Hash(key.try_into().map_err(|_| anyhow!("a row key is a hash"))?);
            let row = sealer.open_row_at(table.number(), place, &value)?;
            let heads = row.windows(KEY_HEAD.len()).enumerate().filter(|(_, head)| *head == KEY_HEAD);
            let found = heads.filter_map(|(at, _)| Some((at, row.get(at + 2..at + 34)?)));
            keys.extend(found.map(|(at, key)| {
                (format!("row {n_rows}, byte {at} of {} in table {name}", row.len()), Finder::new(key).into_owned())
            }));
        }
    }
    Ok(keys)
}

/// Which of these are in the memory of the processes of the browser, and in which. The relay, which this test has started
/// too, is another machine's: it is told the session's token with every request.
fn list_held(keys: &[(String, Finder<'_>)], relay: &Relay) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut held: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for process_id in descendants()?.into_iter().filter(|process_id| relay.process_id() != Some(*process_id)) {
        let name = fs::read_to_string(format!("/proc/{process_id}/comm")).unwrap_or_default();
        // One that has ended meanwhile holds nothing.
        for region in memory_of(process_id).unwrap_or_default() {
            for (place, _) in keys.iter().filter(|(_, key)| key.find(&region).is_some()) {
                held.entry(place.clone()).or_default().insert(name.trim().to_owned());
            }
        }
    }
    Ok(held)
}

// Adversary: A5, who takes a device that was just locked and reads the memory of everything that runs on it.
// Invariant: locking ends the worker that held the keys; none of them is left in any process of the browser.
// Regression caught: locking hides the chats and the core runs on, or the page keeps a key.
#[tokio::test]
async fn no_key_is_left_after_lock() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.add_authenticator(Prf::Supported).await?;
    browser.watch_prf().await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask(KEPT).await?;
    chat.answer_with(KEPT).await?;
    chat.all_saved().await?;

    let keys = stored_keys(&browser).await?;
    let mut held = list_held(&keys, &relay)?;
    assert!(held.len() >= 4, "device, epoch and scope keys are held while it is open: {held:?} of {}", keys.len());
    screen.key("Control+Shift+L").await?;
    screen.find("button", "Unlock with passkey").await?;
    // A worker may end a moment after its last word; a look takes about a second.
    for _ in 0..MAX_LOOKS_AT_END {
        held = list_held(&keys, &relay)?;
        if held.is_empty() {
            break;
        }
    }
    assert_eq!(held, BTreeMap::new(), "keys are left once it is locked");
    Ok(())
}

#[tokio::test]
async fn the_relay_overwrites_what_it_frees() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    assert_overwritten(relay.process_id().context("it runs")?, relay.port()).await
}

#[tokio::test]
async fn the_local_model_overwrites_what_it_frees() -> Result<()> {
    let model = LocalModel::start().await?;
    assert_overwritten(model.process_id().context("it runs")?, model.port()).await
}
