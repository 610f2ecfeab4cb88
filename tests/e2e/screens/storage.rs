//! Settings, Storage: the counts are those of what was written, they follow it, and the browser is asked to keep it.

use anyhow::Result;
use e2e::pages::{Storage, Welcome};
use e2e::screen::{Name, Screen};
use e2e::tour::Stage;
use serde_json::json;

#[tokio::test]
async fn storage_counts_what_was_written_and_the_browser_is_asked_to_keep_it() -> Result<()> {
    let mut stage = Stage::set().await?;
    let screen = Screen::of(&stage.browser);
    let chat = Welcome(&screen).sign_up().await?;
    for question in ["What is kept?", "And where?"] {
        chat.ask(question).await?;
        chat.answer_with("That is a good question").await?;
        chat.start_new().await?;
    }
    chat.all_saved().await?;
    let storage = Storage::open(&screen).await?;
    for (what, n) in [("Chats", 2), ("Messages", 4), ("Receipts", 2), ("Waiting changes", 0)] {
        storage.counts(what, n).await?;
    }
    screen.find("heading", Name::Ends("MB used")).await?;
    screen.find("StaticText", "May be cleared").await?;

    let granted = json!({ "origin": stage.relay.origin(), "permissions": ["durableStorage"] });
    stage.browser.devtools("Browser.grantPermissions", granted).await?;
    screen.press("button", "Ask the browser to keep it").await?;
    screen.find("StaticText", "Kept").await?;
    screen.find_none("button", "Ask the browser to keep it").await?;

    stage.relay.kill().await?;
    screen.press("link", "Back to chats").await?;
    screen.find("StaticText", "You are offline.").await?;
    chat.ask("And when the server is away?").await?;
    screen.find("StaticText", "Waits until you are online").await?;
    let storage = Storage::open(&screen).await?;
    storage.counts("Messages", 5).await?;
    storage.counts("Waiting changes", 1).await
}
