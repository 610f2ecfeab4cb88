//! A walk past every screen that exists, with sample content, on the true product: what pictures and axe look at.

mod members;
mod samples;

use anyhow::{Context, Result};

use crate::author::{Author, Written};
use crate::browser::{Authenticator, Browser, Prf};
use crate::pages::{ByWords, Chat, Kit, Locked, Password, Receipt, Welcome};
use crate::release::Release;
use crate::screen::{Name, Screen};
use crate::server::{Model, Relay};
use crate::stored::change_schema;

pub use samples::{PUMP_ANSWER, PUMP_QUESTION, SCANS_ANSWER, SCANS_QUESTION};

/// What a person looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// 1440x900.
    Laptop,
    /// 820x1180.
    Tablet,
    /// 390x844.
    Phone,
    /// What is printed of an A4 sheet, at 96 points an inch.
    Paper,
}

impl Device {
    /// Width and height, CSS pixels.
    pub fn size(self) -> (u32, u32) {
        match self {
            Self::Laptop => (1440, 900),
            Self::Tablet => (820, 1180),
            Self::Phone => (390, 844),
            Self::Paper => (658, 987),
        }
    }
}

/// Which theme the system asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    /// As style sheets call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Where the walk stops: a screen in one of its states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// Its name among the mock-ups' screens, or a name of its own.
    pub name: &'static str,
    /// What it can be seen on.
    pub devices: &'static [Device],
}

const BOTH: &[Device] = &[Device::Laptop, Device::Phone];
const LAPTOP: &[Device] = &[Device::Laptop];
const PHONE: &[Device] = &[Device::Phone];
const PAPER: &[Device] = &[Device::Paper];

const ALL: &[Device] = &[Device::Laptop, Device::Tablet, Device::Phone];

/// One way to see a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// On what.
    pub device: Device,
    /// In which theme.
    pub theme: Theme,
}

impl Look {
    /// The name of its picture: `NAME-[tablet-|phone-]light`.
    pub fn picture(self, stop: Stop) -> String {
        let device = match self.device {
            Device::Phone if !stop.name.contains("phone") => "phone-",
            Device::Tablet => "tablet-",
            Device::Phone | Device::Laptop | Device::Paper => "",
        };
        format!("{}-{device}{}", stop.name, self.theme.name())
    }

    /// Shows the page so, and waits until nothing of it moves.
    pub async fn take(self, browser: &Browser) -> Result<()> {
        let (width, height) = self.device.size();
        browser.resize(width, height).await?;
        match self.device {
            Device::Paper => browser.see_as_printed(self.theme.name()).await?,
            Device::Laptop | Device::Tablet | Device::Phone => browser.prefer(self.theme.name(), "reduce").await?,
        }
        let rest = browser.wait_until("document.getAnimations().every((one) => one.playState !== 'running')").await;
        let moving = browser.evaluate(MOVING).await?;
        rest.with_context(|| format!("what moves at {:?}: {moving}", self.device))
    }
}

/// The product with a model whose answers are written, and a browser that has a passkey.
pub struct Stage {
    /// The relay.
    pub relay: Relay,
    /// What it serves.
    pub release: Release,
    /// The model.
    pub author: Author,
    /// The browser.
    pub browser: Browser,
    /// Its authenticator.
    pub authenticator: Authenticator,
}

impl Stage {
    /// Sets everything up and opens the page.
    pub async fn set() -> Result<Self> {
        let author = Author::start().await?;
        author.write(samples::PUMP_PART, Written::Whole(PUMP_ANSWER));
        author.write(samples::SCANS_PART, Written::Begun(SCANS_ANSWER));
        author.write(samples::REFUSED_PART, Written::Refused);
        let release = Release::built()?;
        let relay = Relay::start_release(Model::At(author.address()), None, &release).await?;
        let browser = Browser::open_fresh().await?;
        let authenticator = browser.add_authenticator(Prf::Supported).await?;
        browser.go(&relay.origin()).await?;
        Ok(Self { relay, release, author, browser, authenticator })
    }
}

