//! A password and an authenticator app in the browser: an account is made, opened on an empty profile, and unlocked.

use anyhow::Result;
use e2e::browser::Browser;
use e2e::pages::{Chat, Password, Welcome};
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
