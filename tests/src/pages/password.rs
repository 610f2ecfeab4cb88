//! Signing up, in and unlocking with a password and an authenticator app.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use data_encoding::BASE32_NOPAD;
use ring::hmac;

use crate::pages::{Chat, Kit};
use crate::screen::{Name, Screen};

/// Seconds that a code stands for.
const STEP_S: u64 = 30;

/// An authenticator app, whose clock may be off.
pub struct App {
    secret: Vec<u8>,
}

impl App {
    /// What the app shows now, or so many seconds ago.
    pub fn code(&self, ago_s: u64) -> Result<String> {
        #[expect(clippy::disallowed_methods, reason = "an app on a phone looks at its clock")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        Ok(code_at(&self.secret, (now - ago_s) / STEP_S))
    }

    /// What it shows in the half minute after: good already, and newer than all before.
    pub fn next_code(&self) -> Result<String> {
        #[expect(clippy::disallowed_methods, reason = "an app on a phone looks at its clock")]
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        Ok(code_at(&self.secret, now / STEP_S + 1))
    }

    /// What it showed in the half minute before: good still, and older than what comes next.
    pub fn last_code(&self) -> Result<String> {
        self.code(STEP_S)
    }
}

/// RFC 6238 with what every app takes for granted: HMAC-SHA-1, six digits.
fn code_at(secret: &[u8], step: u64) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret), &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0xf);
    let chosen = tag.get(offset..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
    format!("{:06}", (u32::from_be_bytes(chosen) & 0x7fff_ffff) % 1_000_000)
}

/// What somebody has of their account.
pub struct Secrets {
    /// Their app.
    pub app: App,
    /// The account code of the kit.
    pub account_code: String,
    /// The recovery words.
    pub words: Vec<String>,
}

/// The pages of passwords.
pub struct Password<'a>(pub &'a Screen<'a>);

impl<'a> Password<'a> {
    /// From the welcome page up to the page of the authenticator app.
    pub async fn choose(&self, name: &str, password: &str) -> Result<App> {
        self.0.press("button", "Use a password and authenticator app").await?;
        self.0.find("heading", "Choose a name and a password").await?;
        self.0.write_over(Name::Is("Sign-in name"), name).await?;
        self.0.write_over(Name::Is("Password"), password).await?;
        self.0.press("switch", "Let it unlock this device too").await?;
        self.0.press("button", "Continue").await?;
        self.app().await
    }

    /// From the security page up to the page of the authenticator app.
    pub async fn add(&self, name: &str, password: &str) -> Result<App> {
        self.0.press("button", "Add a way").await?;
        self.0.press("button", "Password and app").await?;
        self.0.find("dialog", "Set up password and authenticator app").await?;
        self.0.write_over(Name::Is("Sign-in name"), name).await?;
        self.0.write_over(Name::Is("Password"), password).await?;
        self.0.press("button", "Continue").await?;
        self.app().await
    }

    /// The account code, where it is shown.
    pub async fn account_code(&self, role: &str) -> Result<String> {
        let place = self.0.find(role, "Your account code").await?;
        let text = self.0.text_of(&place).await?;
        let code = text.split_whitespace().find(|part| part.matches('-').count() == 6);
        Ok(code.context("an account code of seven groups")?.to_owned())
    }

    async fn app(&self) -> Result<App> {
        self.0.find("heading", "Set up your authenticator app").await?;
        let group = self.0.find("group", "Or type this in").await?;
        let text = self.0.text_of(&group).await?;
        let secret: String = text.lines().last().context("an empty group")?.split_whitespace().collect();
        Ok(App { secret: BASE32_NOPAD.decode(secret.as_bytes())? })
    }

    /// Types a code on that page.
    pub async fn confirm(&self, code: &str) -> Result<()> {
        self.0.write_over(Name::Is("Code from your app"), code).await?;
        self.0.press("button", "Continue").await
    }

    /// Makes an account, up to the first chat.
    pub async fn sign_up(&self, name: &str, password: &str) -> Result<(Chat<'a>, Secrets)> {
        let app = self.choose(name, password).await?;
        self.confirm(&app.last_code()?).await?;
        self.finish(app).await
    }

    /// From the kit to the first chat.
    pub async fn finish(&self, app: App) -> Result<(Chat<'a>, Secrets)> {
        let account_code = self.account_code("region").await?;
        let kit = Kit(self.0);
        let words = kit.words().await?;
        let chat = kit.confirm(&words).await?;
        Ok((chat, Secrets { app, account_code, words }))
    }

    /// Goes to the page that signs in with a password.
    pub async fn at_sign_in(&self) -> Result<()> {
        self.0.press("link", "I already have an account").await?;
        self.0.press("button", "Password and authenticator app").await?;
        self.0.find("heading", "Sign in with your password").await.map(drop)
    }

    /// Fills that page and sends it.
    pub async fn sign_in(&self, name: &str, password: &str, account_code: &str, code: &str) -> Result<()> {
        for (field, text) in [
            ("Sign-in name", name),
            ("Password", password),
            ("Account code", account_code),
            ("Code from your app", code),
        ] {
            self.0.write_over(Name::Is(field), text).await?;
        }
        self.0.press("button", "Sign in").await
    }

    /// Answers the question for a password, on a device that knows the rest.
    pub async fn sign(&self, password: &str, code: &str) -> Result<()> {
        self.0.find("dialog", "Is it you? Sign with your password").await?;
        self.0.write_over(Name::Is("Password"), password).await?;
        self.0.write_over(Name::Is("Code from your app"), code).await?;
        self.0.press("button", "Sign").await
    }

    /// Unlocks a locked device.
    pub async fn unlock(&self, password: &str) -> Result<()> {
        self.0.write_over(Name::Is("Password"), password).await?;
        self.0.press("button", "Unlock with password").await
    }
}
