//! The first minute: what it costs to get from the first paint to the first word of an answer.

use anyhow::{Context, Result};
use e2e::pages::Welcome;
use e2e::screen::Screen;
use e2e::tour::Stage;

/// Counts what is asked of authenticators.
const COUNT_GESTURES: &str = "
    globalThis.nGestures = 0;
    for (const verb of ['create', 'get']) {
        const ask = navigator.credentials[verb].bind(navigator.credentials);
        navigator.credentials[verb] = (options) => {
            globalThis.nGestures += 1;
            return ask(options);
        };
    }";

/// From the first paint to the first word of an answer.
const MAX_GESTURES: u64 = 2;
const MAX_CLICKS: u32 = 6;

#[tokio::test]
async fn from_the_first_paint_to_the_first_word_two_gestures_are_enough() -> Result<()> {
    let stage = Stage::set().await?;
    stage.browser.at_every_start(COUNT_GESTURES).await?;
    stage.browser.reload().await?;
    let screen = Screen::of(&stage.browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("Is the sky blue?").await?;
    chat.answer_with("That is a good question").await?;

    let n_gestures = stage.browser.evaluate("globalThis.nGestures").await?.as_u64().context("no count")?;
    println!("first-word.gestures\t{n_gestures}\nfirst-word.clicks\t{}", screen.effort().n_clicks);
    assert!((1..=MAX_GESTURES).contains(&n_gestures), "{n_gestures} gestures");
    assert!(screen.effort().n_clicks <= MAX_CLICKS, "{:?}", screen.effort());
    Ok(())
}
