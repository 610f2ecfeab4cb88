//! What the relay stores: one trait, one conformance suite, one folder of SQL a database.
//!
//! Callers have verified what they store; the database guards what only it can see: that a head has not moved
//! since it was read, that a whole step is stored or nothing of it.

mod append;
mod columns;
#[cfg(any(test, feature = "test-support"))]
pub mod conformance;
mod page;
mod password;
mod postgres;
mod sqlite;
pub mod tables;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use shared_types::account::{AnchorPut, BackLink, EpochCopy, SealedCopy};
use shared_types::ids::{AccountId, DeviceId, Hash, LookupId, MethodId, PartyId, StreamTag};
use shared_types::log::LogHead;
use shared_types::prompt::Usage;
use shared_types::public_key::SigningPublic;
use shared_types::seen::SeenResponse;
use shared_types::sync::PageBody;
use thiserror::Error;

pub use append::{Appending, LogAppend};
pub use password::Password;
pub use postgres::PostgresDb;
pub use sqlite::SqliteDb;
use tables::{Cell, Table};

/// `SQLITE_FULL`, and `disk_full` of Postgres.
const FULL: [&str; 2] = ["13", "53100"];

/// Why the database could not do its work.
#[derive(Debug, Error)]
pub enum DbError {
    /// The disk is full; nothing was stored.
    #[error("disk is full")]
    Full,
    /// The database refused or could not be reached.
    #[error("database refused")]
    Failed(#[source] sqlx::Error),
    /// A stored row is not what was stored.
    #[error("a stored row is damaged")]
    Corrupt,
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        if code.is_some_and(|code| FULL.contains(&code.as_ref())) { Self::Full } else { Self::Failed(error) }
    }
}

/// One entry of the account log, verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Its place and hash.
    pub head: LogHead,
    /// Signatures included.
    pub bytes: Vec<u8>,
}

/// A passkey as the relay needs it to verify assertions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// WebAuthn credential id.
    pub id: Vec<u8>,
    /// The method it stands for.
    pub method: MethodId,
    /// Public key, counter and flags, as `webauthn-rs` keeps them.
    pub public_key: Vec<u8>,
}

/// A words method that can be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordsLookup {
    /// Derived from the words.
    pub lookup: LookupId,
    /// The method.
    pub method: MethodId,
}

/// A session of one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Whose.
    pub account: AccountId,
    /// Which device, and so which key signs its requests.
    pub device: DeviceId,
    /// That key.
    pub device_key: SigningPublic,
    /// The method that it signed in with.
    pub method: MethodId,
    /// Unix seconds.
    pub expires_at: u64,
}

/// Sealed copies of one epoch key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEpoch {
    /// Number of the epoch.
    pub number: u32,
    /// Exactly those that the log lists.
    pub copies: Vec<SealedCopy>,
    /// Seals an older key; none for epoch 1.
    pub back_link: Option<BackLink>,
}

/// A sign-up or sign-in that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedCeremony {
    /// SHA-256 of its nonce.
    pub nonce_hash: Hash,
    /// Whose it is; not known yet for a passkey.
    pub account: Option<AccountId>,
    /// What its end is checked against.
    pub state: Vec<u8>,
    /// The last second that it is good in, Unix seconds.
    pub expires_at: u64,
}

/// Whether a ceremony was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// It was.
    Opened,
    /// Too many are open.
    TooMany,
}

/// Lets whoever lost the answer to a sign-up finish it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FinishedSignUp {
    /// SHA-256 of its nonce.
    pub nonce_hash: Hash,
    /// The last second that it is good in, Unix seconds.
    pub expires_at: u64,
}

/// Whose events socket a ticket opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// The account.
    pub account: AccountId,
    /// The device.
    pub device: DeviceId,
    /// The last second that it is good in, Unix seconds.
    pub expires_at: u64,
}

/// A new device that waits to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOffer {
    /// SHA-256 of the id under which it looks for the answer.
    pub answer_hash: Hash,
    /// Its part of the log and the MAC over it.
    pub offer: Vec<u8>,
    /// The last second that it is good in, Unix seconds.
    pub expires_at: u64,
}

/// What a confirmed device answered a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferAnswered {
    /// Whose account.
    pub account: AccountId,
    /// What the new device gets.
    pub answer: Vec<u8>,
}

/// What came of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferState {
    /// It is over, or was never made.
    Gone,
    /// Nobody has answered it.
    Waits,
    /// It was answered.
    Answered(OfferAnswered),
}

/// Rows that were over and are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// Of which table.
    pub table: &'static str,
    /// How many.
    pub n_rows: u64,
}

/// Everything that a sign-up stores.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The account.
    pub account: AccountId,
    /// Days since 1970.
    pub day: u64,
    /// Entry 0 of its log.
    pub genesis: NewEntry,
    /// Epoch 1.
    pub epoch: NewEpoch,
    /// First anchors.
    pub anchors: Vec<AnchorPut>,
    /// Its passkey, if it has one.
    pub credential: Option<Credential>,
    /// Its password, if it has one.
    pub password: Option<Password>,
    /// Its words.
    pub words: Vec<WordsLookup>,
    /// SHA-256 of the first session's token.
    pub token_hash: Hash,
    /// The first session.
    pub session: Session,
    /// For whoever loses the answer.
    pub finished: FinishedSignUp,
}

