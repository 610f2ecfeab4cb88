//! A password and an authenticator app in the browser: an account is made, opened on an empty profile, and unlocked.

use anyhow::Result;
use e2e::browser::{Browser, Prf};
use e2e::pages::{Chat, Password, Security, Welcome};
use e2e::screen::{Name, Screen};
use e2e::server::{Model, Relay};

const NAME: &str = "Noor of the lake";
const PASSWORD: &str = "seven green kettles";

#[tokio::test]
async fn a_password_with_its_app_makes_an_account_and_opens_it_on_an_empty_profile() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let page = Password(&screen);
    let app = page.choose(NAME, PASSWORD).await?;
    page.confirm("000000").await?;
    screen.find_text("alert", Name::Any, "That code is not right").await?;
    page.confirm(&app.last_code()?).await?;
    let account_code = page.account_code("region").await?;
    let printed = browser.print().await?;
    assert_eq!(printed.n_pages, 1);
    assert!(printed.letters.contains(&account_code), "the account code is not on paper: {printed:?}");
    let (chat, secrets) = page.finish(app).await?;
    chat.ask("Where is the spare key?").await?;
    chat.all_saved().await?;

    // It unlocks the device that made it.
    browser.reload().await?;
    page.unlock("another password").await?;
    screen.find_text("alert", Name::Any, "That password does not open this device").await?;
    page.unlock(PASSWORD).await?;
    Chat::ready(&screen).await?;

    let other = Browser::open_fresh().await?;
    other.go(&relay.origin()).await?;
    let screen = Screen::of(&other);
    let page = Password(&screen);
    page.at_sign_in().await?;
    for (account_code, code, said) in [
        ("AAAA", "000000", "The account code is not right"),
        (secrets.account_code.as_str(), "000000", "Name, password or code is wrong"),
        // A phone whose clock is a minute and a half behind.
        (secrets.account_code.as_str(), &secrets.app.code(90)?, "check that your phone sets its clock by itself"),
    ] {
        page.sign_in(NAME, PASSWORD, account_code, code).await?;
        screen.find_text("alert", Name::Any, said).await?;
    }
    let code = secrets.app.code(0)?;
    page.sign_in(&NAME.to_uppercase(), PASSWORD, &secrets.account_code.to_lowercase(), &code).await?;
    let chat = Welcome(&screen).agree().await?;
    screen.press("link", Name::Has("Where is the spare key?")).await?;
    chat.all_saved().await?;
    other.reload().await?;
    page.unlock(PASSWORD).await?;
    Chat::ready(&screen).await.map(drop)
}

/// What wants the word of a way to sign in gets it by password and code where there is no passkey.
#[tokio::test]
async fn a_device_is_taken_off_and_an_account_deleted_with_password_and_code() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let page = Password(&screen);
    let (chat, secrets) = page.sign_up(NAME, PASSWORD).await?;
    chat.all_saved().await?;

    let other = Browser::open_fresh().await?;
    other.go(&relay.origin()).await?;
    let others = Screen::of(&other);
    let elsewhere = Password(&others);
    elsewhere.at_sign_in().await?;
    elsewhere.sign_in(NAME, PASSWORD, &secrets.account_code, &secrets.app.code(0)?).await?;
    Welcome(&others).agree().await?.all_saved().await?;

    screen.find_text("alert", Name::Any, "A new device joined").await?;
    screen.press("button", "This was not me").await?;
    screen.press("button", "Lock it out").await?;
    page.sign(PASSWORD, "000000").await?;
    screen.find_text("alert", Name::Any, "Name, password or code is wrong").await?;
    page.sign(PASSWORD, &secrets.app.next_code()?).await?;
    others.find_text("alert", Name::Any, "This device was taken off your account").await?;
    let security = Security::open(&screen).await?;
    assert!(security.section("Account log").await?.contains("somebody else had it"));

    // Another account: each code is good once.
    let browser = Browser::open_fresh().await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let page = Password(&screen);
    let (chat, secrets) = page.sign_up("Ada", PASSWORD).await?;
    chat.all_saved().await?;
    Security::open(&screen).await?;
    screen.press("button", "Delete account").await?;
    screen.press("button", "Delete everything").await?;
    page.sign(PASSWORD, &secrets.app.code(0)?).await?;
    screen.find_text("alert", Name::Any, "Your account is deleted").await.map(drop)
}

/// Somebody who has a passkey sets up a password with its app, and reads the account code again later.
#[tokio::test]
async fn a_password_is_added_to_an_account_and_shows_its_code() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.add_authenticator(Prf::Supported).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    Welcome(&screen).sign_up().await?.all_saved().await?;
    let security = Security::open(&screen).await?;
    let page = Password(&screen);
    let app = page.add(NAME, PASSWORD).await?;
    let given = page.account_code("group").await?;
    page.confirm("000000").await?;
    screen.find_text("alert", Name::Any, "That code is not right").await?;
    page.confirm(&app.last_code()?).await?;
    screen.find_text("status", Name::Any, "It is added").await?;
    assert!(security.section("Account log").await?.contains("Password"));
    screen.press("button", "Account code").await?;
    assert_eq!(page.account_code("dialog").await?, given);
    screen.press("button", "Close").await?;

    let other = Browser::open_fresh().await?;
    other.go(&relay.origin()).await?;
    let screen = Screen::of(&other);
    let page = Password(&screen);
    page.at_sign_in().await?;
    page.sign_in(NAME, PASSWORD, &given, &app.code(0)?).await?;
    Welcome(&screen).agree().await.map(drop)
}
