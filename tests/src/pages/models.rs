//! The choice of a model, receipts, and the page on which models are attached.

use anyhow::{Context, Result};

use crate::screen::{Name, Screen};

/// What a receipt shows.
const BYTES: &str = "document.querySelector('dialog[open] pre')?.textContent";

/// The receipt that is open.
pub struct Receipt<'a>(pub &'a Screen<'a>);

impl<'a> Receipt<'a> {
    /// Opens that of the question in the text box.
    pub async fn before_sending(screen: &'a Screen<'a>) -> Result<Self> {
        screen.press("button", "See exactly what will be sent").await?;
        screen.find("dialog", "What will leave this device").await?;
        Ok(Self(screen))
    }

    /// Opens that of the last answer.
    pub async fn of_the_answer(screen: &'a Screen<'a>) -> Result<Self> {
        screen.press("button", "Receipt for this answer").await?;
        screen.find("dialog", "What left this device").await?;
        Ok(Self(screen))
    }

    /// The bytes that it shows.
    pub async fn bytes(&self) -> Result<String> {
        let shown = self.0.browser().evaluate(BYTES).await?;
        shown.as_str().map(str::to_owned).context("no receipt is open")
    }

    /// All its words.
    pub async fn text(&self) -> Result<String> {
        let dialog = self.0.find("dialog", Name::Any).await?;
        self.0.text_of(&dialog).await
    }

    /// Closes it by its cross.
    pub async fn close(self) -> Result<()> {
        self.0.press("button", "Close receipt").await?;
        self.0.find_none("dialog", Name::Any).await
    }
}

/// Settings, Models.
pub struct Models<'a>(pub &'a Screen<'a>);

impl<'a> Models<'a> {
    /// Opens it from the menu of models.
    pub async fn from_the_picker(screen: &'a Screen<'a>) -> Result<Self> {
        screen.press("button", Name::Has("Model: ")).await?;
        screen.press("menuitem", "Attach a better model").await?;
        screen.find("heading", "Models").await?;
        Ok(Self(screen))
    }

    /// Names a provider.
    pub async fn name(&self, address: &str, owner: &str) -> Result<()> {
        self.0.write_over("Address", address).await?;
        self.0.write_over("Owner", owner).await
    }

    /// Presses a button and waits for what is said of the provider.
    pub async fn press_and_hear(&self, button: &str, words: &str) -> Result<()> {
        self.0.press("button", button).await?;
        self.0.find("StaticText", words).await.map(drop)
    }

    /// Text of the list of providers.
    pub async fn list(&self) -> Result<String> {
        let region = self.0.find("region", "On this server now").await?;
        self.0.text_of(&region).await
    }
}