/// Whether an account was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// It was.
    Created,
    /// The account, its passkey or its words exist already.
    Exists,
    /// Another account has its name.
    HandleTaken,
}

/// Whether an anchor was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchoring {
    /// It was.
    Stored,
    /// Another one with this or a higher counter stands.
    Conflict,
}

/// The newest batch of a device at the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    /// Its number.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
    /// The log entry that it named.
    pub log_seq: u32,
}

/// A verified batch with all its envelopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBatch {
    /// Number in its device's chain.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
    /// The log entry that it names.
    pub log_seq: u32,
    /// Signature included.
    pub bytes: Vec<u8>,
    /// Tag and envelope of each leaf.
    pub envelopes: Vec<(StreamTag, Vec<u8>)>,
}

impl NewBatch {
    fn n_bytes(&self) -> u64 {
        let n_bytes = self.bytes.len() + self.envelopes.iter().map(|(_, envelope)| envelope.len()).sum::<usize>();
        u64::try_from(n_bytes).expect("a batch fits into memory")
    }
}

/// Batches of one device that follow each other.
#[derive(Debug, Clone)]
pub struct Push {
    /// Whose account.
    pub account: AccountId,
    /// Whose chain.
    pub device: DeviceId,
    /// The device's head that was read before.
    pub after: Option<ChainHead>,
    /// Oldest first, at least one.
    pub batches: Vec<NewBatch>,
    /// Most bytes that the account may store.
    pub max_account_bytes: u64,
    /// When, for the counts of the day and hour, Unix seconds.
    pub now_s: u64,
}

/// Whether batches were stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushing {
    /// All of them; the newest stands at this position.
    Accepted {
        /// Position in the account.
        position: u64,
    },
    /// The device's head had moved.
    HeadMoved,
    /// The account's storage would be exceeded.
    QuotaExceeded,
}

/// Which envelopes come along with a page of batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Envelopes<'a> {
    /// All; every batch counts.
    All,
    /// None; every batch counts.
    None,
    /// Those of these streams; only batches with such a leaf count.
    Of(&'a [StreamTag]),
}

/// Whether a prompt was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptCount {
    /// It was.
    Counted,
    /// The day's prompts are used up.
    LimitReached,
    /// What it stands on is not so any more; nothing was counted.
    Moved,
}

/// What a prompt stands on: it is counted only if this is so at that moment, in the same statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// SHA-256 of the token of a session of the account.
    pub token_hash: Hash,
    /// The newest entry of the account's log.
    pub log_head: LogHead,
    /// The session must not be over by then, Unix seconds.
    pub now_s: u64,
}

/// What other relay processes on the same database tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A text that one of them announced.
    Told(String),
    /// Something may have been missed.
    Missed,
}

/// The relay's storage.
#[async_trait]
pub trait Db: Send + Sync {
    /// Whether the database answers.
    async fn check(&self) -> Result<(), DbError>;
    /// Forgets what is over, table by table; nothing where another process is at it.
    async fn remove_expired(&self, now_s: u64) -> Result<Vec<Removed>, DbError>;

    /// Makes an account with all that belongs to it.
    async fn create_account(&self, new: &NewAccount) -> Result<Creation, DbError>;
    /// The account of these words.
    async fn find_account_of_words(&self, lookup: &LookupId) -> Result<Option<AccountId>, DbError>;

    /// Opens a ceremony unless too many are open.
    async fn open_ceremony(&self, ceremony: &StartedCeremony, now_s: u64, max_open: u32) -> Result<Opening, DbError>;
    /// Takes a ceremony, once in all processes; nothing if it is late.
    async fn take_ceremony(&self, nonce_hash: &Hash, now_s: u64) -> Result<Option<StartedCeremony>, DbError>;
    /// A ceremony that is not late; it stays.
    async fn find_ceremony(&self, nonce_hash: &Hash, now_s: u64) -> Result<Option<StartedCeremony>, DbError>;
    /// The account that the sign-up of a nonce has made, while it may be finished again.
    async fn find_finished_sign_up(&self, nonce_hash: &Hash, now_s: u64) -> Result<Option<AccountId>, DbError>;

    /// Keeps an offer of a new device unless too many are open.
    async fn open_offer(&self, offer: &OpenOffer, now_s: u64, max_open: u32) -> Result<Opening, DbError>;
    /// Offers that nobody has answered.
    async fn list_offers(&self, now_s: u64) -> Result<Vec<Vec<u8>>, DbError>;
    /// Answers an offer, once in all processes; whether it waited.
    async fn answer_offer(&self, answer_hash: &Hash, answered: &OfferAnswered, now_s: u64) -> Result<bool, DbError>;
    /// What came of an offer.
    async fn find_answer(&self, answer_hash: &Hash, now_s: u64) -> Result<OfferState, DbError>;

