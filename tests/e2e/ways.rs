//! Ways to sign in, in the browser: a second passkey takes the place of the first, and one provider holds one.

use anyhow::Result;
use e2e::browser::{Browser, Prf, Resident};
use e2e::pages::{Chat, Locked, Security, Welcome};
use e2e::screen::{Name, Screen};
use e2e::server::{Model, Relay};

const ASKED: &str = "Where is the spare key?";

/// Asks once and waits until it is saved.
async fn ask(chat: &Chat<'_>) -> Result<()> {
    chat.ask(ASKED).await?;
    chat.answer_with("You asked").await?;
    chat.all_saved().await
}

// Adversary: whoever makes the user enrol once more with the provider that holds the passkey.
// Invariant: the provider says that it holds one already, and the one that it holds signs in and unlocks as before.
// Regression caught: the credentials that must not be made again are left out, and the provider overwrites the passkey.
#[tokio::test]
async fn enrolling_the_same_provider_twice_keeps_the_method() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    let authenticator = browser.add_authenticator(Prf::Supported).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    ask(&Welcome(&screen).sign_up().await?).await?;
    let security = Security::open(&screen).await?;
    screen.press("button", "Add a way").await?;
    screen.press("button", "Add a passkey").await?;
    screen.find_text("alert", Name::Any, "It holds a passkey of this account already").await?;
    screen.press("button", "Cancel").await?;
    assert_eq!(browser.count_passkeys(&authenticator).await?, 1);
    assert_eq!(security.section("Ways to sign in").await?.matches("Passkey").count(), 1);

    browser.reload().await?;
    Locked(&screen).unlock_here().await?;
    screen.find("heading", "Security").await?;
    browser.go("about:blank").await?;
    browser.clear_origin(&relay.origin()).await?;
    browser.go(&relay.origin()).await?;
    Welcome(&screen).sign_in().await?;
    let chat = Welcome(&screen).agree().await?;
    screen.press("link", Name::Has(ASKED)).await?;
    chat.answer_with("You asked").await.map(drop)
}

/// The words sign that a security key comes, which then signs that the first passkey goes: the session ends with it and
/// is begun again, and from then on the key alone unlocks and signs in.
#[tokio::test]
async fn a_second_way_is_added_and_the_first_providers_is_removed() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    let first = browser.add_authenticator(Prf::Supported).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let kit = Welcome(&screen).create_account().await?;
    let words = kit.words().await?;
    ask(&kit.confirm(&words).await?).await?;

    browser.let_nobody_touch(&first).await?;
    browser.add_key(Resident::Yes).await?;
    let security = Security::open(&screen).await?;
    screen.find("image", "2 of 4 ways back in").await?;
    screen.press("button", "Add a way").await?;
    screen.fill("Name", "blue").await?;
    screen.press("checkbox", Name::Has("Sign with my recovery words")).await?;
    screen.fill("Recovery words", "abandon").await?;
    screen.press("button", "Add a passkey").await?;
    screen.find_text("alert", Name::Any, "This is 1 word").await?;
    screen.write_over(Name::Is("Recovery words"), &words.join(" ")).await?;
    screen.press("button", "Add a passkey").await?;
    screen.find_text("status", Name::Any, "It is added").await?;
    screen.find("region", "Three ways back in. Good.").await?;
    assert!(security.section("Ways to sign in").await?.contains("Passkey · blue"));

    screen.press("button", "Rename «Passkey · blue»").await?;
    screen.write_over(Name::Is("Name"), "green").await?;
    screen.press("button", "Save").await?;
    screen.find("button", "Remove «Passkey · green»").await?;
    screen.press("button", "Remove «Passkey»").await?;
    screen.press("button", "Remove").await?;
    screen.find_text("status", Name::Any, "It is removed").await?;
    let ways = security.section("Ways to sign in").await?;
    assert!(ways.contains("Passkey · green") && ways.matches("Passkey").count() == 1, "{ways}");
    // Nothing but two are left: neither may go.
    screen.press("button", "Remove «Passkey · green»").await?;
    screen.press("button", "Remove").await?;
    screen.find_text("alert", Name::Any, "This is one of your last two ways in").await?;
    screen.press("button", "Cancel").await?;

    browser.reload().await?;
    Locked(&screen).unlock_here().await?;
    screen.press("link", "Back to chats").await?;
    Chat::ready(&screen).await?.all_saved().await?;
    browser.go("about:blank").await?;
    browser.clear_origin(&relay.origin()).await?;
    browser.go(&relay.origin()).await?;
    Welcome(&screen).sign_in().await?;
    let chat = Welcome(&screen).agree().await?;
    screen.press("link", Name::Has(ASKED)).await?;
    chat.answer_with("You asked").await.map(drop)
}
