//! The settings pages, and the page of the recovery words.

use anyhow::{Context, Result};

use crate::screen::{Name, Screen, Thing};

/// Settings, Security.
pub struct Security<'a>(pub &'a Screen<'a>);

impl<'a> Security<'a> {
    /// Opens it from the account menu.
    pub async fn open(screen: &'a Screen<'a>) -> Result<Self> {
        screen.press("button", "Account menu").await?;
        screen.press("menuitem", "Security").await?;
        screen.find("heading", "Security").await?;
        Ok(Self(screen))
    }

    /// Text of one of its regions.
    pub async fn section(&self, name: &str) -> Result<String> {
        let region = self.0.find("region", name).await?;
        self.0.text_of(&region).await
    }
}

/// Settings, Storage.
pub struct Storage<'a>(pub &'a Screen<'a>);

impl<'a> Storage<'a> {
    /// Opens it from the account menu.
    pub async fn open(screen: &'a Screen<'a>) -> Result<Self> {
        Security::open(screen).await?;
        screen.press("link", "Storage").await?;
        screen.find("heading", "Storage").await?;
        Ok(Self(screen))
    }

    /// Waits until a row counts so many.
    pub async fn counts(&self, what: &str, n: u32) -> Result<()> {
        let counts = |things: &[Thing]| {
            let row = things.iter().position(|thing| thing.role == "rowheader" && thing.name.starts_with(what))?;
            things.get(row + 1).filter(|cell| cell.name == n.to_string()).map(drop)
        };
        self.0.wait(counts).await.with_context(|| format!("{what} are not {n}"))
    }
}

/// Where recovery words are typed.
pub struct ByWords<'a>(pub &'a Screen<'a>);

impl<'a> ByWords<'a> {
    /// From the welcome page.
    pub async fn at_sign_in(screen: &'a Screen<'a>) -> Result<Self> {
        screen.press("link", "I already have an account").await?;
        Self::at_unlock(screen).await
    }

    /// From the page that asks for the passkey.
    pub async fn at_unlock(screen: &'a Screen<'a>) -> Result<Self> {
        screen.press("button", "Recovery words").await?;
        screen.find("heading", "Use your recovery words").await?;
        Ok(Self(screen))
    }

    /// Writes them in the place of what stands there, and goes on.
    pub async fn type_words(&self, words: &str) -> Result<()> {
        self.0.write_over(Name::Is("Recovery words"), words).await?;
        self.0.press("button", "Continue").await
    }
}
