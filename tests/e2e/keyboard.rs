//! Who may enter the account, by keyboard alone: every dialog takes the focus, keeps it, gives it back, and does by
//! Enter what it is for.

use anyhow::{Result, ensure};
use e2e::browser::{Browser, Prf};
use e2e::pages::{ByWords, Chat, Welcome};
use e2e::screen::{Name, Screen};
use e2e::server::{Model, Relay};
use serde_json::Value;

/// More presses of Tab than any dialog has places.
const ROUND: usize = 6;

/// Whether the focus is nowhere behind the dialog: inside it, or at the browser's own controls.
const IS_TRAPPED: &str =
    "document.activeElement === document.body || document.activeElement.closest('dialog:modal') !== null";

type Place<'a> = (&'a str, Name<'a>);

/// Opens a dialog from its button, sees that it keeps the focus, shuts it by Escape, and opens it once more.
async fn opens(screen: &Screen<'_>, opener: Place<'_>, first: Place<'_>) -> Result<()> {
    screen.tab_to(opener.0, opener.1).await?;
    screen.key("Enter").await?;
    screen.find_focused(first.0, first.1).await?;
    ensure!(screen.shows_focus().await?, "{first:?} has the focus and does not show it");
    for _ in 0..ROUND {
        screen.key("Tab").await?;
        ensure!(screen.browser().evaluate(IS_TRAPPED).await? == Value::Bool(true), "{opener:?} lets the focus out");
    }
    screen.key("Escape").await?;
    screen.find_none("dialog", Name::Any).await?;
    screen.find_focused(opener.0, opener.1).await?;
    screen.key("Enter").await?;
    screen.find_focused(first.0, first.1).await.map(drop)
}

/// Goes to a button of the open dialog and presses it.
async fn does(screen: &Screen<'_>, button: &str) -> Result<()> {
    screen.tab_to("button", button).await?;
    screen.key("Enter").await
}

#[tokio::test]
async fn who_may_enter_is_managed_without_a_pointer() -> Result<()> {
    let relay = Relay::start(Model::Scripted).await?;
    let browser = Browser::open_fresh().await?;
    browser.add_authenticator(Prf::Supported).await?;
    browser.go(&relay.origin()).await?;
    let screen = Screen::of(&browser);
    password_pages(&screen).await?;
    let words = three_devices(&screen, &relay.origin()).await?;
    let n_clicks = screen.effort().n_clicks;

    screen.tab_to("button", "Account menu").await?;
    screen.key("Enter").await?;
    screen.find_focused("menuitem", "Security").await?;
    screen.key("Enter").await?;
    screen.find("heading", "Security").await?;
    ways(&screen, &words).await?;
    devices(&screen).await?;
    keys_and_end(&screen).await?;
    assert_eq!(screen.effort().n_clicks, n_clicks, "no click was needed");
    Ok(())
}

/// A password is chosen up to the page of its app; another one does not sign in.
async fn password_pages(screen: &Screen<'_>) -> Result<()> {
    screen.find("button", "Create account with a passkey").await?;
    screen.tab_to("button", "Use a password and authenticator app").await?;
    screen.key("Enter").await?;
    screen.find_focused("textbox", "Sign-in name").await?;
    screen.type_text("Noor").await?;
    screen.tab_to("textbox", "Password").await?;
    screen.type_text("seven green kettles").await?;
    screen.key("Enter").await?;
    screen.find("heading", "Set up your authenticator app").await?;
    screen.tab_to("textbox", "Code from your app").await?;
    screen.type_text("000000").await?;
    screen.key("Enter").await?;
    screen.find_text("alert", Name::Any, "That code is not right").await?;
    screen.tab_to("button", "Stop and make no account").await?;
    screen.key("Enter").await?;
    screen.find_focused("textbox", "Sign-in name").await?;
    screen.tab_to("link", "Use another way").await?;
    screen.key("Enter").await?;

    screen.find("button", "Create account with a passkey").await?;
    screen.tab_to("link", "I already have an account").await?;
    screen.key("Enter").await?;
    screen.find_focused("button", "Sign in with passkey").await?;
    screen.tab_to("button", "Password and authenticator app").await?;
    screen.key("Enter").await?;
    screen.find_focused("textbox", "Sign-in name").await?;
    screen.type_text("Noor").await?;
    for (field, text) in
        [("Password", "seven green kettles"), ("Account code", "AAAA"), ("Code from your app", "000000")]
    {
        screen.tab_to("textbox", Name::Is(field)).await?;
        screen.type_text(text).await?;
    }
    screen.key("Enter").await?;
    screen.find_text("alert", Name::Any, "The account code is not right").await?;
    for way in ["Use another way", "I have no account yet"] {
        screen.tab_to("link", Name::Is(way)).await?;
        screen.key("Enter").await?;
    }
    screen.find("button", "Create account with a passkey").await.map(drop)
}

