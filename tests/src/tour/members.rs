//! Who may enter the account: the settings pages, and devices that come later.

use anyhow::Result;

use super::{ALL, BOTH, Device};
use crate::browser::{Authenticator, Resident};
use crate::pages::{ByWords, Chat, Security, Welcome};
use crate::screen::{Name, Screen};

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

/// The same browser with an empty profile.
async fn begin_anew(screen: &Screen<'_>, origin: &str) -> Result<()> {
    screen.browser().go("about:blank").await?;
    screen.browser().clear_origin(origin).await?;
    screen.browser().go(origin).await
}
