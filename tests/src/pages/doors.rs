//! The pages before the chats: welcome, recovery kit, agreement, unlock.

use anyhow::{Context, Result};

use crate::pages::Chat;
use crate::screen::{Name, Screen, Thing};

/// No account on this device.
pub struct Welcome<'a>(pub &'a Screen<'a>);

impl<'a> Welcome<'a> {
    /// Makes an account with a passkey.
    pub async fn create_account(&self) -> Result<Kit<'a>> {
        self.0.press("button", "Create account with a passkey").await?;
        self.0.find("heading", Name::Has("recovery words")).await?;
        Ok(Kit(self.0))
    }

    /// Makes an account and copies its recovery words, up to the first chat.
    pub async fn sign_up(&self) -> Result<Chat<'a>> {
        let kit = self.create_account().await?;
        let words = kit.words().await?;
        kit.confirm(&words).await
    }

    /// Goes to the sign-in page and signs in with the passkey.
    pub async fn sign_in(&self) -> Result<()> {
        self.0.press("link", "I already have an account").await?;
        self.0.press("button", "Sign in with passkey").await
    }

    /// Agrees to the account that is shown.
    pub async fn agree(&self) -> Result<Chat<'a>> {
        self.0.press("button", Name::Has("Yes, this is it")).await?;
        Chat::ready(self.0).await
    }
}

/// The recovery kit of an account that is not made yet.
pub struct Kit<'a>(pub &'a Screen<'a>);

impl<'a> Kit<'a> {
    /// The 24 words, in order.
    pub async fn words(&self) -> Result<Vec<String>> {
        let region = self.0.find("region", "Your recovery words").await?;
        let text = self.0.text_of(&region).await?;
        let parts: Vec<&str> = text.split_whitespace().collect();
        let word_after = |number: usize| {
            let place = parts.iter().position(|part| part.trim_end_matches('.') == number.to_string())?;
            parts.get(place + 1).map(|word| (*word).to_owned())
        };
        let words: Option<Vec<String>> = (1..=24).map(word_after).collect();
        let words = words.with_context(|| format!("not 24 numbered words: {text}"))?;
        Ok(words)
    }

    /// The places that are asked again, counted from 1.
    pub async fn asked(&self) -> Result<Vec<usize>> {
        let is_asked = |thing: &&Thing| thing.role == "textbox" && thing.name.starts_with("Word ");
        let things = self.0.things().await?;
        let numbers = things.iter().filter(is_asked).map(|thing| {
            let digits: String = thing.name.chars().filter(char::is_ascii_digit).collect();
            digits.parse().context("a word has a number")
        });
        numbers.collect()
    }

    /// Writes the asked words, in the place of what was written before, and finishes.
    pub async fn confirm(&self, words: &[String]) -> Result<Chat<'a>> {
        for place in self.asked().await? {
            let word = words.get(place - 1).context("there are 24 words")?;
            let name = format!("Word {place}");
            self.0.write_over(Name::Is(&name), word).await?;
        }
        self.0.press("button", "Finish").await?;
        Chat::ready(self.0).await
    }
}

/// A device whose rows are sealed.
pub struct Locked<'a>(pub &'a Screen<'a>);

impl<'a> Locked<'a> {
    /// Unlocks with the passkey.
    pub async fn unlock(&self) -> Result<Chat<'a>> {
        self.unlock_here().await?;
        Chat::ready(self.0).await
    }

    /// The same where the address does not show a chat.
    pub async fn unlock_here(&self) -> Result<()> {
        self.0.press("button", "Unlock with passkey").await
    }
}
