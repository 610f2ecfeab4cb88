//! A device of the account lets a new one in: what both show meanwhile.

use serde::{Deserialize, Serialize};

use super::{Busy, Problem, QrView};

/// How a new device shows its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandOverWay {
    /// As a code that the other device's camera reads.
    Code,
    /// As six words that are typed there.
    Words,
}

/// The secret as the new device shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShownSecret {
    /// To be read by a camera.
    Code(QrView),
    /// To be typed.
    Words(Vec<String>),
}

impl std::fmt::Debug for ShownSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ShownSecret(…)")
    }
}

/// The screen of a new device that waits to be let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoiningView {
    /// How it shows its secret.
    pub way: HandOverWay,
    /// Where it is.
    pub step: JoiningStep,
    /// What went wrong last.
    pub trouble: Option<HandOverTrouble>,
}

/// Where a new device is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum JoiningStep {
    /// The relay is asked.
    Asking,
    /// It shows its secret.
    Showing {
        /// The secret.
        secret: ShownSecret,
        /// For how much longer it is good, seconds.
        left_s: u32,
    },
    /// It was let in: what shall unlock it?
    Unlocking {
        /// Whether the account has a passkey or security key.
        has_passkey: bool,
        /// What is under way.
        busy: Option<Busy>,
    },
    /// This secret is of no use any more.
    Over,
}

/// Where a device is that lets another one in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LettingInView {
    /// Who shows that secret?
    Looking,
    /// It waits: shall it come in?
    Asks,
    /// It is told so.
    UnderWay,
    /// It has what it needs, and has not come in yet.
    Waiting,
    /// It is in.
    Done,
    /// It did not come about.
    Failed(HandOverTrouble),
}

/// Why one device did not let another one in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandOverTrouble {
    /// Nobody answered in time.
    RanOut,
    /// No device waits that shows this secret.
    NobodyWaits,
    /// The code is for another relay.
    AnotherRelay,
    /// Whoever answered has not seen the secret.
    NotTrue,
    /// The account has changed in between.
    Moved,
    /// The device was let in and did not come.
    NeverCame,
    /// What reads codes could not be loaded.
    NoReader,
    /// Something else.
    Other(Problem),
}

/// A picture of a camera, grey: never shown, never kept.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
pub struct CameraFrame {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Lightness of each point, row by row.
    #[serde(with = "serde_bytes")]
    pub luma: Vec<u8>,
}

impl std::fmt::Debug for CameraFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CameraFrame(…)")
    }
}

/// What a picture says.
#[derive(PartialEq, Eq)]
pub enum FrameText {
    /// No code is seen in it.
    Nothing,
    /// The text of a code.
    Text(String),
    /// What reads codes could not be loaded.
    NoReader,
}