/// Walks, and calls `visit` at each stop; gives all stops.
pub async fn walk(mut visit: impl AsyncFnMut(&Browser, Stop) -> Result<()>) -> Result<Vec<Stop>> {
    let Stage { mut relay, release, author, browser, authenticator } = Stage::set().await?;
    let screen = Screen::of(&browser);
    let mut stops = Vec::new();
    let mut stop = async |name, devices| {
        let stop = Stop { name, devices };
        stops.push(stop);
        let device = if devices == PHONE { Device::Phone } else { Device::Laptop };
        Look { device, theme: Theme::Light }.take(&browser).await?;
        visit(&browser, stop).await.with_context(|| format!("at {name}"))?;
        Look { device: Device::Laptop, theme: Theme::Light }.take(&browser).await
    };
    let words = doors(&screen, &mut stop).await?;
    first_chats(&screen, &author, &mut stop).await?;
    menus(&screen, &mut stop).await?;
    versions(&screen, &author, &mut stop).await?;
    troubles(&screen, &mut relay, &mut stop).await?;
    members::settings(&screen, &mut stop).await?;
    releases(&screen, &relay.origin(), &release, &mut stop).await?;
    members::other_device(&screen, &relay.origin(), &mut stop).await?;
    members::by_words(&screen, &relay.origin(), &authenticator, &words, &mut stop).await?;
    members::by_password(&screen, &relay.origin(), &mut stop).await?;
    Ok(stops)
}

/// Welcome, sign in, the recovery kit, the empty chat.
async fn doors(
    screen: &Screen<'_>,
    stop: &mut impl AsyncFnMut(&'static str, &'static [Device]) -> Result<()>,
) -> Result<String> {
    screen.find("button", "Create account with a passkey").await?;
    stop("01-welcome", ALL).await?;
    screen.press("link", "I already have an account").await?;
    screen.find("heading", "Sign in").await?;
    stop("sign-in", BOTH).await?;
    screen.press("button", "From another device").await?;
    screen.find("image", "Code for your other device").await?;
    stop("join-code", BOTH).await?;
    screen.press("button", "Use six words instead").await?;
    screen.find("list", "Six words for your other device").await?;
    stop("join-words", BOTH).await?;
    screen.press("button", "Use another way").await?;
    screen.find("heading", "Sign in").await?;
    screen.press("button", "Password and authenticator app").await?;
    screen.find("heading", "Sign in with your password").await?;
    stop("sign-in-password", BOTH).await?;
    screen.press("link", "Use another way").await?;
    let by_words = ByWords::at_unlock(screen).await?;
    by_words.type_words("harvest copper lantern").await?;
    screen.find_text("alert", Name::Any, "Word 3").await?;
    stop("words-wrong", BOTH).await?;
    screen.press("link", "Use another way").await?;
    screen.press("link", "I have no account yet").await?;
    screen.press("button", "Use a password and authenticator app").await?;
    screen.find("heading", "Choose a name and a password").await?;
    stop("new-password", BOTH).await?;
    screen.press("link", "Use another way").await?;
    let app = Password(screen).choose("Noor", "seven green kettles").await?;
    stop("new-password-app", BOTH).await?;
    Password(screen).confirm(&app.code(0)?).await?;
    Password(screen).account_code("region").await?;
    stop("new-password-kit", BOTH).await?;
    stop("kit-on-paper", PAPER).await?;
    screen.press("button", "Stop and make no account").await?;
    screen.press("link", "Use another way").await?;
    let kit: Kit<'_> = Welcome(screen).create_account().await?;
    let words = kit.words().await?;
    stop("02-recovery", ALL).await?;
    for place in kit.asked().await? {
        screen.fill(Name::Is(&format!("Word {place}")), "harvest").await?;
    }
    screen.press("button", "Finish").await?;
    screen.find("alert", Name::Any).await?;
    stop("recovery-wrong", BOTH).await?;
    kit.confirm(&words).await?;
    stop("13-empty", BOTH).await?;
    Ok(words.join(" "))
}

