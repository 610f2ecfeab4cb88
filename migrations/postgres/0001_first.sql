-- Everything that the relay stores. No column holds free text of a client; docs/operations.md classifies each.

CREATE TABLE accounts (
    account_id   BYTEA  NOT NULL PRIMARY KEY,
    created_day  BIGINT NOT NULL,
    stored_bytes BIGINT NOT NULL
);

CREATE TABLE log_entries (
    account_id BYTEA  NOT NULL REFERENCES accounts (account_id),
    seq        BIGINT NOT NULL,
    hash       BYTEA  NOT NULL,
    entry      BYTEA  NOT NULL,
    PRIMARY KEY (account_id, seq)
);

CREATE TABLE words_lookups (
    lookup_id  BYTEA NOT NULL PRIMARY KEY,
    account_id BYTEA NOT NULL REFERENCES accounts (account_id),
    method_id  BYTEA NOT NULL
);

CREATE TABLE credentials (
    credential_id BYTEA NOT NULL PRIMARY KEY,
    account_id    BYTEA NOT NULL REFERENCES accounts (account_id),
    method_id     BYTEA NOT NULL,
    public_key    BYTEA NOT NULL
);

CREATE TABLE epoch_copies (
    account_id BYTEA  NOT NULL REFERENCES accounts (account_id),
    epoch      BIGINT NOT NULL,
    recipient  BYTEA  NOT NULL,
    sealed     BYTEA  NOT NULL,
    PRIMARY KEY (account_id, recipient, epoch)
);

CREATE TABLE back_links (
    account_id    BYTEA  NOT NULL REFERENCES accounts (account_id),
    sealing_epoch BIGINT NOT NULL,
    sealed_epoch  BIGINT NOT NULL,
    envelope      BYTEA  NOT NULL,
    PRIMARY KEY (account_id, sealing_epoch)
);

CREATE TABLE anchors (
    account_id BYTEA  NOT NULL REFERENCES accounts (account_id),
    method_id  BYTEA  NOT NULL,
    counter    BIGINT NOT NULL,
    envelope   BYTEA  NOT NULL,
    PRIMARY KEY (account_id, method_id)
);

CREATE TABLE sessions (
    token_hash BYTEA  NOT NULL PRIMARY KEY,
    account_id BYTEA  NOT NULL REFERENCES accounts (account_id),
    device_id  BYTEA  NOT NULL,
    device_key BYTEA  NOT NULL,
    expires_at BIGINT NOT NULL,
    UNIQUE (account_id, device_id)
);

CREATE TABLE batches (
    account_id BYTEA  NOT NULL REFERENCES accounts (account_id),
    position   BIGINT NOT NULL,
    device_id  BYTEA  NOT NULL,
    seq        BIGINT NOT NULL,
    hash       BYTEA  NOT NULL,
    log_seq    BIGINT NOT NULL,
    n_bytes    BIGINT NOT NULL,
    batch      BYTEA  NOT NULL,
    PRIMARY KEY (account_id, position),
    UNIQUE (account_id, device_id, seq)
);

CREATE TABLE envelopes (
    account_id BYTEA  NOT NULL,
    position   BIGINT NOT NULL,
    leaf_index BIGINT NOT NULL,
    stream_tag BYTEA  NOT NULL,
    envelope   BYTEA  NOT NULL,
    PRIMARY KEY (account_id, position, leaf_index),
    FOREIGN KEY (account_id, position) REFERENCES batches (account_id, position)
);

CREATE INDEX envelopes_by_stream ON envelopes (account_id, stream_tag, position);

CREATE TABLE prompt_days (
    account_id BYTEA  NOT NULL REFERENCES accounts (account_id),
    day        BIGINT NOT NULL,
    n_prompts  BIGINT NOT NULL,
    PRIMARY KEY (account_id, day)
);