/// An account whose first device is gone, whose second nobody has vouched for, and whose third is this one.
async fn three_devices(screen: &Screen<'_>, origin: &str) -> Result<String> {
    let browser = screen.browser();
    let kit = Welcome(screen).create_account().await?;
    let words = kit.words().await?;
    kit.confirm(&words).await?.all_saved().await?;
    browser.clear_origin(origin).await?;
    browser.go(origin).await?;
    Welcome(screen).sign_in().await?;
    Welcome(screen).agree().await?.all_saved().await?;
    browser.clear_origin(origin).await?;
    browser.go(origin).await?;
    let words = words.join(" ");
    ByWords::at_sign_in(screen).await?.type_words(&words).await?;
    screen.press("button", "Yes, this is it").await?;
    screen.press("button", "Later").await?;
    Chat::ready(screen).await?.all_saved().await?;
    Ok(words)
}

/// Add, rename, remove, look at the words again.
async fn ways(screen: &Screen<'_>, words: &str) -> Result<()> {
    opens(screen, ("button", Name::Is("Add a way")), ("textbox", Name::Is("Name"))).await?;
    screen.key("Enter").await?;
    screen.find_text("alert", Name::Any, "There is a passkey of this account already").await?;
    screen.key("Escape").await?;
    screen.find_focused("button", "Add a way").await?;

    opens(screen, ("button", Name::Is("Rename «Passkey»")), ("textbox", Name::Is("Name"))).await?;
    screen.type_text("phone").await?;
    screen.key("Enter").await?;
    screen.find_focused("button", "Rename «Passkey · phone»").await?;
    opens(screen, ("button", Name::Is("Remove «Passkey · phone»")), ("checkbox", Name::Any)).await?;
    does(screen, "Remove").await?;
    screen.find_text("alert", Name::Any, "This is one of your last two ways in").await?;
    screen.key("Escape").await?;
    screen.find_focused("button", "Remove «Passkey · phone»").await?;

    let check = ("button", Name::Is("Check recovery words again"));
    opens(screen, check, ("textbox", Name::Is("Recovery words"))).await?;
    screen.type_text(words).await?;
    does(screen, "Check").await?;
    screen.find_text("region", "Ways to sign in", "checked today").await?;
    screen.find_focused(check.0, check.1).await?;
    opens(screen, ("button", Name::Is("Make new recovery words")), ("checkbox", Name::Any)).await?;
    screen.key("Escape").await?;
    screen.find_focused("button", "Make new recovery words").await.map(drop)
}

/// Confirm, lock, take off; let another one in.
async fn devices(screen: &Screen<'_>) -> Result<()> {
    opens(screen, ("button", Name::Has("Revoke «")), ("checkbox", Name::Any)).await?;
    does(screen, "Revoke").await?;
    screen.find_text("status", Name::Any, "The device is off").await?;

    let add = ("button", Name::Is("Add device"));
    opens(screen, add, ("button", Name::Is("Scan its code"))).await?;
    screen.key("Enter").await?;
    screen.find_text("alert", Name::Any, "There is no camera here").await?;
    screen.find_focused("heading", "Add device").await?;
    does(screen, "Type its six words").await?;
    screen.find_focused("textbox", "Six words").await?;
    screen.type_text("abandon ability").await?;
    screen.key("Enter").await?;
    screen.find_text("alert", Name::Any, "These are 2 words; there should be 6.").await?;
    screen.key("Escape").await?;
    screen.find_focused(add.0, add.1).await?;

    screen.tab_back_to("button", "This was me").await?;
    screen.key("Tab").await?;
    opens(screen, ("button", Name::Is("This was me")), ("button", Name::Is("Cancel"))).await?;
    does(screen, "This was me").await?;
    screen.find_text("status", Name::Any, "The device is confirmed").await?;
    screen.tab_back_to("button", Name::Has("Lock «")).await?;
    screen.key("Enter").await?;
    screen.find_text("status", Name::Any, "The device was told to lock").await?;
    screen.find_focused("button", Name::Has("Lock «")).await.map(drop)
}

/// Fresh keys, and the end of the account.
async fn keys_and_end(screen: &Screen<'_>) -> Result<()> {
    screen.tab_to("button", "Change keys now").await?;
    screen.key("Enter").await?;
    screen.find_text("status", Name::Any, "The keys are changed").await?;
    screen.find_focused("button", "Change keys now").await?;
    opens(screen, ("button", Name::Is("Delete account")), ("button", Name::Is("Cancel"))).await?;
    does(screen, "Delete everything").await?;
    screen.find_text("alert", Name::Any, "Your account is deleted").await.map(drop)
}
