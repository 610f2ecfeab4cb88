//! Words of the question for a password, over whatever page wants one.

/// Heading.
pub const HEADING: &str = "Is it you? Sign with your password";
/// Under it.
pub const TEXT: &str = "This needs the word of a way to sign in that you have. Use a code that you have not used yet.";
/// Button.
pub const SIGN: &str = "Sign";
/// Button.
pub const BY_PASSKEY: &str = "Use a passkey instead";
