//! Locking: from the menu and by keys, in every tab, and on again where it was left. What was written stays.

use anyhow::{Context, Result};
use e2e::pages::{Locked, Welcome};
use e2e::screen::{Name, Screen};
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

/// Longer than the pause in writing after which a draft is kept.
const A_PAUSE: &str = "new Promise((done) => setTimeout(() => done(true), 1000))";

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

#[tokio::test]
async fn locking_in_one_tab_locks_all_and_unlocking_goes_on_where_that_tab_was() -> Result<()> {
    let stage = Stage::set().await?;
    let (browser, screen) = (&stage.browser, Screen::of(&stage.browser));
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("Where did we stop?").await?;
    chat.answer_with("That is a good question").await?;
    chat.all_saved().await?;
    screen.fill("Message", "half a sentence").await?;
    let first = browser.driver().window().await?;
    let address = browser.driver().current_url().await?;
    let second = browser.driver().new_tab().await?;
    browser.driver().switch_to_window(second.clone()).await?;
    browser.go(address.as_str()).await?;
    screen.find("article", Name::Ends("answered")).await.context("in the second tab")?;

    screen.press("button", "Account menu").await?;
    screen.press("menuitem", "Lock now").await?;
    for tab in [&second, &first] {
        browser.driver().switch_to_window(tab.clone()).await?;
        screen.find("heading", "Welcome back").await?;
        let seen = browser.evaluate("document.documentElement.outerHTML + document.title").await?.to_string();
        for words in ["Where did we stop", "good question", "half a sentence"] {
            assert!(!seen.contains(words), "«{words}» is still in a locked tab");
        }
    }

    Locked(&screen).unlock().await?;
    screen.find("article", Name::Ends("answered")).await.context("in the tab that unlocked")?;
    assert_eq!(browser.driver().current_url().await?, address, "the same chat");
    chat.draft_is("half a sentence").await?;
    browser.driver().switch_to_window(second).await?;
    screen.find("link", "Where did we stop?").await.context("the other tab is open too")?;
    Ok(())
}

#[tokio::test]
async fn the_keys_for_locking_lock_and_a_draft_survives_locking_and_reloading() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    Welcome(&screen).sign_up().await?;
    screen.fill("Message", "not yet sent").await?;
    screen.key("Control+Shift+L").await?;
    Locked(&screen).unlock().await?.draft_is("not yet sent").await?;

    screen.fill("Message", "").await?;
    screen.key("End").await?;
    screen.type_text(", nor now").await?;
    stage.browser.evaluate(A_PAUSE).await?;
    stage.browser.reload().await?;
    Locked(&screen).unlock().await?.draft_is("not yet sent, nor now").await?;
    screen.find_none("article", Name::Any).await
}