    /// The newest entry of an account log.
    async fn find_log_head(&self, account: &AccountId) -> Result<Option<LogHead>, DbError>;
    /// All entries of an account log.
    async fn list_log(&self, account: &AccountId) -> Result<Vec<Vec<u8>>, DbError>;
    /// Appends entries and what follows from them, unless the head has moved.
    async fn append_log(&self, account: &AccountId, append: &LogAppend) -> Result<Appending, DbError>;

    /// Sealed copies for one recipient, by epoch.
    async fn list_epoch_copies(&self, account: &AccountId, recipient: &PartyId) -> Result<Vec<EpochCopy>, DbError>;
    /// Back links, by sealing epoch.
    async fn list_back_links(&self, account: &AccountId) -> Result<Vec<BackLink>, DbError>;

    /// The anchor of a method.
    async fn find_anchor(&self, account: &AccountId, method: &MethodId) -> Result<Option<AnchorPut>, DbError>;
    /// Stores an anchor whose counter is higher than the stored one's; the same again changes nothing.
    async fn put_anchor(&self, account: &AccountId, anchor: &AnchorPut) -> Result<Anchoring, DbError>;

    /// A passkey of an account.
    async fn find_credential(&self, account: &AccountId, id: &[u8]) -> Result<Option<Credential>, DbError>;
    /// Stores counter and flags after an assertion.
    async fn update_credential(&self, account: &AccountId, credential: &Credential) -> Result<(), DbError>;

    /// The password of a name.
    async fn find_password(&self, handle: &Hash) -> Result<Option<Password>, DbError>;
    /// The password whose code was used last of all.
    async fn find_newest_password(&self) -> Result<Option<Password>, DbError>;
    /// Uses a code up, once in all processes; whether it is newer than the last one. No step is never newer, and asks as much.
    async fn accept_step(&self, handle: &Hash, step: Option<u64>) -> Result<bool, DbError>;

    /// Begins a session; one that the device had ends.
    async fn begin_session(&self, token_hash: &Hash, session: &Session) -> Result<(), DbError>;
    /// A session that has not expired.
    async fn find_session(&self, token_hash: &Hash, now_s: u64) -> Result<Option<Session>, DbError>;
    /// Ends the session of a device, if it has one.
    async fn end_session(&self, account: &AccountId, device: &DeviceId) -> Result<(), DbError>;

    /// Issues a ticket.
    async fn issue_ticket(&self, ticket_hash: &Hash, ticket: &Ticket) -> Result<(), DbError>;
    /// Takes a ticket, once in all processes; nothing if it is late or its device has no session any more.
    async fn take_ticket(&self, ticket_hash: &Hash, now_s: u64) -> Result<Option<Ticket>, DbError>;

    /// The newest batch of a device.
    async fn find_chain_head(&self, account: &AccountId, device: &DeviceId) -> Result<Option<ChainHead>, DbError>;
    /// Position and hash of one batch of a device.
    async fn find_batch(
        &self,
        account: &AccountId,
        device: &DeviceId,
        seq: u64,
    ) -> Result<Option<(u64, Hash)>, DbError>;
    /// Stores all batches or none.
    async fn push_batches(&self, push: &Push) -> Result<Pushing, DbError>;
    /// A page of batches after a position, at most `max_batches` and about `MAX_PAGE_BYTES`.
    async fn load_page(
        &self,
        account: &AccountId,
        after: u64,
        max_batches: usize,
        envelopes: Envelopes<'_>,
    ) -> Result<PageBody, DbError>;

    /// Counts a prompt of a day unless the limit is reached or its standing has changed.
    async fn count_prompt(
        &self,
        account: &AccountId,
        standing: &Standing,
        day: u64,
        max: u32,
    ) -> Result<PromptCount, DbError>;
    /// Takes back a counted prompt that brought no answer.
    async fn take_back_prompt(&self, account: &AccountId, day: u64) -> Result<(), DbError>;

    /// Takes from an account whatever lets anybody in or opens anything: it is served to nobody from then on.
    async fn delete_keys(&self, account: &AccountId) -> Result<(), DbError>;
    /// Removes what is left of accounts whose keys are gone; how many there were.
    async fn remove_deleted(&self) -> Result<u64, DbError>;
    /// All accounts.
    async fn list_accounts(&self) -> Result<Vec<AccountId>, DbError>;
    /// Counts a sign-in of a day.
    async fn count_sign_in(&self, account: &AccountId, day: u64) -> Result<(), DbError>;
    /// Counts the tokens of a turn of a day.
    async fn count_tokens(&self, account: &AccountId, day: u64, usage: Usage) -> Result<(), DbError>;
    /// What was counted on a day; pushes count themselves.
    async fn load_seen(&self, account: &AccountId, day: u64, now: u64) -> Result<SeenResponse, DbError>;

    /// All rows of an account in one table, as they are stored.
    async fn list_rows(&self, account: &AccountId, table: &Table) -> Result<Vec<Vec<Cell>>, DbError>;

    /// Tells every relay process on this database, this one too; one that has its database to itself tells nobody.
    async fn announce(&self, text: &str) -> Result<(), DbError>;
    /// Begins to listen: what is announced from now on, for ever.
    async fn listen(&self) -> Result<BoxStream<'static, Notice>, DbError>;
}
