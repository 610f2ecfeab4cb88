//! Who may enter the account: the settings pages, and devices that come later.

use anyhow::Result;

use super::{ALL, BOTH, Device};
use crate::browser::{Authenticator, Browser, Resident};
use crate::pages::{ByWords, Chat, Password, Security, Welcome};
use crate::screen::{Name, Screen};

const NAME: &str = "Noor of the lake";
const PASSWORD: &str = "seven green kettles";

/// The settings pages.
pub(super) async fn settings(
    screen: &Screen<'_>,
    stop: &mut impl AsyncFnMut(&'static str, &'static [Device]) -> Result<()>,
) -> Result<()> {
    Security::open(screen).await?.section("Devices").await?;
    stop("07-security", ALL).await?;
    screen.press("button", "Add a way").await?;
    screen.find("textbox", "Name").await?;
    stop("way-adding", BOTH).await?;
    screen.press("button", "Cancel").await?;
    for (button, name) in [
        ("Remove «Passkey»", "way-removing"),
        ("Check recovery words again", "words-checking"),
        ("Make new recovery words", "words-making"),
        ("Delete account", "account-deleting"),
    ] {
        screen.press("button", button).await?;
        screen.find("dialog", Name::Any).await?;
        stop(name, BOTH).await?;
        screen.press("button", "Cancel").await?;
        screen.find_none("dialog", Name::Any).await?;
    }
    screen.press("button", "Add device").await?;
    screen.find("button", "Scan its code").await?;
    stop("add-device", BOTH).await?;
    screen.press("button", "Type its six words").await?;
    screen.find("textbox", "Six words").await?;
    stop("add-device-words", BOTH).await?;
    screen.press("button", "Close").await?;
    screen.find_none("dialog", Name::Any).await?;
    screen.press("link", "Models").await?;
    screen.find("heading", "Attach a better model").await?;
    stop("models", ALL).await?;
    screen.press("link", "What the relay saw").await?;
    screen.find("region", "It cannot see").await?;
    screen.find("image", Name::Has("Saves by hour")).await?;
    stop("06-relay", ALL).await?;
    screen.press("link", "Storage").await?;
    screen.find("region", "What you have here").await?;
    stop("storage", ALL).await?;
    screen.press("link", "Back to chats").await
}

/// A fresh device: is this the account as it was left? Then nobody has vouched for it.
pub(super) async fn other_device(
    screen: &Screen<'_>,
    origin: &str,
    stop: &mut impl AsyncFnMut(&'static str, &'static [Device]) -> Result<()>,
) -> Result<()> {
    begin_anew(screen, origin).await?;
    Welcome(screen).sign_in().await?;
    screen.find("button", "Yes, this is it").await?;
    stop("agree", BOTH).await?;
    Welcome(screen).agree().await?.all_saved().await?;
    Security::open(screen).await?.section("Devices").await?;
    stop("unconfirmed", BOTH).await
}

/// Everything is lost but the words: what they lead to, and the devices that are left.
pub(super) async fn by_words(
    screen: &Screen<'_>,
    origin: &str,
    authenticator: &Authenticator,
    words: &str,
    stop: &mut impl AsyncFnMut(&'static str, &'static [Device]) -> Result<()>,
) -> Result<()> {
    begin_anew(screen, origin).await?;
    ByWords::at_sign_in(screen).await?.type_words(words).await?;
    screen.press("button", "Yes, this is it").await?;
    screen.find("heading", "You are in with your recovery words").await?;
    stop("recover-way", BOTH).await?;
    screen.browser().let_nobody_touch(authenticator).await?;
    screen.browser().add_key(Resident::Yes).await?;
    screen.press("button", "Add a security key").await?;
    screen.find_text("main", Name::Any, "Could somebody else have seen your recovery words").await?;
    stop("recover-words", BOTH).await?;
    screen.press("button", "Nobody else has seen them").await?;
    Chat::ready(screen).await?.all_saved().await?;
    Security::open(screen).await?.section("Devices").await?;
    stop("members", BOTH).await?;
    screen.press("button", Name::Has("Revoke «")).await?;
    screen.find("dialog", Name::Has("Revoke")).await?;
    stop("device-revoking", BOTH).await
}

/// A password beside the rest, and a device that comes in with it and is not its owner's.
pub(super) async fn by_password(
    screen: &Screen<'_>,
    origin: &str,
    stop: &mut impl AsyncFnMut(&'static str, &'static [Device]) -> Result<()>,
) -> Result<()> {
    screen.press("button", "Cancel").await?;
    screen.find_none("dialog", Name::Any).await?;
    screen.press("button", "Add a way").await?;
    screen.press("button", "Password and app").await?;
    screen.find("dialog", "Set up password and authenticator app").await?;
    stop("way-adding-password", BOTH).await?;
    screen.press("button", "Cancel").await?;
    screen.find_none("dialog", Name::Any).await?;
    let page = Password(screen);
    let app = page.add(NAME, PASSWORD).await?;
    let account_code = page.account_code("group").await?;
    page.confirm(&app.last_code()?).await?;
    screen.find_text("status", Name::Any, "It is added").await?;
    screen.press("button", "Account code").await?;
    page.account_code("dialog").await?;
    stop("account-code", BOTH).await?;
    screen.press("button", "Close").await?;
    screen.find_none("dialog", Name::Any).await?;

    let other = Browser::open_fresh().await?;
    other.go(origin).await?;
    let others = Screen::of(&other);
    let elsewhere = Password(&others);
    elsewhere.at_sign_in().await?;
    elsewhere.sign_in(NAME, PASSWORD, &account_code, &app.code(0)?).await?;
    Welcome(&others).agree().await?;
    screen.find_text("alert", Name::Any, "A new device joined").await?;
    stop("newcomer", BOTH).await?;
    screen.press("button", "This was not me").await?;
    screen.press("button", "Lock it out").await?;
    screen.find("dialog", "Is it you? Sign with your password").await?;
    stop("signing", BOTH).await?;
    screen.press("button", "Cancel").await?;
    screen.find_none("dialog", Name::Any).await?;

    // It was its owner after all, and takes this one off, where something waits that was never sent.
    screen.press("button", "This was me").await?;
    screen.find_text("status", Name::Any, "The device is confirmed").await?;
    screen.press("link", "Back to chats").await?;
    screen.write_over(Name::Is("Message"), "Half a thought that was never sent.").await?;
    Security::open(&others).await?;
    others.press("button", "Sign out all others").await?;
    others.find("dialog", "Sign out all other devices?").await?;
    others.press("button", "Sign out all others").await?;
    elsewhere.sign(PASSWORD, &app.next_code()?).await?;
    screen.find("heading", "This device was taken off your account").await?;
    screen.find_text("list", Name::Any, "Half a thought that was never sent.").await?;
    stop("revoked", BOTH).await
}

/// The same browser with an empty profile.
async fn begin_anew(screen: &Screen<'_>, origin: &str) -> Result<()> {
    screen.browser().go("about:blank").await?;
    screen.browser().clear_origin(origin).await?;
    screen.browser().go(origin).await
}
