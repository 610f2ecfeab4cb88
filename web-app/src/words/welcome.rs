//! Words of the welcome page and of signing in.

/// The tab's name.
pub const TAB: &str = "Welcome";
/// Heading.
pub const HEADING: &str = "The chat only you can read back.";
/// Under the heading.
pub const LEAD: &str = "Everything is locked on this device before it is saved. Only the question you send is opened, by the model that answers it.";
/// Label of the optional field.
pub const DEVICE_NAME: &str = "Name on this device";
/// Under the optional field.
pub const DEVICE_NAME_HINT: &str = "Optional. Locked like your chats; it tells your devices and passkeys apart.";
/// Main button.
pub const CREATE: &str = "Create account with a passkey";
/// The same with a key that is plugged in or held to the device.
pub const USE_KEY: &str = "Use a security key";
/// To signing in.
pub const HAVE_ACCOUNT: &str = "I already have an account";
/// Nobody can sign up here: heading of the note.
pub const CLOSED: &str = "This server takes no new accounts.";
/// Nobody can sign up here: what to do.
pub const CLOSED_HINT: &str = "Ask whoever runs it for an invitation, or sign in if you have an account.";
/// Offline: heading of the note.
pub const OFFLINE: &str = "You are offline.";
/// Offline: what to do.
pub const OFFLINE_HINT: &str = "An account needs a connection once. After that you can read and write without one.";

/// Heading of the panel.
pub const SEE: &str = "What we can and cannot see";
/// Heading above the line.
pub const CAN: &str = "We can see";
/// The line.
pub const EDGE: &str = "The edge of your device";
/// Heading below the line.
pub const CANNOT: &str = "We cannot see";

/// Above the line: what, and the rest of the sentence.
pub const ACCOUNT: (&str, &str) = ("That an account exists", ", and how many devices it has");
/// Above the line.
pub const SAVES: (&str, &str) = ("The hour and rough size", " of each save, never the words");
/// Above the line.
pub const QUESTION: (&str, &str) =
    ("The question you send", ", while it passes to the model. The model’s owner reads it too.");
/// Below the line.
pub const CHATS: (&str, &str) = ("Your chats and their titles", "");
/// Below the line.
pub const DRAFTS: (&str, &str) = ("What you write", " before you send it");
/// Below the line.
pub const DEVICES: (&str, &str) = ("The names", " of your chats and devices");
/// Below the line.
pub const KEYS: (&str, &str) = ("Your keys.", " If you lose every way in, we cannot let you back in.");

/// Signing in: the tab's name and heading.
pub const SIGN_IN: &str = "Sign in";
/// Signing in: under the heading.
pub const SIGN_IN_LEAD: &str = "Your passkey opens your chats on this device too.";
/// Signing in: the button.
pub const SIGN_IN_BUTTON: &str = "Sign in with passkey";
/// Signing in: back.
pub const NO_ACCOUNT: &str = "I have no account yet";
