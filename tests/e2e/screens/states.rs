//! Loading, offline and error: said in words, by role, with what can be done.

use anyhow::Result;
use e2e::browser::{Browser, Prf, WorkerKind};
use e2e::pages::{Chat, Locked, Welcome};
use e2e::screen::{Name, Screen, Thing};
use e2e::server::{Model, Relay};
use e2e::tour::Stage;
use serde_json::json;

const SHELL_IS_KEPT: &str = "navigator.serviceWorker.controller?.state === 'activated'";

#[tokio::test]
async fn while_a_chat_opens_its_head_is_there_and_skeletons_come_after_a_moment() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("The slow one").await?;
    chat.answer_with("That is a good question").await?;
    chat.all_saved().await?;
    chat.start_new().await?;
    // The core stands still, so that the page has to wait for it.
    let mut core = stage.browser.worker(WorkerKind::Core).await?;
    core.devtools("Debugger.enable", json!({})).await?;
    core.devtools("Debugger.pause", json!({})).await?;
    screen.press("link", "The slow one").await?;

    screen.find("heading", "The slow one").await?;
    screen.find("status", "Opening the chat").await?;
    let delay = "document.querySelector('main [role=status]').getAnimations()[0].effect.getTiming().delay";
    assert_eq!(stage.browser.evaluate(delay).await?, json!(150), "what takes less shows nothing");
    let n_bubbles = "document.querySelectorAll('main [role=status] > div').length";
    assert_eq!(stage.browser.evaluate(n_bubbles).await?, json!(3));

    core.devtools("Debugger.resume", json!({})).await?;
    core.close().await?;
    chat.answer_with("That is a good question").await?;
    screen.find_none("status", "Opening the chat").await
}

#[tokio::test]
async fn a_button_that_waits_for_the_passkey_says_so() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    stage.browser.await_gestures(&stage.authenticator).await?;
    screen.press("button", "Create account with a passkey").await?;
    screen.find("button", "Waiting for your passkey").await?;
    let busy = stage.browser.evaluate("document.querySelector('button[aria-busy=true]').innerText").await?;
    assert_eq!(busy, json!("Waiting for your passkey"));
    Ok(())
}

#[tokio::test]
async fn a_refused_passkey_is_said_below_the_button_and_the_other_way_stays() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.add_authenticator(Prf::Absent).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    screen.press("button", "Create account with a passkey").await?;
    let alert = screen.find("alert", Name::Any).await?;
    assert!(screen.text_of(&alert).await?.contains("This passkey cannot lock your chats"));
    let button = screen.find("button", "Create account with a passkey").await?;
    assert!(button.enabled, "it can be tried again");
    assert!(screen.place_of(&alert).await?.y > screen.place_of(&button).await?.y, "the note is below the button");
    screen.find("link", "I already have an account").await.map(drop)
}

#[tokio::test]
async fn what_went_wrong_with_an_answer_is_said_in_the_log_and_can_be_tried_again() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_at(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let kit = Welcome(&screen).create_account().await?;
    let chat = kit.confirm(&kit.words().await?).await?;
    for (question, said) in [
        ("/refused please", "The model’s owner refused this question"),
        ("/late-garbage please", "The model sent no readable answer"),
        ("/down please", "The model does not answer"),
    ] {
        chat.ask(question).await?;
        let says_it = |things: &[Thing]| things.iter().find(|thing| thing.name == said).map(drop);
        screen.wait(says_it).await?;
        let alert = screen.find("alert", Name::Any).await?;
        assert!(screen.text_of(&alert).await?.contains(said), "{question}");
        screen.find("button", "Try again").await?;
        screen.fill("Message", "the next thing").await?;
        assert_eq!(screen.find("textbox", "Message").await?.value, "the next thing", "the draft is kept");
        chat.start_new().await?;
    }
    Ok(())
}

#[tokio::test]
async fn locked_and_offline_opens_all_the_same() -> Result<()> {
    let mut stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.all_saved().await?;
    stage.browser.wait_until(SHELL_IS_KEPT).await?;
    stage.relay.kill().await?;
    stage.browser.reload().await?;
    screen.find("heading", "Welcome back").await?;
    screen.find("StaticText", "You can still read and write; it syncs later.").await?;
    Locked(&screen).unlock().await?;
    Ok(())
}

#[tokio::test]
async fn offline_an_account_cannot_be_made_and_a_chat_can_be_written() -> Result<()> {
    let mut stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    stage.browser.wait_until(SHELL_IS_KEPT).await?;
    stage.relay.kill().await?;
    stage.browser.reload().await?;
    screen.find("status", Name::Any).await?;
    screen.find("StaticText", Name::Has("An account needs a connection once")).await?;
    assert!(!screen.find("button", "Create account with a passkey").await?.enabled);

    stage.relay.restart().await?;
    let chat = Welcome(&screen).create_account().await?;
    let chat: Chat<'_> = chat.confirm(&chat.words().await?).await?;
    chat.ask("Before the tunnel").await?;
    chat.answer_with("That is a good question").await?;
    chat.all_saved().await?;
    stage.relay.kill().await?;
    chat.start_new().await?;
    screen.find("StaticText", "You are offline.").await?;
    let text_box = screen.find("textbox", "Message").await?;
    assert!(text_box.enabled, "offline is not locked");
    screen.find("StaticText", "Will wait here, then send:").await?;
    chat.ask("From the tunnel").await?;
    let card = screen.find("alert", Name::Any).await?;
    assert!(screen.text_of(&card).await?.contains("The server cannot be reached"));
    screen.find_text("article", "You asked", "Waits until you are online").await?;
    screen.find("button", Name::Has("to be saved")).await?;
    screen.find("button", "Try now").await?;
    screen.press("button", "Do not send").await?;
    chat.draft_is("From the tunnel").await?;
    screen.find_none("alert", Name::Any).await
}
