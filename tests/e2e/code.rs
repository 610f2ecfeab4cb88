//! Code in an answer is drawn in colours. The highlighter and its grammars are loaded when code is first shown, not
//! before, and are there without a network too.

use anyhow::Result;
use e2e::browser::{Browser, WorkerKind};
use e2e::drawn::Drawn;
use e2e::pages::{Locked, Welcome};
use e2e::screen::Screen;
use e2e::server::{Model, Relay};
use e2e::static_site::address_of;

const LOADED: &str = "performance.getEntriesByType('resource').map((entry) => new URL(entry.name).pathname)";
const SHELL_IS_KEPT: &str = "navigator.serviceWorker.controller?.state === 'activated'";
/// Least contrast of words.
const MIN_CONTRAST: f64 = 4.5;

/// What is loaded with the first code.
fn files() -> Result<Vec<String>> {
    ["/grammars.packdump", "/sotto-highlight_bg.wasm"].map(address_of).into_iter().collect()
}

/// The highlighter's files that the core's worker has fetched.
async fn loaded(browser: &Browser) -> Result<Vec<String>> {
    let all: Vec<String> = serde_json::from_value(browser.evaluate_in(WorkerKind::Core, LOADED).await?)?;
    let files = files()?;
    let mut ours: Vec<String> = all.into_iter().filter(|path| files.contains(path)).collect();
    ours.sort();
    Ok(ours)
}

/// Whether a word of the language, a number and a comment each have a colour of their own.
fn is_coloured(code: &[Drawn]) -> bool {
    let colour = |word: &str| code.iter().find(|drawn| drawn.text.contains(word)).map(|drawn| drawn.colour);
    let [word, name, number, note] = ["let", "answer", "42", "// why"].map(colour);
    word.is_some() && word != name && number != name && note != name && word != number && word != note
}

#[tokio::test]
async fn the_first_code_loads_the_highlighter_and_is_drawn_in_colours_that_can_be_read() -> Result<()> {
    let mut relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_at(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("Nothing to colour").await?;
    chat.answer_with("You asked: Nothing to colour").await?;
    chat.all_saved().await?;
    browser.wait_until(SHELL_IS_KEPT).await?;
    assert_eq!(loaded(&browser).await?, Vec::<String>::new());

    chat.ask("Look:\n```rust\nlet answer = 42; // why\n```").await?;
    let answer = chat.answer_with("let answer = 42; // why").await?;
    assert!(answer.contains("You asked: Look:"), "{answer}");
    chat.code("rust", is_coloured).await?;
    assert_eq!(loaded(&browser).await?, files()?);
    chat.all_saved().await?;

    for scheme in ["light", "dark"] {
        browser.prefer(scheme, "reduce").await?;
        for drawn in chat.code("rust", is_coloured).await? {
            assert!(drawn.contrast() >= MIN_CONTRAST, "{scheme}: {} of {drawn:?}", drawn.contrast());
        }
    }

    relay.kill().await?;
    browser.reload().await?;
    Locked(&screen).unlock().await?.code("rust", is_coloured).await?;
    assert_eq!(loaded(&browser).await?, files()?);
    assert_eq!(browser.broken_policies().await?, Vec::<String>::new());
    Ok(())
}
