//! Everything by keys: the list of them, what each does, and the switch.

use anyhow::{Context, Result};
use e2e::author::Written;
use e2e::pages::{Locked, Welcome};
use e2e::screen::{Name, Screen};
use e2e::tour::Stage;
use serde_json::json;

const LISTED: [&str; 15] = [
    "New chat",
    "Chat list on or off",
    "Lock now",
    "This list",
    "Write",
    "Message before, after",
    "Copy message",
    "Edit last question",
    "Version before, after",
    "Answer again",
    "Send",
    "New line",
    "Stop answer",
    "Open receipt",
    "Close",
];

#[tokio::test]
async fn every_key_of_the_list_does_what_it_says() -> Result<()> {
    let stage = Stage::set().await?;
    let (browser, screen) = (&stage.browser, Screen::of(&stage.browser));
    let rights =
        json!({ "origin": stage.relay.origin(), "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    browser.devtools("Browser.grantPermissions", rights).await?;
    stage.author.write("Name a bird", Written::Whole("A wren."));
    stage.author.write("Name a fish", Written::Whole("A pike."));
    let chat = Welcome(&screen).sign_up().await?;
    screen.find_focused("textbox", "Message").await?;
    screen.type_text("Name a bird").await?;
    screen.key("Shift+Enter").await?;
    screen.type_text("please").await?;
    chat.draft_is("Name a bird\nplease").await?;
    screen.key("Enter").await?;
    chat.answer_with("A wren.").await?;

    // In the empty text box: edit the last question.
    screen.key("ArrowUp").await?;
    screen.find_focused("textbox", "Edit question").await?;
    screen.select_all().await?;
    screen.type_text("Name a fish").await?;
    screen.key("Enter").await?;
    chat.turns_are(&["Name a fish", "A pike."]).await?;

    // Outside every field: letters.
    chat.leave_fields().await?;
    screen.key("k").await?;
    screen.find_focused("article", Name::Ends("answered")).await?;
    screen.key("k").await?;
    screen.find_focused("article", "You asked").await?;
    screen.key("c").await?;
    screen.find("StaticText", "Copied").await?;
    assert_eq!(browser.evaluate("navigator.clipboard.readText()").await?, json!("Name a fish"));
    screen.key("[").await?;
    chat.turns_are(&["Name a bird", "A wren."]).await?;
    screen.key("]").await?;
    chat.turns_are(&["Name a fish", "A pike."]).await?;
    stage.author.write("Name a fish", Written::Begun("A perch"));
    screen.key("j").await?;
    screen.find_focused("article", Name::Ends("answered")).await?;
    screen.key("r").await?;
    screen.find_text("article", Name::Ends("is answering"), "A perch").await?;
    screen.key("Escape").await?;
    screen.find("StaticText", "Stopped").await?;
    // On a question it is the answer below that is written again.
    stage.author.write("Name a fish", Written::Whole("A carp."));
    screen.key("k").await?;
    screen.find_focused("article", Name::Ends("answered")).await?;
    screen.key("k").await?;
    screen.find_focused("article", "You asked").await?;
    screen.key("r").await?;
    chat.answer_with("A carp.").await?;
    screen.key("j").await?;
    screen.key("i").await?;
    screen.find_focused("textbox", "Message").await?;
    screen.type_text("n").await?;
    chat.draft_is("n").await?;
    screen.key("Control+.").await?;
    screen.find("dialog", "What will leave this device").await?;
    screen.key("Escape").await?;
    screen.find_none("dialog", Name::Any).await?;
    screen.key("Control+b").await?;
    screen.find_none("navigation", "Chats").await?;
    screen.key("Control+b").await?;
    screen.find("navigation", "Chats").await?;
    chat.leave_fields().await?;
    screen.key("n").await?;
    screen.find("region", "Suggestions").await?;
    screen.key("Control+Shift+L").await?;
    Locked(&screen).unlock().await.map(drop)
}

#[tokio::test]
async fn the_list_of_keys_opens_and_its_switch_is_remembered_on_this_device() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.leave_fields().await?;
    screen.key("?").await?;
    screen.find("dialog", "Keyboard").await?;
    screen.find_focused("button", "Close").await?;
    for what in LISTED {
        screen.find("StaticText", what).await.with_context(|| format!("«{what}» is not listed"))?;
    }
    screen.find("switch", "Single keys").await?;
    screen.press("switch", "Single keys").await?;
    screen.key("Escape").await?;
    screen.find_none("dialog", "Keyboard").await?;
    stage.browser.reload().await?;
    Locked(&screen).unlock().await?;
    chat.leave_fields().await?;
    screen.key("?").await?;
    screen.key("Control+b").await?;
    screen.find_none("navigation", "Chats").await?;
    assert!(screen.look("dialog", "Keyboard").await?.is_none(), "a single key does nothing any more");
    screen.key("Control+b").await?;
    screen.press("button", "Account menu").await?;
    screen.press("menuitem", "Keyboard").await?;
    screen.find("dialog", "Keyboard").await?;
    screen.press("button", "Close").await?;
    screen.find_none("dialog", "Keyboard").await
}