/// A question that is edited, two versions of an answer, and the list of keys.
async fn versions(
    screen: &Screen<'_>,
    author: &Author,
    stop: &mut impl AsyncFnMut(&'static str, &'static [Device]) -> Result<()>,
) -> Result<()> {
    let chat = Chat::ready(screen).await?;
    screen.press("link", samples::DELETED).await?;
    screen.find("heading", samples::DELETED).await?;
    author.write(samples::DELETED, Written::Whole(samples::LESSON));
    screen.press("button", "Write the answer again").await?;
    chat.answer_with("Bom dia").await?;
    stop("chat-versions", BOTH).await?;
    chat.begin_edit().await?;
    screen.type_text(", with a few words to practise").await?;
    stop("chat-editing", BOTH).await?;
    screen.key("Escape").await?;
    chat.leave_fields().await?;
    screen.key("?").await?;
    screen.find("dialog", "Keyboard").await?;
    stop("15-shortcuts", BOTH).await?;
    screen.key("Escape").await?;
    screen.find_none("dialog", "Keyboard").await
}

/// Chats with answers, one of them being written, and the list of them.
async fn first_chats(
    screen: &Screen<'_>,
    author: &Author,
    stop: &mut impl AsyncFnMut(&'static str, &'static [Device]) -> Result<()>,
) -> Result<()> {
    let chat = Chat::ready(screen).await?;
    for title in samples::TITLES {
        chat.ask(title).await?;
        screen.find("article", Name::Ends("answered")).await?;
        chat.start_new().await?;
    }
    chat.ask(PUMP_QUESTION).await?;
    chat.answer_with("Yes, except for the tank").await?;
    chat.rename("Heat pump quote").await?;
    screen.fill("Message", samples::DRAFT).await?;
    chat.all_saved().await?;
    stop("04-chat", ALL).await?;
    let receipt = Receipt::before_sending(screen).await?;
    stop("05-receipt", ALL).await?;
    receipt.close().await?;
    Look { device: Device::Phone, theme: Theme::Light }.take(screen.browser()).await?;
    screen.browser().evaluate(SHOW_START).await?;
    stop("04-chat-phone-top", PHONE).await?;
    chat.start_new().await?;
    chat.ask(SCANS_QUESTION).await?;
    screen.find_text("article", Name::Ends("is answering"), "which most systems").await?;
    stop("04b-chat-streaming", ALL).await?;
    author.finish();
    screen.find("article", Name::Ends("answered")).await?;
    Look { device: Device::Phone, theme: Theme::Light }.take(screen.browser()).await?;
    screen.press("button", "Open chat list").await?;
    stop("04c-chat-list", PHONE).await?;
    Look { device: Device::Phone, theme: Theme::Light }.take(screen.browser()).await?;
    screen.press("button", "Hide chat list").await?;
    Look { device: Device::Laptop, theme: Theme::Light }.take(screen.browser()).await
}

/// What opens over the chat.
async fn menus(
    screen: &Screen<'_>,
    stop: &mut impl AsyncFnMut(&'static str, &'static [Device]) -> Result<()>,
) -> Result<()> {
    screen.press("link", "Heat pump quote").await?;
    for (button, inside, name) in [
        ("Account menu", ("menuitem", "Lock now"), "menu-account"),
        ("More for this chat", ("menuitem", "Rename"), "menu-chat"),
        ("Verified. Why", ("StaticText", "Everything shown here"), "state-explained"),
        ("Model: This server’s model. Change", ("menuitem", "Attach a better model"), "models-menu"),
        ("All changes saved · verified. Open details", ("StaticText", "Everything shown here"), "saving-explained"),
    ] {
        screen.press("button", button).await?;
        screen.find(inside.0, Name::Has(inside.1)).await?;
        stop(name, LAPTOP).await?;
        screen.key("Escape").await?;
        screen.find_none(inside.0, Name::Has(inside.1)).await?;
    }
    screen.press("button", "Account menu").await?;
    screen.press("menuitem", "Sign out").await?;
    screen.find("dialog", Name::Any).await?;
    stop("sign-out", LAPTOP).await?;
    screen.press("button", "Stay signed in").await?;
    Look { device: Device::Phone, theme: Theme::Light }.take(screen.browser()).await?;
    screen.press("button", "Open chat list").await?;
    screen.press("button", "Account menu").await?;
    screen.press("menuitem", "Sign out").await?;
    screen.find("dialog", Name::Any).await?;
    stop("sign-out-phone", PHONE).await?;
    Look { device: Device::Phone, theme: Theme::Light }.take(screen.browser()).await?;
    screen.press("button", "Stay signed in").await?;
    screen.press("button", "Hide chat list").await?;
    Look { device: Device::Laptop, theme: Theme::Light }.take(screen.browser()).await?;
    let chat = Chat::ready(screen).await?;
    screen.press("link", Name::Has(samples::DELETED)).await?;
    screen.find("heading", Name::Has(samples::DELETED)).await?;
    chat.delete().await?;
    stop("deleted", BOTH).await?;
    screen.press("button", "Undo").await?;
    screen.find("link", Name::Has(samples::DELETED)).await.map(drop)
}

