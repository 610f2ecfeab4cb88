//! Recovery words in the browser: they sign in on an empty profile and unlock a locked one; wrong ones say which.

use anyhow::Result;
use e2e::browser::Browser;
use e2e::pages::{ByWords, Chat, Locked, Security, Welcome};
use e2e::screen::{Name, Screen};
use e2e::server::{Model, Relay};
use e2e::tour::Stage;

/// Everything of the page that outlives it or is shown outside it.
const KEPT: &str = "JSON.stringify([{ ...localStorage }, { ...sessionStorage }, history.state, location.href])";
/// How the field asks the browser to treat it.
const FIELD_ASKS: &str = "
    (() => {
        const field = document.querySelector('textarea');
        return ['autocomplete', 'autocapitalize', 'spellcheck'].map((name) => field.getAttribute(name));
    })()";
const FIELD_HOLDS: &str = "document.querySelector('textarea')?.value ?? ''";

/// Makes an account with one chat and gives its words.
async fn account_with_chat(screen: &Screen<'_>) -> Result<Vec<String>> {
    let kit = Welcome(screen).create_account().await?;
    let words = kit.words().await?;
    let chat = kit.confirm(&words).await?;
    chat.ask("Where is the spare key?").await?;
    chat.answer_with("That is a good question").await?;
    chat.all_saved().await?;
    Ok(words)
}

#[tokio::test]
async fn words_on_an_empty_profile_find_the_chat_and_the_device_is_confirmed() -> Result<()> {
    let stage = Stage::set().await?;
    let words = account_with_chat(&Screen::of(&stage.browser)).await?;

    // Another profile, without any passkey.
    let browser = Browser::open_fresh().await?;
    browser.go(&stage.relay.origin()).await?;
    let screen = Screen::of(&browser);
    let page = ByWords::at_sign_in(&screen).await?;
    let asks = browser.evaluate(FIELD_ASKS).await?;
    assert_eq!(asks, serde_json::json!(["off", "none", "false"]));
    let pasted: Vec<String> =
        (1..).zip(&words).map(|(nth, word)| format!("{nth}. {}\r\n", word.to_uppercase())).collect();
    page.type_words(&pasted.concat()).await?;
    screen.find("button", "Yes, this is it").await?;
    assert_eq!(browser.evaluate(FIELD_HOLDS).await?, "", "the page has forgotten the words");
    screen.press("button", "Yes, this is it").await?;
    screen.press("button", "Later").await?;
    let chat = Chat::ready(&screen).await?;
    screen.press("link", Name::Has("Where is the spare key?")).await?;
    chat.answer_with("That is a good question").await?;
    chat.all_saved().await?;
    screen.find_text("status", Name::Any, "You came in with your recovery words.").await?;

    let security = Security::open(&screen).await?;
    let devices = security.section("Devices").await?;
    assert_eq!(devices.matches("Confirmed").count(), 2, "both devices are confirmed: {devices}");
    assert_eq!(devices.matches("This device").count(), 1, "{devices}");
    assert!(security.section("Account log").await?.contains("joined, confirmed"));
    assert!(security.section("Ways to sign in").await?.contains("Recovery words"));
    Ok(())
}

#[tokio::test]
async fn a_locked_profile_opens_with_its_words_while_the_relay_is_gone() -> Result<()> {
    let mut stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    let words = account_with_chat(&screen).await?;
    stage.browser.wait_until("navigator.serviceWorker.controller?.state === 'activated'").await?;
    stage.relay.kill().await?;
    stage.browser.reload().await?;
    ByWords::at_unlock(&screen).await?.type_words(&words.join("\n")).await?;
    let chat = Chat::ready(&screen).await?;
    chat.answer_with("That is a good question").await?;
    screen.find("StaticText", "You are offline.").await?;

    // The page about security needs no relay either, and stays where it is when the page is loaded again.
    let security = Security::open(&screen).await?;
    assert!(security.section("Ways to sign in").await?.contains("Unlocks this device"));
    stage.browser.reload().await?;
    ByWords::at_unlock(&screen).await?.type_words(&words.join(" ")).await?;
    screen.find("heading", "Security").await?;
    screen.find("region", "Devices").await?;
    screen.press("link", "Back to chats").await?;
    Chat::ready(&screen).await.map(drop)
}

#[tokio::test]
async fn wrong_words_say_which_and_are_kept_nowhere() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    let page = ByWords::at_sign_in(&screen).await?;
    let good = ["abandon"; 23].join(" ");
    for (typed, said) in [
        ("abandon ability sotto", "Word 3, «sotto», is not one of the list"),
        ("abandon ability", "These are 2 words; there should be 24."),
        (&format!("{good} zoo"), "they do not belong together"),
        (&format!("{good} art"), "These words open no account here"),
    ] {
        page.type_words(typed).await?;
        screen.find_text("alert", Name::Any, said).await?;
    }
    assert_eq!(browser.evaluate(FIELD_HOLDS).await?, "", "words that are words are taken, also of no account");
    page.type_words("abandon ability sotto").await?;
    screen.find_text("alert", Name::Any, "Word 3").await?;
    assert_eq!(browser.evaluate(FIELD_HOLDS).await?, "abandon ability sotto", "a slip can be mended");
    let kept = browser.evaluate(KEPT).await?.to_string();
    assert!(!kept.contains("abandon") && !kept.contains("ability"), "{kept}");
    Ok(())
}

#[tokio::test]
async fn the_relays_counts_of_today_match_what_this_device_saved_also_after_a_reload() -> Result<()> {
    let mut stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    account_with_chat(&screen).await?;
    screen.press("button", "Account menu").await?;
    screen.press("menuitem", "What the relay saw").await?;
    screen.find("heading", "What the relay saw").await?;
    screen.find_text("status", Name::Any, "Matches this device’s own count").await?;
    let counts = screen.find("region", "It saw these counts").await?;
    let counts = screen.text_of(&counts).await?;
    let asked = counts.lines().position(|line| line.contains("Questions passed on"));
    assert!(asked.is_some_and(|at| counts.lines().skip(at).any(|line| line.contains('1'))), "{counts}");
    screen.find("region", "It cannot see").await?;
    screen.find("image", Name::Has("Saves by hour")).await?;
    screen.find("button", "Download these counts").await?;
    let later = screen.find("button", "Day after").await?;
    assert!(!later.enabled, "tomorrow was not counted yet");
    screen.press("button", "Day before").await?;
    screen.find("StaticText", "Nothing on this day").await?;
    screen.press("button", "Day after").await?;
    screen.find("image", Name::Has("Saves by hour")).await?;

    // Without the relay the last counts stay, with when they were fetched.
    stage.browser.wait_until("navigator.serviceWorker.controller?.state === 'activated'").await?;
    stage.relay.kill().await?;
    screen.press("link", "Security").await?;
    screen.find("region", "Devices").await?;
    screen.press("link", "What the relay saw").await?;
    screen.find("StaticText", "You are offline.").await?;
    screen.find("StaticText", Name::Has("As of ")).await?;
    screen.find("image", Name::Has("Saves by hour")).await?;
    stage.relay.restart().await?;
    stage.browser.reload().await?;
    Locked(&screen).unlock_here().await?;
    screen.find_text("status", Name::Any, "Matches this device’s own count").await.map(drop)
}
