//! A text of 20,000 lines: pasted, kept, sent and read without the page standing still.

use anyhow::{Context, Result};
use e2e::author::Written;
use e2e::browser::Browser;
use e2e::pages::{Chat, Locked, Welcome};
use e2e::screen::{Name, Screen};
use e2e::tour::Stage;
use serde_json::json;

const N_LINES: usize = 20_000;
/// No task on the page's thread may take longer; the browser notes longer ones only.
const MAX_TASK_MS: f64 = 50.0;
const WATCH: &str = "globalThis.longTasks = []; new PerformanceObserver((seen) => {
    for (const task of seen.getEntries()) longTasks.push(task.duration);
}).observe({ type: 'longtask' });";
/// The longest task since the last call, once two frames were drawn and what was noted has been told.
const LONGEST: &str = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
    const longest = Math.max(0, ...longTasks);
    longTasks.length = 0;
    done(longest);
}, 200))))";

async fn paste(browser: &Browser, text: &str) -> Result<()> {
    browser.evaluate(&format!("navigator.clipboard.writeText({})", json!(text))).await?;
    browser.evaluate(WATCH).await?;
    for kind in ["keyDown", "keyUp"] {
        let key = json!({ "type": kind, "key": "v", "code": "KeyV", "modifiers": 2, "commands": ["paste"] });
        browser.devtools("Input.dispatchKeyEvent", key).await?;
    }
    Ok(())
}

async fn assert_no_long_task(browser: &Browser, what: &str) -> Result<()> {
    let longest = browser.evaluate(LONGEST).await?.as_f64().context("no duration")?;
    assert!(longest <= MAX_TASK_MS, "{what}: a task of {longest} ms");
    Ok(())
}

async fn begin<'a>(stage: &Stage, screen: &'a Screen<'a>) -> Result<Chat<'a>> {
    let rights =
        json!({ "origin": stage.relay.origin(), "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    stage.browser.devtools("Browser.grantPermissions", rights).await?;
    let chat = Welcome(screen).sign_up().await?;
    screen.find_focused("textbox", "Message").await?;
    Ok(chat)
}

fn lines(line: &str) -> String {
    let lines: Vec<String> = (0..N_LINES).map(|nth| format!("{nth} {line}\n")).collect();
    lines.concat()
}

#[tokio::test]
async fn twenty_thousand_lines_are_pasted_kept_sent_and_read_without_a_long_task() -> Result<()> {
    let stage = Stage::set().await?;
    let (browser, screen) = (&stage.browser, Screen::of(&stage.browser));
    let chat = begin(&stage, &screen).await?;
    let text = lines("x");
    paste(browser, &text).await?;
    screen.find("StaticText", Name::Has("Pasted text, 20001 lines")).await?;
    assert_no_long_task(browser, "paste").await?;
    screen.type_text("How many lines are that?").await?;
    chat.draft_is("How many lines are that?").await?;
    assert_no_long_task(browser, "type").await?;
    screen.key("Control+Shift+L").await?;
    Locked(&screen).unlock().await?;
    screen.find("StaticText", Name::Has("Pasted text, 20003 lines")).await?;

    browser.evaluate(WATCH).await?;
    screen.find("textbox", "Message").await?;
    screen.fill("Message", "").await?;
    screen.key("Enter").await?;
    screen.find("article", "You asked").await?;
    screen.find("article", Name::Ends("answered")).await?;
    assert_no_long_task(browser, "send").await?;
    screen.press("button", Name::Has("Show all: 20003 lines")).await?;
    screen.find("button", "Show less").await?;
    assert_no_long_task(browser, "show").await?;
    browser.evaluate("document.querySelector('[role=log]').scrollTop = 200000").await?;
    assert_no_long_task(browser, "scroll").await
}

#[tokio::test]
async fn a_paste_that_is_too_long_to_be_asked_says_so_and_loses_nothing() -> Result<()> {
    let stage = Stage::set().await?;
    let (browser, screen) = (&stage.browser, Screen::of(&stage.browser));
    stage.author.write("never", Written::Refused);
    begin(&stage, &screen).await?;
    paste(browser, &lines("a line of thirty letters or so")).await?;
    let is_there = async || -> Result<()> {
        screen.find("StaticText", Name::Has("Pasted text, 20001 lines")).await?;
        screen.find("StaticText", Name::Has("The question is too long")).await?;
        assert!(!screen.find("button", "Send").await?.enabled);
        Ok(())
    };
    is_there().await?;
    screen.key("Control+Shift+L").await?;
    Locked(&screen).unlock().await?;
    is_there().await?;
    screen.press("button", "Remove pasted text").await?;
    screen.find_none("StaticText", Name::Has("The question is too long")).await
}
