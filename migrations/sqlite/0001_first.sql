-- Everything that the relay stores. No column holds free text of a client; docs/operations.md classifies each.

CREATE TABLE accounts (
    account_id   BLOB    NOT NULL PRIMARY KEY,
    created_day  INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL
) STRICT;

CREATE TABLE log_entries (
    account_id BLOB    NOT NULL REFERENCES accounts (account_id),
    seq        INTEGER NOT NULL,
    hash       BLOB    NOT NULL,
    entry      BLOB    NOT NULL,
    PRIMARY KEY (account_id, seq)
) STRICT;

CREATE TABLE words_lookups (
    lookup_id  BLOB NOT NULL PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES accounts (account_id),
    method_id  BLOB NOT NULL
) STRICT;

CREATE TABLE credentials (
    credential_id BLOB NOT NULL PRIMARY KEY,
    account_id    BLOB NOT NULL REFERENCES accounts (account_id),
    method_id     BLOB NOT NULL,
    public_key    BLOB NOT NULL
) STRICT;

CREATE TABLE epoch_copies (
    account_id BLOB    NOT NULL REFERENCES accounts (account_id),
    epoch      INTEGER NOT NULL,
    recipient  BLOB    NOT NULL,
    sealed     BLOB    NOT NULL,
    PRIMARY KEY (account_id, recipient, epoch)
) STRICT;

CREATE TABLE back_links (
    account_id    BLOB    NOT NULL REFERENCES accounts (account_id),
    sealing_epoch INTEGER NOT NULL,
    sealed_epoch  INTEGER NOT NULL,
    envelope      BLOB    NOT NULL,
    PRIMARY KEY (account_id, sealing_epoch)
) STRICT;

CREATE TABLE anchors (
    account_id BLOB    NOT NULL REFERENCES accounts (account_id),
    method_id  BLOB    NOT NULL,
    counter    INTEGER NOT NULL,
    envelope   BLOB    NOT NULL,
    PRIMARY KEY (account_id, method_id)
) STRICT;

CREATE TABLE sessions (
    token_hash BLOB    NOT NULL PRIMARY KEY,
    account_id BLOB    NOT NULL REFERENCES accounts (account_id),
    device_id  BLOB    NOT NULL,
    device_key BLOB    NOT NULL,
    expires_at INTEGER NOT NULL,
    UNIQUE (account_id, device_id)
) STRICT;

CREATE TABLE batches (
    account_id BLOB    NOT NULL REFERENCES accounts (account_id),
    position   INTEGER NOT NULL,
    device_id  BLOB    NOT NULL,
    seq        INTEGER NOT NULL,
    hash       BLOB    NOT NULL,
    log_seq    INTEGER NOT NULL,
    n_bytes    INTEGER NOT NULL,
    batch      BLOB    NOT NULL,
    PRIMARY KEY (account_id, position),
    UNIQUE (account_id, device_id, seq)
) STRICT;

CREATE TABLE envelopes (
    account_id BLOB    NOT NULL,
    position   INTEGER NOT NULL,
    leaf_index INTEGER NOT NULL,
    stream_tag BLOB    NOT NULL,
    envelope   BLOB    NOT NULL,
    PRIMARY KEY (account_id, position, leaf_index),
    FOREIGN KEY (account_id, position) REFERENCES batches (account_id, position)
) STRICT;

CREATE INDEX envelopes_by_stream ON envelopes (account_id, stream_tag, position);

CREATE TABLE prompt_days (
    account_id BLOB    NOT NULL REFERENCES accounts (account_id),
    day        INTEGER NOT NULL,
    n_prompts  INTEGER NOT NULL,
    PRIMARY KEY (account_id, day)
) STRICT;
