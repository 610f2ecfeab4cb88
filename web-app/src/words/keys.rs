//! Words of the list of keys.

/// Heading, and menu item.
pub const KEYBOARD: &str = "Keyboard";
/// Button.
pub const CLOSE: &str = "Close";
/// Switch.
pub const LETTERS: &str = "Single keys";
/// Under the switch.
pub const LETTERS_HINT: &str = "On this device. The arrow and every key with Ctrl always work.";
/// The command key of a Mac.
pub const COMMAND: &str = "Cmd";
/// The same elsewhere.
pub const CONTROL: &str = "Ctrl";

/// What keys do, with the keys.
pub type Keys = (&'static str, &'static [&'static str]);

/// The list, in groups.
pub const GROUPS: [(&str, &[Keys]); 4] = [
    (
        "Anywhere",
        &[
            ("New chat", &["N"]),
            ("Chat list on or off", &[CONTROL, "B"]),
            ("Lock now", &[CONTROL, "Shift", "L"]),
            ("This list", &["?"]),
        ],
    ),
    (
        "In a chat",
        &[
            ("Write", &["I"]),
            ("Message before, after", &["K", "J"]),
            ("Copy message", &["C"]),
            ("Edit last question", &["↑"]),
            ("Version before, after", &["[", "]"]),
            ("Answer again", &["R"]),
        ],
    ),
    ("In the text box", &[("Send", &["Enter"]), ("New line", &["Shift", "Enter"]), ("Stop answer", &["Esc"])]),
    ("What will be sent", &[("Open receipt", &[CONTROL, "."]), ("Close", &["Esc"])]),
];
