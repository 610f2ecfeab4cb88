//! The main job, end to end: a passkey, a sealed chat that answers, readable and writable offline, and found again
//! with the same passkey on a fresh profile.

use anyhow::Result;
use e2e::browser::{Browser, Prf};
use e2e::pages::{Chat, Kit, Locked, Welcome};
use e2e::screen::{Name, Screen};
use e2e::server::{LocalModel, Model, Relay};

/// From the first paint to the first word of an answer.
const MAX_CLICKS: u32 = 6;

const SHELL_IS_KEPT: &str = "navigator.serviceWorker.controller?.state === 'activated'";

async fn sign_up<'a>(screen: &'a Screen<'_>) -> Result<Chat<'a>> {
    let kit: Kit<'_> = Welcome(screen).create_account().await?;
    let words = kit.words().await?;
    kit.confirm(&words).await
}

#[tokio::test]
async fn a_chat_is_made_answered_read_offline_and_written_on() -> Result<()> {
    let mut relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.add_authenticator(Prf::Supported).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);

    let chat = sign_up(&screen).await?;
    chat.ask("What is the weather like in the boxes today").await?;
    chat.answer_with("You asked: What is the weather like in the boxes today").await?;
    assert!(screen.effort().n_clicks <= MAX_CLICKS, "{:?}", screen.effort());
    chat.all_saved().await?;
    browser.wait_until(SHELL_IS_KEPT).await?;

    relay.kill().await?;
    browser.reload().await?;
    let chat = Locked(&screen).unlock().await?;
    chat.answer_with("You asked: What is the weather like").await?;
    screen.find("StaticText", "You are offline.").await?;

    chat.ask("Second question from the train").await?;
    screen.find_text("article", "You asked", "Waits until you are online").await?;

    relay.restart().await?;
    chat.answer_with("You asked: Second question from the train").await?;
    chat.all_saved().await
}

#[tokio::test]
async fn a_fresh_profile_with_the_same_passkey_finds_the_chat() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.add_authenticator(Prf::Supported).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = sign_up(&screen).await?;
    chat.ask("Remember the blue door").await?;
    chat.answer_with("You asked: Remember the blue door").await?;
    chat.all_saved().await?;

    browser.go("about:blank").await?;
    browser.clear_origin(&relay.origin()).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let welcome = Welcome(&screen);
    welcome.sign_in().await?;
    let chat = welcome.agree().await?;
    screen.press("link", Name::Has("Remember the blue door")).await?;
    chat.answer_with("You asked: Remember the blue door").await?;
    Ok(())
}

#[tokio::test]
async fn the_local_model_answers() -> Result<()> {
    let model = LocalModel::start().await?;
    let relay = Relay::start(Model::At(model.address())).await?;
    let browser = Browser::open_fresh().await?;
    browser.add_authenticator(Prf::Supported).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = sign_up(&screen).await?;
    chat.ask("What is the capital of France?").await?;
    chat.answer_with("Paris").await?;
    Ok(())
}
