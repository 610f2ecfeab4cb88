-- Sign-ups and sign-ins that are under way, and tickets: any process on this database may finish or take them.

CREATE TABLE ceremonies (
    nonce_hash BYTEA  NOT NULL PRIMARY KEY,
    account_id BYTEA,
    state      BYTEA  NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX ceremonies_by_end ON ceremonies (expires_at);

CREATE TABLE finished_sign_ups (
    nonce_hash BYTEA  NOT NULL PRIMARY KEY,
    account_id BYTEA  NOT NULL REFERENCES accounts (account_id),
    expires_at BIGINT NOT NULL
);

CREATE TABLE tickets (
    ticket_hash BYTEA  NOT NULL PRIMARY KEY,
    account_id  BYTEA  NOT NULL REFERENCES accounts (account_id),
    device_id   BYTEA  NOT NULL,
    expires_at  BIGINT NOT NULL
);
