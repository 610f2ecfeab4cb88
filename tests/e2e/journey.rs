//! The main job, end to end: a passkey, a sealed chat that answers, readable and writable offline, and found again
//! with the same passkey on a fresh profile.

use anyhow::Result;
use e2e::browser::{Browser, Prf};
use e2e::canary::Canary;
use e2e::pages::{Locked, Welcome};
use e2e::screen::{Name, Screen};
use e2e::server::{LocalModel, Model, Relay};
use e2e::wiretap::Wiretap;

/// From the first paint to the first word of an answer.
const MAX_CLICKS: u32 = 6;

const SHELL_IS_KEPT: &str = "navigator.serviceWorker.controller?.state === 'activated'";

#[tokio::test]
async fn a_chat_is_made_answered_read_offline_and_written_on() -> Result<()> {
    let mut relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_at(&relay.origin()).await?;
    let screen = Screen::of(&browser);

    let chat = Welcome(&screen).sign_up().await?;
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
async fn a_closed_browser_opens_without_a_network_unlocks_reads_and_writes_on() -> Result<()> {
    let mut relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    let authenticator = browser.add_authenticator(Prf::Supported).await?;
    browser.watch_prf().await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("Is the kettle off").await?;
    chat.answer_with("You asked: Is the kettle off").await?;
    chat.all_saved().await?;
    browser.wait_until(SHELL_IS_KEPT).await?;
    let passkey = browser.export_passkey(&authenticator, browser.prf_outputs().await?).await?;
    let profile = browser.close().await?;
    relay.kill().await?;

    let browser = Browser::open(profile).await?;
    let authenticator = browser.add_authenticator(Prf::Supported).await?;
    browser.import_passkey(&authenticator, &passkey).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    screen.find("button", "Unlock with passkey").await?;
    assert!(!screen.says("kettle").await?, "a word of a chat is readable before the passkey");
    let chat = Locked(&screen).unlock().await?;
    screen.press("link", Name::Has("Is the kettle off")).await?;
    chat.answer_with("You asked: Is the kettle off").await?;
    screen.find("StaticText", "You are offline.").await?;
    chat.ask("And the stove").await?;
    screen.find_text("article", "You asked", "Waits until you are online").await?;

    relay.restart().await?;
    chat.answer_with("You asked: And the stove").await?;
    chat.all_saved().await
}

#[tokio::test]
async fn a_fresh_profile_with_the_same_passkey_finds_the_chat() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_at(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
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
    let tap = Wiretap::on(model.port()).await?;
    let relay = Relay::start(Model::At(format!("http://127.0.0.1:{}/v1", tap.port()))).await?;
    let browser = Browser::open_at(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("What is the capital of France?").await?;
    let answer = chat.answer_with("Paris").await?;
    screen.find("article", "This server’s model answered").await?;
    assert!(answer.starts_with("This server’s model"), "{answer}");

    let asked = Canary::text("the question", "What is the capital of France?");
    assert_eq!(asked.count_in(&tap.heard().concat()), 1, "the local model was not asked, or more than once");
    assert!(Canary::text("the answer", "Paris").count_in(&tap.answered().concat()) > 0);
    Ok(())
}

#[tokio::test]
async fn whoever_signs_out_with_unsent_changes_is_told_may_stay_and_loses_nothing() -> Result<()> {
    let mut relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_at(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("Is the gate shut").await?;
    chat.answer_with("You asked: Is the gate shut").await?;
    chat.all_saved().await?;

    relay.kill().await?;
    chat.ask("And the barn").await?;
    screen.find_text("article", "You asked", "Waits until you are online").await?;
    screen.press("button", "Account menu").await?;
    screen.press("menuitem", "Sign out").await?;
    screen.press("button", "Sign out").await?;
    screen.find("dialog", "Sign out and lose changes?").await?;
    screen.find("StaticText", "1 change is only on this device and would be lost.").await?;
    screen.press("button", "Stay signed in").await?;
    screen.find_none("dialog", "Sign out and lose changes?").await?;

    relay.restart().await?;
    chat.answer_with("You asked: And the barn").await?;
    chat.all_saved().await
}
