//! The chats.

use anyhow::Result;

use crate::screen::{Name, Screen, Thing};

/// The chat page, unlocked.
pub struct Chat<'a>(pub &'a Screen<'a>);

impl<'a> Chat<'a> {
    /// Waits for the composer.
    pub async fn ready(screen: &'a Screen<'a>) -> Result<Self> {
        screen.find("textbox", "Message").await?;
        Ok(Self(screen))
    }

    /// Asks, with Enter.
    pub async fn ask(&self, question: &str) -> Result<()> {
        self.0.fill("Message", question).await?;
        self.0.key("Enter").await
    }

    /// Waits for a whole answer that holds `part`, and gives its text.
    pub async fn answer_with(&self, part: &str) -> Result<String> {
        self.0.find_text("article", Name::Ends("answered"), part).await
    }

    /// Questions as shown.
    pub async fn questions(&self) -> Result<Vec<String>> {
        self.0.texts("article", "You asked").await
    }

    /// Titles in the chat list.
    pub async fn titles(&self) -> Result<Vec<String>> {
        let list = |thing: &&Thing| thing.role == "link";
        Ok(self.0.things().await?.iter().filter(list).map(|thing| thing.name.clone()).collect())
    }

    /// Waits until everything is at the relay.
    pub async fn all_saved(&self) -> Result<()> {
        self.0.find("StaticText", "All changes saved · verified").await.map(drop)
    }
}
