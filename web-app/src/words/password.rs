//! Words of the pages where a password and an authenticator app open an account or a device.

/// On the welcome page, and the tab's name.
pub const TAB: &str = "Password and authenticator app";
/// On the welcome page.
pub const USE: &str = "Use a password and authenticator app";
/// Heading of a new account.
pub const NEW_HEADING: &str = "Choose a name and a password";
/// Under the heading.
pub const NEW_LEAD: &str = "You sign in with these and with a code from an app on your phone.";
/// Label of the name.
pub const NAME: &str = "Sign-in name";
/// Under the name of a new account.
pub const NAME_HINT: &str = "Only you use it. We keep a scrambled form that nobody can read back.";
/// Label of the password.
pub const PASSWORD: &str = "Password";
/// Under the password of a new account.
pub const PASSWORD_HINT: &str =
    "At least 10 characters. An account code goes with it, which your recovery kit will show.";
/// Label of the choice.
pub const MAKE_ONE: &str = "Make a passphrase for me instead";
/// Under the choice.
pub const MAKE_ONE_HINT: &str = "Six words, and no account code: you can sign in without your kit.";
/// Label of the choice.
pub const UNLOCK_HERE: &str = "Let it unlock this device too";
/// Under the choice.
pub const UNLOCK_HERE_HINT: &str =
    "Otherwise your 24 recovery words do. Whoever takes this device could then try passwords on it.";
/// Main button.
pub const CONTINUE: &str = "Continue";
/// Back to the passkey.
pub const BACK: &str = "Use another way";

/// Heading of the app.
pub const APP_HEADING: &str = "Set up your authenticator app";
/// Under it.
pub const APP_LEAD: &str = "Scan this with an app for one-time codes, then type the code that it shows.";
/// What the picture is.
pub const QR: &str = "QR code for your authenticator app";
/// Before the secret.
pub const SECRET: &str = "Or type this in";
/// Before the passphrase.
pub const PASSPHRASE: &str = "Your passphrase";
/// Under the passphrase.
pub const PASSPHRASE_HINT: &str = "Write it down or learn it now. We never see it, so we cannot send it again.";
/// The secret in groups, so that nobody loses their place in it.
pub fn grouped(secret: &str) -> String {
    let grouped = |(index, letter)| [(index > 0 && index % 4 == 0).then_some(' '), Some(letter)];
    secret.chars().enumerate().flat_map(grouped).flatten().collect()
}

/// Label of the code.
pub const CODE: &str = "Code from your app";
/// Under the code.
pub const CODE_HINT: &str = "Six digits. Your authenticator code protects your account, not the encryption.";
/// Leaves without an account.
pub const LEAVE: &str = "Stop and make no account";

/// Leaves an account without another way.
pub const LEAVE_ADDED: &str = "Stop and add nothing";
/// Under the account code, where a password is added.
pub const ACCOUNT_CODE_KEEP: &str = "Write it into your recovery kit. You need it, with your password, on every new device. This device keeps it too: see Settings, Security.";
/// Closes the account code.
pub const CLOSE: &str = "Close";
/// Name of the file with the account code.
pub const CODE_FILE: &str = "sotto-account-code.txt";

/// What stands in that file.
pub fn code_file(handle: Option<&str>, account_code: &str) -> String {
    let name = handle.map(|handle| format!("{NAME}: {handle}\n")).unwrap_or_default();
    format!("Keep this with the recovery words of your Sotto account.\n\n{name}{ACCOUNT_CODE}: {account_code}\n")
}

/// Heading of signing in.
pub const SIGN_IN_HEADING: &str = "Sign in with your password";
/// Under it.
pub const SIGN_IN_LEAD: &str = "From now on it unlocks this device too.";
/// Label of the account code.
pub const ACCOUNT_CODE: &str = "Account code";
/// Under it.
pub const ACCOUNT_CODE_HINT: &str = "From your recovery kit: seven groups of four letters and digits.";
/// Label of the choice.
pub const IS_PASSPHRASE: &str = "I have a passphrase of six words";
/// Under the choice.
pub const IS_PASSPHRASE_HINT: &str = "One that Sotto made. It needs no account code.";

/// Under the heading, on a locked device.
pub const UNLOCK_LEAD: &str = "Your chats on this device are locked.";
/// Button, on a locked device.
pub const UNLOCK: &str = "Unlock with password";
