//! Words of the recovery words' page.

use client_core::view::KitView;

/// The tab's name.
pub const TAB: &str = "Recovery words";
/// Heading.
pub const HEADING: &str = "Keep these 24 words somewhere safe";
/// Under the heading.
pub const LEAD: &str =
    "They open your account if you lose every device. We never see them, so we cannot send them again.";
/// Name of the list of steps.
pub const STEPS: &str = "Steps";
/// The last step.
pub const FIRST_CHAT: &str = "First chat";
/// Heading of the words.
pub const WORDS: &str = "Your recovery words";
/// Button.
pub const DOWNLOAD: &str = "Download";
/// Button.
pub const PRINT: &str = "Print";
/// Button while the words are shown.
pub const HIDE: &str = "Hide words";
/// Button while they are not.
pub const SHOW: &str = "Show words";
/// Stands for a hidden word.
pub const HIDDEN: &str = "••••••";
/// Beside the buttons.
pub const HINT: &str = "Shown once. Best kept on paper.";
/// Heading of the account code.
pub const ACCOUNT_CODE: &str = "Your account code";
/// Under the account code.
pub const ACCOUNT_CODE_HINT: &str = "You need it, with your password, on every new device. We never see it, so nobody here can try passwords on your account.";
/// Heading of the passphrase.
pub const PASSPHRASE: &str = "Your passphrase";
/// Under the passphrase.
pub const PASSPHRASE_HINT: &str = "Whoever has it still needs your authenticator app.";
/// Heading of the check.
pub const CHECK: &str = "Check your copy";
/// Under it.
pub const CHECK_LEAD: &str = "Type three of the words from your copy.";
/// Under a wrong word.
pub const WRONG: &str = "Not this word. Look at your copy again.";
/// Main button.
pub const FINISH: &str = "Finish";
/// Under the main button.
pub const FINISH_HINT: &str = "Your account is made when all three match.";
/// Leaves without an account.
pub const LEAVE: &str = "Stop and make no account";
/// Under the main button, where words take the place of others.
pub const REPLACE_HINT: &str = "They are your recovery words when all three match.";
/// Leaves without new words.
pub const KEEP_OLD: &str = "Stop and keep the old words";
/// Name of the file.
pub const FILE_NAME: &str = "sotto-recovery-words.txt";

/// Heading of the sheet that is printed.
pub const PAPER: &str = "Sotto recovery kit";
/// Under it.
pub const PAPER_LEAD: &str = "The 24 words below open your account if you lose every device. Whoever has this page can open it too, so keep it as you would keep a passport. We cannot send the words again: nobody but you has them.";
/// Heading of what to do with the words.
pub const PAPER_USE: &str = "How to get back in";
/// Heading.
pub const PAPER_KEEP: &str = "Where to keep this page";
/// Under it.
pub const PAPER_KEEP_TEXT: &str = "Print it twice and keep the two copies in different places. Take no photograph of it and do not keep it in your mail: what opens your account is safest on paper.";
/// Under the account code on the sheet.
pub const PAPER_CODE_HINT: &str = "It goes with your password. To sign in on a new device with both, you also need your sign-in name and a code from your authenticator app.";
/// Under the empty place for it, on a sheet with new words.
pub const PAPER_OLD_CODE_HINT: &str =
    "It goes with your password and has not changed. Copy it here from your older kit.";

/// The first step: what the account was begun with.
pub fn way(view: Option<&KitView>) -> &'static str {
    match view {
        Some(KitView { account_code: None, passphrase: None, .. }) | None => "Passkey",
        Some(_) => "Password",
    }
}

/// Under the heading of the sheet.
pub fn made(date: &str, address: &str) -> String {
    format!("Made on {date} for your account at {address}")
}

/// What to do with the words, one after the other.
pub fn steps(address: &str) -> [String; 4] {
    [
        format!("Open {address} in a browser on any device."),
        "Choose «I already have an account», then «Recovery words».".to_owned(),
        "Type the 24 words in the order of their numbers, with a space between them.".to_owned(),
        "Sotto shows your account and leads you to a new way to sign in. If somebody else may have seen this page, let it make new words there: these then stop working.".to_owned(),
    ]
}

/// Label of a check field.
pub fn word(nth: u8) -> String {
    format!("Word {nth}")
}

/// What stands in the file.
pub fn file(words: &[String], account_code: Option<&str>, passphrase: Option<&str>) -> String {
    let head = ["Recovery words of a Sotto account. Whoever has them can open it.".to_owned(), String::new()];
    let lines = words.iter().enumerate().map(|(index, word)| format!("{:>2}  {word}", index + 1));
    let more = [(ACCOUNT_CODE, account_code), (PASSPHRASE, passphrase)].into_iter();
    let more = more.filter_map(|(label, text)| text.map(|text| format!("\n{label}: {text}")));
    head.into_iter().chain(lines).chain(more).map(|line| line + "\n").collect()
}
