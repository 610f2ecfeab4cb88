//! What holds for one device or method, from its addition to its end and after.

use super::{DevicePart, DeviceStatus, MethodKind, MethodPart, RemoveReason, RevokeReason};
use crate::batch::ChainPin;
use crate::ids::MethodId;

/// A device that is or was in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceState {
    /// Its public half.
    pub part: DevicePart,
    /// Log seq that let it in.
    pub added_seq: u32,
    /// The method that let it in, where one did.
    pub added_by: Option<MethodId>,
    /// When it was confirmed, if it was.
    pub confirmed: Option<Confirmation>,
    /// Its end, if it ended.
    pub revoked: Option<Revocation>,
}

/// Where and when a device was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confirmation {
    /// Log seq of the entry that confirmed it.
    pub log_seq: u32,
    /// That entry's time as it counts, Unix seconds.
    pub time_s: u64,
}

/// The end of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// Log seq of the end.
    pub log_seq: u32,
    /// Why.
    pub reason: RevokeReason,
    /// Its last batch that counts; none of its batches counts without.
    pub cut: Option<ChainPin>,
}

/// A method that is or was in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MethodState {
    /// Its public half.
    pub part: MethodPart,
    /// Log seq that added it.
    pub added_seq: u32,
    /// Its end, if it ended.
    pub removed: Option<Removal>,
}

/// The end of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// Log seq of the end.
    pub log_seq: u32,
    /// Why.
    pub reason: RemoveReason,
}

impl DeviceState {
    /// Whether it may sign now.
    pub fn is_active(&self) -> bool {
        self.revoked.is_none()
    }

    /// What it may do now, while it is active.
    pub fn status(&self) -> DeviceStatus {
        if self.confirmed.is_some() { DeviceStatus::Confirmed } else { DeviceStatus::Unconfirmed }
    }

    /// Whether a batch of this device counts: all before its end do, after it those up to the cut.
    pub fn counts(&self, batch_seq: u64) -> bool {
        self.revoked.is_none_or(|end| end.cut.is_some_and(|cut| batch_seq <= cut.seq))
    }
}

impl MethodState {
    /// Whether it may sign now.
    pub fn is_active(&self) -> bool {
        self.removed.is_none()
    }

    /// Whether it is the recovery words.
    pub fn is_words(&self) -> bool {
        self.part.kind == MethodKind::Words
    }
}
