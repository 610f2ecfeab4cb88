//! Who is in, in the browser: a device that nobody knows is asked about and locked out; keys are changed by a button.

use anyhow::{Context, Result};
use e2e::browser::{Browser, Prf};
use e2e::pages::{ByWords, Chat, Locked, Security, Welcome};
use e2e::screen::{Name, Screen};
use e2e::server::{Model, Relay};

const KNOWN: &str = "Where is the spare key?";
const NEWER: &str = "Where is it now?";

/// Somebody joins with the passkey; the owner is asked on the other device, locks it out, and goes on.
#[tokio::test]
async fn an_unknown_device_is_asked_about_locked_out_and_reads_nothing_newer() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let other = Browser::open_fresh().await?;
    let authenticator = other.add_authenticator(Prf::Supported).await?;
    other.watch_prf().await?;
    other.go(&relay.origin()).await?;
    let others = Screen::of(&other);
    let kit = Welcome(&others).create_account().await?;
    let words = kit.words().await?;
    let chat = kit.confirm(&words).await?;
    chat.ask(KNOWN).await?;
    chat.answer_with("You asked").await?;
    chat.all_saved().await?;
    let passkey = other.export_passkey(&authenticator, other.prf_outputs().await?).await?;

    // The owner's device, in by the words, with the same passkey at hand.
    let own = Browser::open_fresh().await?;
    let at_hand = own.add_authenticator(Prf::Supported).await?;
    own.import_passkey(&at_hand, &passkey).await?;
    own.go(&relay.origin()).await?;
    let screen = Screen::of(&own);
    ByWords::at_sign_in(&screen).await?.type_words(&words.join(" ")).await?;
    screen.press("button", "Yes, this is it").await?;
    screen.press("button", "Later").await?;
    Chat::ready(&screen).await?.all_saved().await?;
    assert!(screen.look("alert", Name::Any).await?.is_none(), "nobody has joined with a passkey alone");

    // Somebody who has the passkey comes in with an empty profile.
    other.clear_origin(&relay.origin()).await?;
    other.go(&relay.origin()).await?;
    Welcome(&others).sign_in().await?;
    Welcome(&others).agree().await?.all_saved().await?;
    others.press("link", Name::Has(KNOWN)).await?;
    Chat(&others).answer_with("You asked").await?;

    screen.find_text("alert", Name::Any, "A new device joined").await?;
    screen.press("button", "This was not me").await?;
    screen.press("button", "Lock it out").await?;
    screen.find_none("button", "This was not me").await?;
    let security = Security::open(&screen).await?;
    let devices = security.section("Devices").await?;
    assert!(devices.contains("The device is off"), "{devices}");
    let log = security.section("Account log").await?;
    assert!(log.contains("was removed: somebody else had it") && log.contains("Keys changed"), "{log}");

    // The owner goes on; whoever was locked out is told so, sees nothing of it, and does not get in again.
    screen.press("link", "Back to chats").await?;
    let chat = Chat::ready(&screen).await?;
    chat.ask(NEWER).await?;
    chat.answer_with("You asked").await?;
    chat.all_saved().await?;
    others.find_text("alert", Name::Any, "This device was taken off your account").await?;
    assert!(!others.says(NEWER).await? && !others.says(KNOWN).await?, "it goes on reading");
    other.reload().await?;
    others.find("button", "Create account with a passkey").await?;
    assert!(!others.says(KNOWN).await?, "something is left of it");
    Ok(())
}

/// The button changes the keys, and says so; the log has it.
#[tokio::test]
async fn keys_are_changed_by_a_button_and_what_was_written_stays_readable() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.add_authenticator(Prf::Supported).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask(KNOWN).await?;
    chat.answer_with("You asked").await?;
    chat.all_saved().await?;
    let security = Security::open(&screen).await?;
    screen.press("button", "Change keys now").await?;
    screen.find_text("status", Name::Any, "The keys are changed").await?;
    assert!(security.section("Account log").await?.contains("Keys changed"));
    browser.reload().await?;
    Locked(&screen).unlock_here().await?;
    screen.press("link", "Back to chats").await?;
    screen.press("link", Name::Has(KNOWN)).await?;
    let chat = Chat::ready(&screen).await?;
    chat.answer_with("You asked").await?;
    chat.ask(NEWER).await?;
    chat.answer_with(NEWER).await?;
    chat.all_saved().await
}

