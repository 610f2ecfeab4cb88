//! Settings, Security: who may enter the account and what happened to that, as the account log says.

use serde::{Deserialize, Serialize};
use shared_types::ids::{DeviceId, MethodId};

use super::Problem;
use super::hand_over::LettingInView;

/// Everything that the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityView {
    /// Ways to sign in that may be used now.
    pub ways: Vec<WayView>,
    /// Devices that may read and write now, this one first.
    pub devices: Vec<MemberView>,
    /// Entries of the account log, newest first, no more than [`MAX_EVENTS`].
    pub events: Vec<EventView>,
    /// The state code: eight words that are the same on two devices that hold the same.
    pub code: Vec<String>,
    /// How fresh the keys are.
    pub keys: KeysView,
    /// A change of who is in that was asked for.
    pub change: Option<MemberChangeView>,
    /// A change of the ways to sign in that was asked for.
    pub way_change: Option<WayChangeView>,
    /// Whether this device may change them.
    pub may_change_ways: bool,
    /// Whether this device may delete the account.
    pub can_delete: bool,
    /// Where the deletion of the account is, if it was asked for.
    pub deletion: Option<ChangeState>,
    /// Whether this device may let a new one in.
    pub may_let_in: bool,
    /// A new device that it lets in.
    pub letting_in: Option<LettingInView>,
}

/// Entries of the account log that are sent at most.
pub const MAX_EVENTS: usize = 200;

/// A way to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayView {
    /// Id.
    pub id: MethodId,
    /// Name, if its owner gave it one that can be read.
    pub name: Option<String>,
    /// What it is.
    pub kind: WayKind,
    /// When it was added, Unix seconds.
    pub added_s: u64,
    /// Whether it unlocks this device without the relay.
    pub opens_this: bool,
    /// Whether it signs in only where its credential id is known: not on a fresh device.
    pub is_unlisted: bool,
    /// Of a password: whether this device has the account code that goes with it.
    pub has_account_code: bool,
    /// Of words: when they were typed again, Unix seconds; 0 = never.
    pub checked_s: u64,
}

/// Why a way to sign in goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WayReason {
    /// Its owner does not use it any more.
    Unused,
    /// Somebody else may have it.
    Compromised,
}

/// A change of the ways to sign in that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayChangeView {
    /// Tells it from those before.
    pub nth: u32,
    /// What is done.
    pub goal: WayGoal,
    /// Where that is.
    pub state: WayState,
}

/// What is done to the ways to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WayGoal {
    /// One is added.
    Add(WayKind),
    /// One goes.
    Remove(MethodId),
}

/// Where a change of the ways to sign in is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WayState {
    /// A way that is there already is asked to sign.
    WaitsForOld,
    /// The new one is being made.
    WaitsForNew,
    /// The relay is told.
    UnderWay,
    /// It is so.
    Done {
        /// A new one signs in only where it is known.
        is_unlisted: bool,
    },
    /// It did not come about.
    Failed(Problem),
}

/// What a way to sign in is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum WayKind {
    /// A passkey.
    Passkey,
    /// A security key.
    SecurityKey,
    /// A password with an authenticator app.
    Password,
    /// The recovery words.
    Words,
}

/// A device of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberView {
    /// Id.
    pub id: DeviceId,
    /// Name, if its user gave it one that can be read.
    pub name: Option<String>,
    /// When it joined, Unix seconds.
    pub added_s: u64,
    /// The last that it is known to have signed, Unix seconds.
    pub active_s: u64,
    /// Whether it may change who may enter.
    pub confirmed: bool,
    /// Whether it is the one this runs on.
    pub is_this: bool,
    /// What this device may do to it: whether somebody else has it is asked at once while nobody has vouched for it.
    pub actions: Vec<MemberAction>,
}

/// A device that joined and that nobody has vouched for: was it its owner?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewcomerView {
    /// Which.
    pub id: DeviceId,
    /// Name, if its user gave it one that can be read.
    pub name: Option<String>,
    /// When it joined, Unix seconds.
    pub joined_s: u64,
    /// Whether this device may answer.
    pub may_answer: bool,
}

/// What may be done to a device of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MemberAction {
    /// It is the owner's.
    Confirm,
    /// It is taken off.
    Remove(RemovalReason),
    /// All others are taken off: they are signed out.
    RemoveOthers,
    /// It is locked from afar: its session ends, and if it listens it locks at once.
    Lock,
}

/// Why a device is taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RemovalReason {
    /// Its owner does not have it any more.
    Lost,
    /// Somebody else has it.
    Compromised,
}

/// A change of who is in that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberChangeView {
    /// The device.
    pub device: DeviceId,
    /// What is done to it.
    pub action: MemberAction,
    /// Where that is.
    pub state: ChangeState,
}

/// Where a change is that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChangeState {
    /// The passkey is asked.
    WaitingForPasskey,
    /// The relay is told.
    UnderWay,
    /// It is so.
    Done,
    /// It did not come about.
    Failed(Problem),
}

/// One entry of the account log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    /// What happened.
    pub what: Event,
    /// Name of the device that it is about.
    pub device: Option<String>,
    /// Who signed it, beside what it is about.
    pub by: Vec<By>,
    /// When, as its signers claim, Unix seconds.
    pub at_s: u64,
}

/// A device or way to sign in that signed an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// A device, with its name if it has one that can be read.
    Device(Option<String>),
    /// A way to sign in, with its name if it has one.
    Way(WayKind, Option<String>),
}

/// What an entry of the account log says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// The account was made.
    Founded,
    /// A device joined.
    Joined {
        /// Whether it was confirmed at once.
        confirmed: bool,
    },
    /// A device was confirmed.
    Confirmed,
    /// A device signed itself out.
    SignedOut,
    /// A device was taken off as lost.
    Lost,
    /// A device was taken off because somebody else had it.
    Compromised,
    /// A way to sign in was added.
    WayAdded(WayKind),
    /// A way to sign in was removed.
    WayRemoved(WayKind),
    /// Fresh keys from here on.
    KeysChanged,
    /// Stricter rules.
    RulesTightened,
    /// A device wrote down what it holds.
    Witnessed,
    /// Another account that shares was noted.
    ShareNoted,
}

/// How fresh the keys are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysView {
    /// When they were changed, Unix seconds.
    pub changed_s: u64,
    /// When they are changed next, Unix seconds.
    pub due_s: u64,
    /// Which day of their life it is, from 1.
    pub day: u16,
    /// Days that they live.
    pub days: u16,
    /// Whether this device may change them now.
    pub can_change: bool,
    /// Where a change is that was asked for.
    pub change: Option<ChangeState>,
}
