//! What is asked once more in a chat: questions in other words, answers written again.

use anyhow::{Context, Result};

use super::Chat;
use crate::screen::{Name, Thing};

impl Chat<'_> {
    /// Opens the text box of the newest question that can be edited.
    pub async fn begin_edit(&self) -> Result<Thing> {
        let last = |things: &[Thing]| things.iter().rfind(|thing| is_button(thing, "Edit question")).cloned();
        let button = self.0.wait(last).await.context("no question can be edited")?;
        self.0.click(&button).await?;
        self.0.find_focused("textbox", "Edit question").await
    }

    /// Asks the newest question in other words.
    pub async fn edit(&self, text: &str) -> Result<()> {
        self.begin_edit().await?;
        self.0.select_all().await?;
        self.0.type_text(text).await?;
        self.0.key("Enter").await
    }

    /// Takes the focus out of every field.
    pub async fn leave_fields(&self) -> Result<()> {
        self.0.browser().evaluate("document.activeElement.blur()").await.map(drop)
    }

    /// Waits until the turns say this, each a part of what it says.
    pub async fn turns_are(&self, parts: &[&str]) -> Result<()> {
        let mut texts = Vec::new();
        for _ in 0..super::chat::MAX_LOOKS {
            texts = self.0.texts("article", Name::Any).await.unwrap_or_default();
            let fit = texts.iter().zip(parts).all(|(text, part)| text.contains(part));
            if texts.len() == parts.len() && fit {
                return Ok(());
            }
            self.0.next_frame().await?;
        }
        anyhow::bail!("the turns are {texts:?}, not {parts:?}")
    }

    /// Waits until the group says which version is shown, from 1 on, and how many there are.
    pub async fn version_is(&self, group: &str, version: (u32, u32)) -> Result<()> {
        let words = format!("{} of {}", version.0, version.1);
        self.0.find("group", group).await?;
        self.0.find("StaticText", Name::Is(&words)).await.map(drop)
    }
}

fn is_button(thing: &Thing, name: &str) -> bool {
    thing.role == "button" && thing.name == name
}
