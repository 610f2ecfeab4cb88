//! The profile's own database in hands other than this release's: a newer one's, and a thief's.

use anyhow::{Context, Result};
use e2e::pages::{Chat, Locked, Welcome};
use e2e::screen::{Name, Screen};
use e2e::stored::{EVERYTHING, change_schema, rows};
use e2e::tour::Stage;

const SHELL_IS_KEPT: &str = "navigator.serviceWorker.controller?.state === 'activated'";
/// A schema that this release does not know.
const NEWER_SCHEMA: u32 = 200;
const NEWER: &str = "This device was used by a newer Sotto";

async fn two_chats<'a>(screen: &'a Screen<'a>) -> Result<Chat<'a>> {
    let chat = Welcome(screen).sign_up().await?;
    chat.ask("What is in the first?").await?;
    chat.answer_with("That is a good question").await?;
    chat.start_new().await?;
    chat.ask("What is in the second?").await?;
    chat.answer_with("That is a good question").await?;
    chat.all_saved().await?;
    Ok(chat)
}

#[tokio::test]
async fn a_database_of_a_newer_release_is_read_explained_and_left_as_it_is() -> Result<()> {
    let stage = Stage::set().await?;
    let (browser, screen) = (&stage.browser, Screen::of(&stage.browser));
    let chat = two_chats(&screen).await?;
    browser.evaluate(&change_schema(NEWER_SCHEMA)).await.context("the core lets go of its database")?;
    screen.fill("Message", "after the other release came").await?;
    screen.key("Enter").await?;
    screen.find("heading", NEWER).await.context("the core that had it open says so")?;

    let before = browser.evaluate(EVERYTHING).await?;
    browser.reload().await?;
    Locked(&screen).unlock().await?;
    screen.press("link", Name::Has("What is in the first?")).await?;
    screen.find_text("article", "You asked", "What is in the first?").await.context("it can be read")?;
    chat.foot_says(NEWER).await?;
    screen.find_text("status", Name::Any, NEWER).await.context("it is explained")?;
    chat.ask("may I write?").await?;
    chat.trouble(NEWER).await?;
    chat.draft_is("may I write?").await?;
    assert_eq!(chat.questions().await?.len(), 1, "what is not kept is not shown as sent");
    assert_eq!(browser.evaluate(EVERYTHING).await?, before, "something was written");
    assert_eq!(before[0], NEWER_SCHEMA);
    Ok(())
}

// Adversary: a thief of a locked device, or code in another profile, that moves rows of the database about.
// Invariant: a row opens in its own place only; one in the place of another is damage, shown and never read as true.
// Regression caught: rows that are sealed without their place show one chat's words in another.
#[tokio::test]
async fn a_swapped_local_row_is_refused() -> Result<()> {
    let mut stage = Stage::set().await?;
    stage.browser.wait_until(SHELL_IS_KEPT).await?;
    two_chats(&Screen::of(&stage.browser)).await?;
    // Nobody is to mend it from the relay meanwhile.
    stage.relay.kill().await?;
    stage.browser.reload().await?;
    let screen = Screen::of(&stage.browser);
    screen.find("button", "Unlock with passkey").await?;
    let swap = rows(
        "messages",
        "Promise.all(keys.map((key, place) => done(open().put(values[(place + 1) % keys.length], key))))
            .then(() => keys.length)",
    );
    let n_rows = stage.browser.evaluate(&swap).await?.as_u64();
    assert!(n_rows >= Some(4), "an outline and a page of each of two chats: {n_rows:?}");

    let chat = Locked(&screen).unlock().await?;
    for title in ["What is in the first?", "What is in the second?"] {
        screen.press("link", Name::Has(title)).await?;
        chat.trouble("Something saved here is damaged").await.context(title)?;
        assert_eq!(chat.questions().await?, [""; 0], "a row was read in another's place");
    }
    stage.relay.restart().await?;
    for title in ["What is in the first?", "What is in the second?"] {
        screen.press("link", Name::Has(title)).await?;
        screen.find_text("article", "You asked", title).await.context("what the relay has is read again")?;
    }
    Ok(())
}
