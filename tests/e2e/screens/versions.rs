//! Asking once more: an edited question, an answer written again, and the way between their versions.

use anyhow::Result;
use e2e::author::Written;
use e2e::pages::{Chat, Locked, Welcome};
use e2e::screen::{Name, Screen};
use e2e::tour::Stage;

async fn stage() -> Result<Stage> {
    let stage = Stage::set().await?;
    stage.author.write("Name a bird", Written::Whole("A wren."));
    stage.author.write("Name a fish", Written::Whole("A pike."));
    stage.author.write("And its size", Written::Whole("Quite small."));
    Ok(stage)
}

async fn with_two_turns<'a>(screen: &'a Screen<'a>) -> Result<Chat<'a>> {
    let chat = Welcome(screen).sign_up().await?;
    chat.ask("Name a bird").await?;
    chat.answer_with("A wren.").await?;
    chat.ask("And its size?").await?;
    chat.answer_with("Quite small.").await?;
    Ok(chat)
}

#[tokio::test]
async fn an_edited_question_stands_beside_the_first_with_all_that_followed_each() -> Result<()> {
    let stage = stage().await?;
    let screen = Screen::of(&stage.browser);
    let chat = with_two_turns(&screen).await?;
    screen.press("button", "Edit question").await?;
    let text_box = screen.find_focused("textbox", "Edit question").await?;
    assert_eq!(text_box.value, "Name a bird");
    screen.select_all().await?;
    screen.type_text("Name a fish").await?;
    screen.key("Enter").await?;
    chat.turns_are(&["Name a fish", "A pike."]).await?;
    chat.version_is("Question versions", (2, 2)).await?;
    assert!(!screen.find("button", "Next version").await?.enabled);

    screen.press("button", "Previous version").await?;
    chat.turns_are(&["Name a bird", "A wren.", "And its size?", "Quite small."]).await?;
    chat.version_is("Question versions", (1, 2)).await?;
    screen.find_focused("button", "Next version").await?;
    screen.key("Enter").await?;
    chat.turns_are(&["Name a fish", "A pike."]).await?;
    screen.find_focused("button", "Previous version").await?;
    screen.key("Enter").await?;
    chat.turns_are(&["Name a bird", "A wren.", "And its size?", "Quite small."]).await?;

    chat.all_saved().await?;
    stage.browser.reload().await?;
    Locked(&screen).unlock().await?;
    chat.turns_are(&["Name a bird", "A wren.", "And its size?", "Quite small."]).await
}

#[tokio::test]
async fn an_answer_written_again_is_the_second_of_two_versions() -> Result<()> {
    let stage = stage().await?;
    let screen = Screen::of(&stage.browser);
    let chat = with_two_turns(&screen).await?;
    stage.author.write("And its size", Written::Begun("Ten centimetres"));
    let again = screen.all("button", "Write the answer again").await?;
    assert_eq!(again.len(), 2, "every answer can be written again");
    screen.click(&again[1]).await?;
    screen.find_text("article", Name::Ends("is answering"), "Ten centimetres").await?;
    chat.version_is("Answer versions", (2, 2)).await?;
    stage.author.go_on(", from beak to tail.")?;
    stage.author.finish();
    chat.answer_with("from beak to tail.").await?;
    chat.turns_are(&["Name a bird", "A wren.", "And its size?", "from beak to tail."]).await?;
    screen.press("button", "Previous version").await?;
    chat.turns_are(&["Name a bird", "A wren.", "And its size?", "Quite small."]).await?;
    chat.version_is("Answer versions", (1, 2)).await
}

#[tokio::test]
async fn a_half_edited_question_is_kept_over_another_chat_a_reload_and_a_lock() -> Result<()> {
    let stage = stage().await?;
    let screen = Screen::of(&stage.browser);
    let chat = with_two_turns(&screen).await?;
    chat.begin_edit().await?;
    screen.type_text(" Please in inches").await?;
    screen.fill("Message", "A new thought").await?;
    let is_kept = async || -> Result<()> {
        let edited = screen.find("textbox", "Edit question").await?;
        assert_eq!(edited.value, "And its size? Please in inches");
        chat.draft_is("A new thought").await
    };
    chat.start_new().await?;
    screen.fill("Message", "Something else").await?;
    screen.press("link", "Name a bird").await?;
    is_kept().await?;
    stage.browser.reload().await?;
    Locked(&screen).unlock().await?;
    is_kept().await?;
    screen.press("button", "Account menu").await?;
    screen.press("menuitem", "Lock now").await?;
    Locked(&screen).unlock().await?;
    is_kept().await?;
    screen.press("link", "New chat").await?;
    chat.draft_is("Something else").await?;
    screen.press("link", "Name a bird").await?;

    let edited = screen.find("textbox", "Edit question").await?;
    screen.click(&edited).await?;
    screen.key("Escape").await?;
    screen.find_none("textbox", "Edit question").await?;
    chat.turns_are(&["Name a bird", "A wren.", "And its size?", "Quite small."]).await?;
    stage.browser.reload().await?;
    Locked(&screen).unlock().await?;
    chat.turns_are(&["Name a bird", "A wren.", "And its size?", "Quite small."]).await?;
    assert!(screen.look("textbox", "Edit question").await?.is_none(), "Escape has ended it");
    Ok(())
}
