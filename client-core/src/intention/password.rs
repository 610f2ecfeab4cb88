//! What a user wants with a password, and what was typed for it.

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::TypedPhrase;

/// A password, a name or a code as somebody typed it: never shown, and overwritten when nobody needs it any more.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TypedText(String);

impl TypedText {
    /// The text as it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for TypedText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl Drop for TypedText {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for TypedText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TypedText(…)")
    }
}

/// Letters of a password of one's own, at least.
const MIN_PASSWORD_CHARS: usize = 10;

/// A password for a new account, or for one that is there.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPassword {
    /// Name of a new account's device, if one was given.
    pub device_name: Option<String>,
    /// The name to sign in with.
    pub handle: TypedText,
    /// One of one's own, which goes with an account code; none = a passphrase is made, which needs none.
    pub password: Option<TypedText>,
    /// Whether it unlocks this device as well.
    pub unlocks_here: bool,
}

impl NewPassword {
    /// Whether a password of one's own is too short to be one.
    pub fn is_too_short(&self) -> bool {
        self.password.as_ref().is_some_and(|typed| typed.as_str().chars().count() < MIN_PASSWORD_CHARS)
    }
}

/// What somebody signs in with.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordForm {
    /// The name.
    pub handle: TypedText,
    /// The password, or the passphrase.
    pub password: TypedText,
    /// The account code of the kit; none = a passphrase that was made, which needs none.
    pub account_code: Option<TypedText>,
    /// What the authenticator app says.
    pub code: TypedText,
}

/// What a user wants with a password.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PasswordWish {
    /// Make an account with a password and an authenticator app.
    SignUp(NewPassword),
    /// Add a password and an authenticator app to this account.
    Add {
        /// What is to be made.
        form: NewPassword,
        /// What its owner calls it.
        name: String,
        /// The recovery words, if they sign.
        words: Option<TypedPhrase>,
    },
    /// Show the account code, if this device has it.
    ShowAccountCode,
    /// The authenticator app of a new password is set up, and this is what it says.
    ConfirmCode(TypedText),
    /// Sign in with a password and an authenticator app.
    SignIn(PasswordForm),
    /// Unlock with the password.
    Unlock(TypedText),
    /// Sign what was asked for; name and account code are not typed where the device knows them.
    Sign(PasswordForm),
    /// Sign it with a passkey instead.
    SignWithPasskey,
    /// Sign nothing.
    DoNotSign,
}
