//! The receipt: beside the chat where there is room, over it where there is not, and of answers that failed too.

use anyhow::{Context, Result};
use e2e::author::Written;
use e2e::pages::{Chat, Receipt, Welcome};
use e2e::screen::{Name, Screen};
use e2e::tour::{Device, Look, Stage, Theme};

const WIDE: Look = Look { device: Device::Laptop, theme: Theme::Light };
const NARROW: Look = Look { device: Device::Tablet, theme: Theme::Light };

async fn begin<'a>(screen: &'a Screen<'a>) -> Result<Chat<'a>> {
    let chat = Welcome(screen).sign_up().await?;
    chat.ask("Is the sky blue?").await?;
    chat.answer_with("That is a good question").await?;
    Ok(chat)
}

#[tokio::test]
async fn on_a_laptop_the_receipt_stands_beside_the_chat_and_gives_the_focus_back() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    WIDE.take(&stage.browser).await?;
    let chat = begin(&screen).await?;
    screen.fill("Message", "And the sea").await?;
    Receipt::before_sending(&screen).await?;
    screen.find_focused("button", "Close receipt").await?;
    let panel = screen.find("dialog", Name::Any).await?;
    assert!(!panel.is("modal"), "it is no trap");
    let (panel, box_of_chat) =
        (screen.place_of(&panel).await?, screen.place_of(&screen.find("textbox", "Message").await?).await?);
    assert!(box_of_chat.x + box_of_chat.width <= panel.x, "it covers the chat: {box_of_chat:?}, {panel:?}");
    screen.find("article", Name::Ends("answered")).await?;

    // Whoever writes on is shown nothing that is not so any more.
    screen.press("textbox", "Message").await?;
    screen.find_focused("textbox", "Message").await?;
    screen.key("End").await?;
    screen.type_text("?").await?;
    chat.draft_is("And the sea?").await?;
    screen.find_none("dialog", Name::Any).await?;
    let receipt = Receipt::before_sending(&screen).await?;
    assert!(receipt.bytes().await?.contains("And the sea?"));
    screen.key("Escape").await?;
    screen.find_none("dialog", Name::Any).await?;
    screen.find_focused("textbox", "Message").await?;

    Receipt::of_the_answer(&screen).await?;
    screen.key("Escape").await?;
    screen.find_none("dialog", Name::Any).await?;
    screen.find_focused("button", "Receipt for this answer").await?;
    Receipt::of_the_answer(&screen).await?;
    screen.press("link", "New chat").await?;
    screen.find_none("dialog", Name::Any).await
}

#[tokio::test]
async fn where_there_is_no_room_the_receipt_is_modal_also_when_the_window_changes() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    WIDE.take(&stage.browser).await?;
    begin(&screen).await?;
    Receipt::of_the_answer(&screen).await?;
    for (look, is_modal) in [(NARROW, true), (WIDE, false), (NARROW, true)] {
        look.take(&stage.browser).await?;
        let holds = format!("document.querySelector('dialog[open]')?.matches(':modal') === {is_modal}");
        stage.browser.wait_until(&holds).await?;
    }
    screen.key("Escape").await?;
    screen.find_none("dialog", Name::Any).await
}

#[tokio::test]
async fn an_answer_that_failed_shows_what_was_sent_for_it() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    stage.author.write("Say no", Written::Refused);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("Say no").await?;
    screen.find("alert", Name::Any).await?;
    screen.press("button", "See receipt").await?;
    screen.find("dialog", "What left this device").await.context("the receipt")?;
    assert!(Receipt(&screen).bytes().await?.contains("Say no"));
    Ok(())
}
