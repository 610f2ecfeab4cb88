//! On a phone: the list is a drawer, everything can be hit with a thumb, and nothing is wider than the window.

use anyhow::Result;
use e2e::pages::{Chat, Kit, Welcome};
use e2e::screen::{Name, Screen, Thing};
use e2e::tour::{Device, Look, Stage, Theme};
use serde_json::json;

/// Small controls inside others may be this large.
const MIN_SMALL_PX: f64 = 44.0;
const MIN_TOUCH_PX: f64 = 48.0;
const PHONE: Look = Look { device: Device::Phone, theme: Theme::Light };

const SHELL_IS_KEPT: &str = "navigator.serviceWorker.controller?.state === 'activated'";

/// What is small by design: it stands beside something larger that does the same, or inside a turn.
const SMALL: [&str; 11] = [
    "Edit question",
    "Copy question",
    "Copy answer",
    "Receipt for this answer",
    "Copy code",
    "Try again",
    "Try now",
    "Do not send",
    "Write the answer again",
    "Undo",
    "Jump to latest",
];

async fn can_be_hit(screen: &Screen<'_>, where_: &str) -> Result<()> {
    for thing in screen.things().await? {
        let is_control = ["button", "link", "menuitem", "textbox"].contains(&thing.role.as_str());
        if !is_control || thing.name == "Skip to content" || is_inside_a_sentence(&thing) {
            continue;
        }
        let place = screen.place_of(&thing).await?;
        let is_small = SMALL.contains(&thing.name.as_str()) || thing.name.ends_with(". Why");
        let least = if is_small { MIN_SMALL_PX } else { MIN_TOUCH_PX };
        let is_large_enough = place.height >= least && place.width >= MIN_SMALL_PX;
        assert!(is_large_enough, "{where_}: {} «{}» is {} x {} px", thing.role, thing.name, place.width, place.height);
        assert!(place.x >= 0.0 && place.x + place.width <= 390.0, "{where_}: «{}» sticks out: {place:?}", thing.name);
    }
    let width = screen.browser().evaluate("document.documentElement.scrollWidth").await?;
    assert_eq!(width, json!(390), "{where_} is wider than the window");
    Ok(())
}

fn is_inside_a_sentence(thing: &Thing) -> bool {
    thing.role == "link" && ["grant", "Attach a better one"].contains(&thing.name.as_str())
}

#[tokio::test]
async fn on_a_phone_everything_can_be_hit_with_a_thumb() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    PHONE.take(&stage.browser).await?;
    can_be_hit(&screen, "welcome").await?;
    screen.press("link", "I already have an account").await?;
    screen.find("heading", "Sign in").await?;
    can_be_hit(&screen, "sign in").await?;
    screen.press("link", "I have no account yet").await?;
    let kit: Kit<'_> = Welcome(&screen).create_account().await?;
    can_be_hit(&screen, "recovery words").await?;
    let chat = kit.confirm(&kit.words().await?).await?;
    can_be_hit(&screen, "empty chat").await?;
    chat.ask("Nordvarme asks €14,200 for a heat pump. Is that fair?").await?;
    chat.answer_with("Yes, except for the tank").await?;
    can_be_hit(&screen, "chat").await?;
    screen.press("button", "More for this chat").await?;
    screen.find("menuitem", "Rename").await?;
    can_be_hit(&screen, "menu").await?;
    screen.key("Escape").await?;
    screen.press("button", "Open chat list").await?;
    screen.find("navigation", "Chats").await?;
    PHONE.take(&stage.browser).await?;
    can_be_hit(&screen, "chat list").await?;
    screen.press("button", "Account menu").await?;
    screen.press("menuitem", "Lock now").await?;
    screen.find("button", "Unlock with passkey").await?;
    can_be_hit(&screen, "unlock").await
}

#[tokio::test]
async fn on_a_phone_the_chat_list_is_a_drawer_over_the_chat() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    PHONE.take(&stage.browser).await?;
    let chat: Chat<'_> = Welcome(&screen).sign_up().await?;
    chat.ask("The chat below").await?;
    chat.answer_with("That is a good question").await?;
    assert_eq!(screen.look("navigation", "Chats").await?, None, "the list is out of sight");

    screen.press("button", "Open chat list").await?;
    let list = screen.find_focused("navigation", "Chats").await?;
    PHONE.take(&stage.browser).await?;
    let place = screen.place_of(&list).await?;
    assert_eq!((place.x, place.width, place.height), (0.0, 334.0, 844.0), "56 px of the chat are left to see");
    assert_eq!(screen.look("textbox", "Message").await?, None, "what lies below cannot be reached");
    screen.key("Escape").await?;
    screen.find_focused("button", "Open chat list").await?;
    assert_eq!(screen.look("navigation", "Chats").await?, None);

    screen.press("button", "Open chat list").await?;
    screen.find_focused("navigation", "Chats").await?;
    tap(&screen, 370.0, 400.0).await?;
    screen.find_none("navigation", "Chats").await?;
    screen.press("button", "Open chat list").await?;
    screen.press("link", "The chat below").await?;
    screen.find_none("navigation", "Chats").await?;
    screen.find("textbox", "Message").await?;
    screen.press("button", "Open chat list").await?;
    screen.press("button", "Hide chat list").await?;
    screen.find_none("navigation", "Chats").await?;
    screen.find("log", Name::Any).await.map(drop)
}

async fn tap(screen: &Screen<'_>, x: f64, y: f64) -> Result<()> {
    for kind in ["mousePressed", "mouseReleased"] {
        let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
        screen.browser().devtools("Input.dispatchMouseEvent", event).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_note_of_a_new_version_covers_nothing_also_above_a_keyboard() -> Result<()> {
    let stage = Stage::set().await?;
    let (browser, screen) = (&stage.browser, Screen::of(&stage.browser));
    browser.wait_until(SHELL_IS_KEPT).await?;
    let chat = Welcome(&screen).sign_up().await?;
    chat.ask("What is new?").await?;
    chat.answer_with("That is a good question").await?;
    stage.release.publish_newer()?;
    browser.evaluate("sotto.askForUpdate()").await?;
    screen.find("StaticText", "A new version is ready").await?;
    for (width, height) in [(390, 844), (390, 420), (1440, 900)] {
        browser.resize(width, height).await?;
        let reload = screen.place_of(&screen.find("button", "Reload").await?).await?;
        let names =
            [("heading", Name::Any), ("button", Name::Is("More for this chat")), ("textbox", Name::Is("Message"))];
        for (role, name) in names {
            let place = screen.place_of(&screen.find(role, name).await?).await?;
            assert!(place.y >= reload.y + reload.height, "{role} {name:?} at {width} x {height}: {place:?}");
            assert!(place.y + place.height <= f64::from(height), "{role} {name:?} at {width} x {height}: {place:?}");
        }
    }
    Ok(())
}
