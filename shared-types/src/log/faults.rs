//! Why an account log is refused: the place and the rule.

use thiserror::Error;

use crate::bytes::ParseError;

/// The first entry that breaks a rule, and which rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("log entry {seq} is refused: {fault}")]
pub struct LogError {
    /// Where the entry stands in the bytes given, counted from the genesis.
    pub seq: u32,
    /// The rule.
    #[source]
    pub fault: LogFault,
}

/// A family of rules of the account log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum LogFault {
    /// There is no entry at all.
    #[error("the log is empty")]
    Empty,
    /// The bytes are no entry.
    #[error("{0}")]
    Malformed(ParseError),
    /// The entry belongs to another account, or the account id does not certify the founder.
    #[error("the entry belongs to another account")]
    WrongAccount,
    /// Sequence number or previous hash do not continue the log.
    #[error("the entry does not follow the one before")]
    OutOfSequence,
    /// The first entry is no genesis, or a later one is.
    #[error("a genesis stands where none may stand, or is missing")]
    MisplacedGenesis,
    /// A change of who may enter is not followed by its epoch advance.
    #[error("a change of devices or methods is not followed by its rotation")]
    RotationMissing,
    /// A signer is not active in the account.
    #[error("a signer is not active")]
    UnknownSigner,
    /// The signers are none of the alternatives for this kind.
    #[error("the signers are none of the allowed ones")]
    WrongSigners,
    /// A signature does not verify.
    #[error("a signature does not verify")]
    BadSignature,
    /// The device or method that the entry is about is not in the state that the entry needs.
    #[error("the device or method is not in the state that the entry needs")]
    WrongSubject,
    /// An id that was in the log before returns.
    #[error("an id returns")]
    IdReturns,
    /// Too many devices or methods are active.
    #[error("too many devices or methods")]
    TooMany,
    /// The log has more entries than an account may have.
    #[error("the log is too long")]
    TooLong,
    /// Too few methods are left, or none of them is words.
    #[error("too few methods, or no words")]
    TooFewMethods,
    /// The policy is unknown to this version, or weaker than before.
    #[error("the policy is unknown or weaker than before")]
    WeakPolicy,
    /// The epoch's number or its recipients are wrong.
    #[error("the epoch has a wrong number or wrong recipients")]
    WrongEpoch,
    /// A head names a device that was never in the log.
    #[error("a head names an unknown device")]
    UnknownHead,
}