/// Refused, then without the relay, then locked.
async fn troubles(
    screen: &Screen<'_>,
    relay: &mut Relay,
    stop: &mut impl AsyncFnMut(&'static str, &'static [Device]) -> Result<()>,
) -> Result<()> {
    let chat = Chat::ready(screen).await?;
    screen.press("link", "Heat pump quote").await?;
    chat.answer_with("Yes, except for the tank").await?;
    chat.clear().await?;
    chat.ask(samples::REFUSED_QUESTION).await?;
    screen.find("alert", Name::Any).await?;
    chat.all_saved().await?;
    stop("14c-error-refused", BOTH).await?;
    screen.browser().wait_until(SHELL_IS_KEPT).await?;
    relay.kill().await?;
    screen.press("link", Name::Has(samples::TITLES[0])).await?;
    screen.find("StaticText", "You are offline.").await?;
    chat.ask(samples::DRAFT).await?;
    screen.find("StaticText", "Waits until you are online").await?;
    stop("14a-error-relay", BOTH).await?;
    screen.browser().reload().await?;
    screen.find("StaticText", "You are offline.").await?;
    stop("03b-unlock-offline", BOTH).await?;
    relay.restart().await?;
    screen.find_none("StaticText", "You are offline.").await?;
    stop("03-unlock", ALL).await?;
    ByWords::at_unlock(screen).await?;
    stop("unlock-words", BOTH).await?;
    screen.press("button", "Use another way").await?;
    Locked(screen).unlock().await?.all_saved().await
}

/// A newer release asks, waits, and has used the profile; a browser whose tabs share no workers.
async fn releases(
    screen: &Screen<'_>,
    origin: &str,
    release: &Release,
    stop: &mut impl AsyncFnMut(&'static str, &'static [Device]) -> Result<()>,
) -> Result<()> {
    let browser = screen.browser();
    let first = browser.driver().window().await?;
    let unshared = browser.driver().new_tab().await?;
    browser.driver().switch_to_window(unshared).await?;
    browser.at_every_start("delete globalThis.SharedWorker;").await?;
    browser.go(origin).await?;
    screen.find("heading", "Sotto is open in another tab").await?;
    stop("elsewhere", BOTH).await?;
    browser.driver().close_window().await?;

    browser.driver().switch_to_window(first.clone()).await?;
    let other = browser.driver().new_tab().await?;
    browser.driver().switch_to_window(other.clone()).await?;
    browser.go(origin).await?;
    screen.find("textbox", "Message").await?;
    browser.driver().switch_to_window(first.clone()).await?;
    release.publish_newer()?;
    browser.evaluate("sotto.askForUpdate()").await?;
    screen.find("StaticText", "A new version is ready").await?;
    stop("update-ready", BOTH).await?;
    screen.press("button", "Reload").await?;
    screen.find("heading", "Other tabs still run an older Sotto").await?;
    stop("update-waits", BOTH).await?;
    browser.driver().switch_to_window(other).await?;
    browser.driver().close_window().await?;
    browser.driver().switch_to_window(first).await?;
    Locked(screen).unlock().await?;

    browser.evaluate(&change_schema(200)).await?;
    browser.reload().await?;
    Locked(screen).unlock().await?;
    screen.find_text("status", Name::Any, "was used by a newer Sotto").await?;
    stop("read-only", BOTH).await
}

/// What moves: its animation or property, and where.
const MOVING: &str = "document.getAnimations().filter((one) => one.playState === 'running')
    .map((one) => `${one.animationName ?? one.transitionProperty} of ${one.effect.target?.outerHTML.slice(0, 80)}`)";
const SHELL_IS_KEPT: &str = "navigator.serviceWorker.controller?.state === 'activated'";
const SHOW_START: &str = "document.querySelector('[role=log]').scrollTop = 0";
