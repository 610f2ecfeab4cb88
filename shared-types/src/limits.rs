//! Every limit that both sides enforce, each a named constant with its unit.

/// Number of the wire protocol; sent with every request as `x-sotto-protocol`.
pub const PROTOCOL: u32 = 1;
/// Oldest protocol that may still write.
pub const MIN_WRITE_PROTOCOL: u32 = 1;

/// Body of one entry of the account log, bytes.
pub const MAX_LOG_BODY_BYTES: usize = 64 * 1024;
/// Whole account log, entries.
pub const MAX_LOG_ENTRIES: usize = 4096;
/// Entries of an account log that only confirmed devices may still fill: revoking must always be possible.
pub const CONFIRMED_LOG_ENTRIES: usize = 1024;
/// Entries that one unconfirmed device may sign.
pub const MAX_UNCONFIRMED_ENTRIES: usize = 16;
/// An epoch key sealed to one recipient, bytes.
pub const SEALED_EPOCH_KEY_BYTES: usize = 32 + 32 + 16;
/// The envelope of a back link, bytes.
pub const BACK_LINK_BYTES: usize = 256 + ENVELOPE_OVERHEAD_BYTES;
/// The envelope of an anchor, bytes.
pub const MAX_ANCHOR_BYTES: usize = 64 * 1024;
/// Active methods of an account.
pub const MAX_METHODS: usize = 32;
/// Active devices of an account.
pub const MAX_DEVICES: usize = 64;
/// Active unconfirmed devices of an account.
pub const MAX_UNCONFIRMED_DEVICES: usize = 8;
/// Methods an account keeps at least; one of them words.
pub const MIN_METHODS: u8 = 2;
/// Longest allowed age of an epoch, days.
pub const MAX_EPOCH_DAYS: u16 = 14;
/// How far the time of a log entry may be from the relay's, seconds.
pub const MAX_LOG_TIME_SKEW_S: u64 = 24 * 60 * 60;
/// Credential id of a passkey, bytes.
pub const MAX_CREDENTIAL_ID_BYTES: usize = 1023;

/// Leaves of one batch.
pub const MAX_BATCH_LEAVES: usize = 1024;
/// Heads that one batch has seen.
pub const MAX_SEEN_HEADS: usize = 255;
/// Padded plaintext of one envelope, bytes.
pub const MAX_PADDED_BYTES: usize = 1024 * 1024;
/// Envelope header and tag around the padded plaintext, bytes.
pub const ENVELOPE_OVERHEAD_BYTES: usize = 88 + 16;
/// One envelope, bytes.
pub const MAX_ENVELOPE_BYTES: usize = MAX_PADDED_BYTES + ENVELOPE_OVERHEAD_BYTES;
/// Batches in one push or page.
pub const MAX_BATCHES_PER_REQUEST: usize = 256;
/// Body of one push, bytes. One batch with one envelope of full size fits.
pub const MAX_PUSH_BYTES: usize = 2 * 1024 * 1024;
/// Body of one pulled page, bytes; a page ends early rather than exceed it.
pub const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;
/// Stream tags in one request.
pub const MAX_STREAM_TAGS: usize = 256;

/// Body of a control message, bytes.
pub const MAX_CONTROL_BYTES: usize = 512 * 1024;
/// Body of a prompt, bytes.
pub const MAX_PROMPT_BYTES: usize = 1024 * 1024;
/// Messages in one prompt.
pub const MAX_PROMPT_MESSAGES: usize = 512;
/// Answer of one prompt, tokens.
pub const MAX_ANSWER_TOKENS: u32 = 4096;
/// Answer of one prompt, bytes; what comes after it is cut off and said.
pub const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// Text of one question, bytes.
pub const MAX_QUESTION_BYTES: usize = 200 * 1024;
/// A draft, bytes: longer than what can be asked, so that what was pasted can be cut; it fits a row.
pub const MAX_DRAFT_BYTES: usize = 900 * 1024;
/// Title of a chat, characters.
pub const MAX_TITLE_CHARS: usize = 120;
/// Name of a device, characters.
pub const MAX_DEVICE_NAME_CHARS: usize = 60;
/// Name of a way to sign in, characters.
pub const MAX_METHOD_NAME_CHARS: usize = 60;
/// Text of one message, bytes: the longer of a question and an answer.
pub const MAX_MESSAGE_BYTES: usize = MAX_ANSWER_BYTES;
/// Body of a request as its receipt keeps it, bytes: with what stands around it, it fits a row.
pub const MAX_RECEIPT_BODY_BYTES: usize = 900 * 1024;
/// Id, label, owner and region of a model as it is offered, each, bytes.
pub const MAX_OFFER_TEXT_BYTES: usize = 256;
/// What a model's owner says of questions, bytes.
pub const MAX_POLICY_BYTES: usize = 1024;
/// Models that one relay offers.
pub const MAX_OFFERS: usize = 128;

/// Time for which a device that waits to be let in can be, seconds.
pub const HAND_OVER_LIFE_S: u64 = 10 * 60;
/// Devices of a relay that wait to be let in, at the same time.
pub const MAX_OFFERS_OPEN: u32 = 1024;

/// Validity of a signed request around the relay's clock, seconds.
pub const REQUEST_WINDOW_S: u64 = 60;
/// Life of a session, seconds.
pub const SESSION_LIFE_S: u64 = 30 * 24 * 60 * 60;
/// Time to finish a sign-in once started, and to finish a sign-up again, seconds.
pub const CEREMONY_LIFE_S: u64 = 5 * 60;
/// Time to finish a sign-up once started, seconds: 24 words are written down by hand meanwhile.
pub const SIGN_UP_LIFE_S: u64 = 60 * 60;
/// Time to add a passkey or security key once its registration was started, seconds: it is made, perhaps asked once
/// more, and a relay that was away meanwhile comes back.
pub const REGISTRATION_LIFE_S: u64 = 30 * 60;
/// Life of a ticket for the events socket, seconds.
pub const TICKET_LIFE_S: u64 = 30;
/// Time for which a running answer can be resumed by frame, seconds.
pub const ANSWER_RESUME_S: u64 = 10 * 60;
/// Prompts per account and day unless configured otherwise.
pub const DEFAULT_PROMPTS_PER_DAY: u32 = 200;
/// Requests per account and minute unless configured otherwise.
pub const DEFAULT_REQUESTS_PER_MINUTE: u32 = 600;
/// Sign-ups and sign-ins per address and hour unless configured otherwise.
pub const DEFAULT_SIGN_INS_PER_HOUR: u32 = 60;
/// First messages of sign-ups and sign-ins with a password, per name and per address in an hour; then one a minute.
pub const FIRST_MESSAGES_PER_HOUR: u32 = 10;
/// The name of an account with a password, bytes.
pub const MAX_HANDLE_BYTES: usize = 128;
/// Seconds for which a code of an authenticator app stands.
pub const TOTP_STEP_S: u64 = 30;
/// Steps that a clock may be off, before and after.
pub const TOTP_STEPS_OFF: u64 = 1;
/// Sealed bytes per account unless configured otherwise.
pub const DEFAULT_ACCOUNT_BYTES: u64 = 2 * 1024 * 1024 * 1024;
