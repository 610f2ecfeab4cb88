//! The conversation: what is copied, and that nothing jumps while an answer is written.

use anyhow::{Context, Result};
use e2e::author::Written;
use e2e::browser::Browser;
use e2e::pages::{Chat, Welcome};
use e2e::screen::{Name, Screen};
use e2e::tour::{SCANS_ANSWER, SCANS_QUESTION, Stage};
use serde_json::json;

const CLIPBOARD: &str = "navigator.clipboard.readText()";
/// How far the page may round.
const MAX_ROUNDING_PX: f64 = 0.5;
const MAX_TEXT_BOX_PX: f64 = 192.0;

async fn copied(browser: &Browser) -> Result<String> {
    browser.evaluate(CLIPBOARD).await?.as_str().map(str::to_owned).context("the clipboard holds no text")
}

#[tokio::test]
async fn a_question_an_answer_and_its_code_are_copied_as_they_were_written() -> Result<()> {
    let stage = Stage::set().await?;
    let (browser, screen) = (&stage.browser, Screen::of(&stage.browser));
    let rights =
        json!({ "origin": stage.relay.origin(), "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    browser.devtools("Browser.grantPermissions", rights).await?;
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask(SCANS_QUESTION).await?;
    screen.find_text("article", Name::Ends("is answering"), "which most systems").await?;
    stage.author.finish();
    chat.answer_with("which most systems").await?;

    let code = SCANS_ANSWER.split("```").nth(1).and_then(|code| code.strip_prefix("bash\n")).context("no code")?;
    for (button, text) in [("Copy question", SCANS_QUESTION), ("Copy answer", SCANS_ANSWER), ("Copy code", code)] {
        screen.press("button", button).await?;
        screen.find("StaticText", "Copied").await?;
        assert_eq!(copied(browser).await?.trim_end(), text.trim_end(), "{button}");
        screen.find_none("StaticText", "Copied").await?;
    }
    Ok(())
}

#[tokio::test]
async fn nothing_moves_while_an_answer_is_written() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    stage.browser.prefer("light", "reduce").await?;
    stage.author.write("Tell me more", Written::Begun("The first paragraph."));
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("Tell me more").await?;
    screen.find_text("article", Name::Ends("is answering"), "The first paragraph.").await?;
    let (asked, first) = (question(&screen).await?, paragraph(&screen).await?);
    for nth in 2..6 {
        write_on(&stage, &screen, nth).await?;
        assert_same(question(&screen).await?, asked);
        assert_same(paragraph(&screen).await?, first);
    }

    for nth in 6..30 {
        write_on(&stage, &screen, nth).await?;
    }
    assert!(paragraph(&screen).await? < first, "a reader at the end stays at the end");
    screen.find_none("button", "Jump to latest").await?;
    stage.browser.evaluate("document.querySelector('[role=log]').scrollTop = 40").await?;
    screen.find("button", "Jump to latest").await?;
    let held = paragraph(&screen).await?;
    for nth in 30..34 {
        write_on(&stage, &screen, nth).await?;
        assert_same(paragraph(&screen).await?, held);
    }
    stage.author.finish();
    chat.answer_with("Paragraph 33").await?;
    assert_same(paragraph(&screen).await?, held);
    screen.press("button", "Jump to latest").await?;
    screen.find_none("button", "Jump to latest").await
}

async fn write_on(stage: &Stage, screen: &Screen<'_>, nth: usize) -> Result<()> {
    stage.author.go_on(&format!("\n\nParagraph {nth} says a little more than the one before."))?;
    screen.find_text("article", Name::Ends("is answering"), &format!("Paragraph {nth} ")).await.map(drop)
}

/// From the top of the window to the question.
async fn question(screen: &Screen<'_>) -> Result<f64> {
    let thing = screen.find("article", "You asked").await?;
    Ok(screen.place_of(&thing).await?.y)
}

/// From the top of the window to the first words of the answer.
async fn paragraph(screen: &Screen<'_>) -> Result<f64> {
    let place = "[...document.querySelectorAll('article p')]
        .find((one) => one.textContent === 'The first paragraph.').getBoundingClientRect().y";
    screen.browser().evaluate(place).await?.as_f64().context("the first paragraph is gone")
}

fn assert_same(now: f64, before: f64) {
    assert!((now - before).abs() <= MAX_ROUNDING_PX, "it moved from {before} to {now}");
}

#[tokio::test]
async fn whoever_wants_no_motion_sees_none_and_a_caret_that_stands_still() -> Result<()> {
    const N_MOVING: &str = "document.getAnimations().filter((one) => one.playState === 'running').length";
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    Welcome(&screen).sign_up().await?.ask(SCANS_QUESTION).await?;
    screen.find_text("article", Name::Ends("is answering"), "which most systems").await?;
    assert_ne!(stage.browser.evaluate(N_MOVING).await?, json!(0), "the caret blinks");

    stage.browser.prefer("light", "reduce").await?;
    stage.browser.wait_until(&format!("{N_MOVING} === 0")).await?;
    let caret = "getComputedStyle(document.querySelector('article[aria-busy=true] ul > li:last-child > p'), '::after')";
    let seen = stage.browser.evaluate(&format!("[{caret}.content, {caret}.opacity]")).await?;
    assert_eq!(seen, json!(["\"\"", "1"]));
    Ok(())
}

#[tokio::test]
async fn the_text_box_grows_with_its_text_and_then_scrolls() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    Welcome(&screen).sign_up().await?;
    let height = async || -> Result<f64> {
        let text_box = screen.find("textbox", "Message").await?;
        Ok(screen.place_of(&text_box).await?.height)
    };
    let empty = height().await?;
    screen.fill("Message", "One\nTwo\nThree").await?;
    let three = height().await?;
    assert!(three >= empty + 40.0 && three < MAX_TEXT_BOX_PX, "{empty} px, then {three} px");
    screen.type_text(&"\nand on".repeat(30)).await?;
    assert_same(height().await?, MAX_TEXT_BOX_PX);
    let send = screen.find("button", "Send").await?;
    let place = screen.place_of(&send).await?;
    assert!(place.y + place.height <= 900.0, "Send stays in sight: {place:?}");
    Ok(())
}

#[tokio::test]
async fn an_empty_chat_has_three_questions_to_start_with() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    let chat: Chat<'_> = Welcome(&screen).sign_up().await?;
    screen.find("heading", "What would you like to think through?").await?;
    screen.find("region", "Suggestions").await?;
    screen.find("StaticText", "Your chats will be listed here.").await?;
    assert!(!screen.find("button", "Send").await?.enabled, "there is nothing to send");
    let starters: Vec<String> = screen
        .things()
        .await?
        .into_iter()
        .filter(|thing| thing.role == "button" && thing.name.ends_with('.'))
        .map(|thing| thing.name)
        .collect();
    assert_eq!(starters.len(), 3, "{starters:?}");

    screen.press("button", Name::Has("Explain something simply")).await?;
    let text_box = screen.find_focused("textbox", "Message").await?;
    assert!(text_box.value.contains("why the sky is blue"), "{text_box:?}");
    screen.key("Enter").await?;
    chat.answer_with("That is a good question").await?;
    screen.find_none("region", "Suggestions").await
}
