//! The accessible names of the design, for the screens and parts that exist: a contract with whoever tests or listens.

use anyhow::Result;
use e2e::pages::{Chat, Welcome};
use e2e::screen::{Name, Screen};
use e2e::tour::{Device, Look, PUMP_QUESTION, SCANS_QUESTION, Stage, Theme};

/// Role and name.
type Label = (&'static str, &'static str);

const WELCOME: [Label; 9] = [
    ("link", "Skip to content"),
    ("button", "Create account with a passkey"),
    ("button", "Switch theme"),
    ("link", "I already have an account"),
    ("complementary", "What we can and cannot see"),
    ("region", "We can see"),
    ("region", "We cannot see"),
    ("textbox", "Name on this device"),
    ("heading", "The chat only you can read back."),
];
const SIGN_IN: [Label; 4] = [
    ("link", "Skip to content"),
    ("heading", "Sign in"),
    ("button", "Sign in with passkey"),
    ("button", "Switch theme"),
];
const KIT: [Label; 9] = [
    ("link", "Skip to content"),
    ("heading", "Keep these 24 words somewhere safe"),
    ("list", "Steps"),
    ("region", "Your recovery words"),
    ("button", "Download"),
    ("button", "Print"),
    ("button", "Hide words"),
    ("button", "Finish"),
    ("button", "Switch theme"),
];
const RAIL: [Label; 9] = [
    ("navigation", "Chats"),
    ("link", "Sotto, home"),
    ("link", "New chat"),
    ("button", "Switch theme"),
    ("button", "Hide chat list"),
    ("button", "All changes saved · verified. Open details"),
    ("button", "Account menu"),
    ("region", "Chat list"),
    ("link", "Skip to content"),
];
const EMPTY: [Label; 5] = [
    ("heading", "What would you like to think through?"),
    ("region", "Suggestions"),
    ("form", "Write a message"),
    ("textbox", "Message"),
    ("button", "Send"),
];
const ANSWERED: [Label; 10] = [
    ("heading", "Heat pump quote"),
    ("region", "Today"),
    ("link", "Heat pump quote"),
    ("button", "Verified. Why"),
    ("button", "More for this chat"),
    ("log", "Conversation"),
    ("article", "You asked"),
    ("article", "This server’s model answered"),
    ("button", "Copy question"),
    ("button", "Copy answer"),
];
const WRITING: [Label; 3] =
    [("article", "This server’s model is answering"), ("button", "Copy code"), ("button", "Stop answer")];
const MENUS: [(&str, &[&str]); 2] =
    [("Account menu", &["Lock now", "Sign out"]), ("More for this chat", &["Rename", "Delete"])];

async fn expect(screen: &Screen<'_>, labels: &[Label]) -> Result<()> {
    for (role, name) in labels {
        screen.find(role, *name).await?;
    }
    has_one_main_and_one_heading(screen).await
}

/// Landmarks everywhere: one `main`, one `h1` that is shown; what is for paper only has its own.
async fn has_one_main_and_one_heading(screen: &Screen<'_>) -> Result<()> {
    let n_mains = screen.things().await?.iter().filter(|thing| thing.role == "main").count();
    assert_eq!(n_mains, 1, "one main part");
    let shown = "[...document.querySelectorAll('h1')].filter((heading) => heading.checkVisibility()).length";
    let n_headings = screen.browser().evaluate(shown).await?;
    assert_eq!(n_headings, serde_json::json!(1), "one first heading");
    Ok(())
}

#[tokio::test]
async fn every_name_of_the_design_is_there_with_its_role() -> Result<()> {
    let stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    expect(&screen, &WELCOME).await?;
    screen.press("link", "I already have an account").await?;
    expect(&screen, &SIGN_IN).await?;
    screen.press("link", "I have no account yet").await?;
    let kit = Welcome(&screen).create_account().await?;
    expect(&screen, &KIT).await?;
    for place in kit.asked().await? {
        screen.find("textbox", Name::Is(&format!("Word {place}"))).await?;
    }
    let chat: Chat<'_> = kit.confirm(&kit.words().await?).await?;
    chat.all_saved().await?;
    expect(&screen, &RAIL).await?;
    expect(&screen, &EMPTY).await?;

    chat.ask(PUMP_QUESTION).await?;
    chat.answer_with("Yes, except for the tank").await?;
    chat.rename("Heat pump quote").await?;
    chat.all_saved().await?;
    expect(&screen, &RAIL).await?;
    expect(&screen, &ANSWERED).await?;
    for (button, items) in MENUS {
        screen.press("button", button).await?;
        for item in items {
            screen.find("menuitem", *item).await?;
        }
        screen.key("Escape").await?;
    }
    chat.ask(SCANS_QUESTION).await?;
    screen.find_text("article", Name::Ends("is answering"), "which most systems").await?;
    expect(&screen, &WRITING).await?;
    says_what_is_live(&screen).await?;
    stage.author.finish();
    chat.answer_with("which most systems").await?;

    Look { device: Device::Phone, theme: Theme::Light }.take(&stage.browser).await?;
    screen.find("button", "Open chat list").await?;
    screen.press("button", "More for this chat").await?;
    screen.press("menuitem", "Rename").await?;
    screen.find("textbox", "Chat title").await?;
    has_one_main_and_one_heading(&screen).await?;
    screen.key("Escape").await?;
    stage.browser.wait_until("navigator.serviceWorker.controller?.state === 'activated'").await?;
    stage.browser.reload().await?;
    expect(&screen, &[("heading", "Welcome back"), ("button", "Unlock with passkey"), ("button", "Switch theme")]).await
}

/// The log speaks, but not of an answer that is still being written.
async fn says_what_is_live(screen: &Screen<'_>) -> Result<()> {
    let n_busy = screen.browser().evaluate("document.querySelectorAll('[role=log] article[aria-busy=true]').length");
    assert_eq!(n_busy.await?, serde_json::json!(1), "an answer in the making is read out when it is whole");
    let live = screen.browser().evaluate("document.querySelector('[role=log]').ariaLive").await?;
    assert_eq!(live, serde_json::json!("polite"));
    screen.find("StaticText", "Writing the answer").await?;
    let statuses = screen.texts("status", Name::Any).await?;
    assert!(statuses.iter().any(|said| said == "Writing the answer"), "{statuses:?}");
    Ok(())
}
