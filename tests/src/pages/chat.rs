//! The chats.

use anyhow::{Context, Result, bail};

use crate::drawn::Drawn;
use crate::screen::{Name, Screen, Thing};

/// Frames within which code is drawn as it is to be.
pub(super) const MAX_LOOKS: u32 = 400;

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

    /// Asks, in place of what stands in the text box.
    pub async fn ask_instead(&self, question: &str) -> Result<()> {
        self.0.fill("Message", "").await?;
        self.0.select_all().await?;
        self.0.type_text(question).await?;
        self.0.key("Enter").await
    }

    /// Text of the last turn.
    pub async fn last_turn(&self) -> Result<String> {
        Ok(self.0.texts("article", Name::Any).await?.pop().unwrap_or_default())
    }

    /// Waits until the last turn is an answer that is over, and gives its text.
    pub async fn whole_answer(&self) -> Result<String> {
        let over = |things: &[Thing]| {
            let last = things.iter().rfind(|thing| thing.role == "article")?;
            last.name.ends_with("answered").then(|| last.clone())
        };
        let last = self.0.wait(over).await.context("the last answer is not over")?;
        self.0.text_of(&last).await
    }

    /// Waits for a card or a notice that says this.
    pub async fn trouble(&self, words: &str) -> Result<String> {
        self.0.find_text("alert", Name::Any, words).await
    }

    /// Waits until the foot of the chat list says this.
    pub async fn foot_says(&self, words: &str) -> Result<()> {
        self.0.find("button", Name::Is(&format!("{words}. Open details"))).await.map(drop)
    }

    /// Waits until this stands in the text box.
    pub async fn draft_is(&self, text: &str) -> Result<()> {
        let stands = |thing: &Thing| thing.role == "textbox" && thing.name == "Message" && thing.value == text;
        let there = |things: &[Thing]| things.iter().any(stands).then_some(());
        self.0.wait(there).await.with_context(|| format!("the text box does not hold «{text}»"))
    }

    /// Gives the chat another title.
    pub async fn rename(&self, title: &str) -> Result<()> {
        self.0.press("button", "More for this chat").await?;
        self.0.press("menuitem", "Rename").await?;
        self.0.find("textbox", "Chat title").await?;
        self.0.select_all().await?;
        self.0.type_text(title).await?;
        self.0.key("Enter").await?;
        self.0.find("link", Name::Has(title)).await.map(drop)
    }

    /// Waits until the newest code of a language is drawn as `seen` wants it, and gives its words.
    pub async fn code(&self, language: &str, seen: impl Fn(&[Drawn]) -> bool) -> Result<Vec<Drawn>> {
        let mut drawn = Vec::new();
        for _ in 0..MAX_LOOKS {
            let name = Name::Ends(language);
            let things = self.0.things().await?;
            if let Some(code) = things.iter().rfind(|thing| thing.role == "group" && name.fits(&thing.name)) {
                // The element may be replaced while it is looked at: then the next look sees the new one.
                drawn = self.0.drawn(code).await.unwrap_or_default();
                if seen(&drawn) {
                    return Ok(drawn);
                }
            }
            self.0.next_frame().await?;
        }
        bail!("the code of {language} is drawn as {drawn:?}")
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

    /// Shows an empty chat.
    pub async fn start_new(&self) -> Result<()> {
        self.0.press("link", "New chat").await?;
        self.0.find("region", "Suggestions").await.map(drop)
    }

    /// Deletes the chat.
    pub async fn delete(&self) -> Result<()> {
        self.0.press("button", "More for this chat").await?;
        self.0.press("menuitem", "Delete").await?;
        self.0.find("StaticText", "Chat deleted").await.map(drop)
    }

    /// Empties the text box.
    pub async fn clear(&self) -> Result<()> {
        self.0.write_over("Message", "").await
    }

    /// Waits until everything is at the relay.
    pub async fn all_saved(&self) -> Result<()> {
        self.0.find("StaticText", "All changes saved · verified").await.map(drop)
    }
}