/// The owner deletes the account: one question, one gesture, and the device is at the start again.
#[tokio::test]
async fn an_account_is_deleted_with_its_passkey_and_leaves_nothing_behind() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.add_authenticator(Prf::Supported).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask(KNOWN).await?;
    chat.answer_with("You asked").await?;
    chat.all_saved().await?;
    Security::open(&screen).await?;
    screen.press("button", "Delete account").await?;
    screen.find("dialog", Name::Has("Delete your account")).await?;
    screen.press("button", "Delete everything").await?;
    screen.find_text("alert", Name::Any, "Your account is deleted").await?;
    browser.reload().await?;
    screen.find("button", "Create account with a passkey").await?;
    Welcome(&screen).sign_in().await?;
    screen.find_text("alert", Name::Any, "").await.context("nobody signs in to it any more")?;
    Ok(())
}

/// A new profile shows a code, the other one's camera sees it, and its owner says yes; slips on the way say what to do.
#[tokio::test]
async fn a_device_is_added_by_a_code_that_the_other_one_scans() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let folder = tempfile::tempdir()?;
    let film = folder.path().join("film.y4m");
    let own = Browser::open_before_camera(&film).await?;
    own.add_authenticator(Prf::Supported).await?;
    own.go(&relay.origin()).await?;
    let screen = Screen::of(&own);
    let kit = Welcome(&screen).create_account().await?;
    let words = kit.words().await?;
    let chat = kit.confirm(&words).await?;
    chat.ask(KNOWN).await?;
    chat.answer_with("You asked").await?;
    chat.all_saved().await?;

    let new = Browser::open_fresh().await?;
    new.go(&relay.origin()).await?;
    let news = Screen::of(&new);
    news.press("link", "I already have an account").await?;
    news.press("button", "From another device").await?;
    let code = news.find("image", "Code for your other device").await?;
    news.find_text("timer", Name::Any, "Good for ").await?;
    std::fs::write(&film, new.film_of(news.place_of(&code).await?).await?)?;

    Security::open(&screen).await?;
    screen.press("button", "Add device").await?;
    screen.press("button", "Type its six words").await?;
    screen.fill("Six words", "abandon ability sotto").await?;
    screen.press("button", "Find the device").await?;
    screen.find_text("alert", Name::Any, "Word 3, «sotto», is not one of the list").await?;
    screen.press("button", "Close").await?;
    screen.press("button", "Add device").await?;
    screen.press("button", "Scan its code").await?;
    screen.find_text("alert", Name::Any, "Let it in only if it is yours").await?;
    screen.press("button", "Let it in").await?;
    screen.find_text("status", Name::Any, "Go on at the new device").await?;

    news.find("heading", "Your other device let this one in").await?;
    news.press("button", "Unlock with recovery words").await?;
    news.fill("Recovery words", &words.join(" ")).await?;
    news.press("button", "Continue").await?;
    let chat = Chat::ready(&news).await?;
    news.press("link", Name::Has(KNOWN)).await?;
    chat.answer_with("You asked").await?;
    chat.all_saved().await?;
    screen.find_text("status", Name::Any, "The device is in").await?;
    screen.press("button", "Close").await?;
    let devices = Security(&screen).section("Devices").await?;
    assert_eq!(devices.matches("Confirmed").count(), 2, "{devices}");
    assert_eq!(own.broken_policies().await?, [""; 0]);

    // It may do the same, but has no camera.
    Security::open(&news).await?;
    news.press("button", "Add device").await?;
    news.press("button", "Scan its code").await?;
    news.find_text("alert", Name::Any, "There is no camera here").await?;
    new.reload().await?;
    ByWords(&news).type_words(&words.join(" ")).await?;
    news.find("region", "Devices").await.map(drop)
}
