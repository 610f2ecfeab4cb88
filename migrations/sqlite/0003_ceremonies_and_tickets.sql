-- Sign-ups and sign-ins that are under way, and tickets: any process on this database may finish or take them.

CREATE TABLE ceremonies (
    nonce_hash BLOB    NOT NULL PRIMARY KEY,
    account_id BLOB,
    state      BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX ceremonies_by_end ON ceremonies (expires_at);

CREATE TABLE finished_sign_ups (
    nonce_hash BLOB    NOT NULL PRIMARY KEY,
    account_id BLOB    NOT NULL REFERENCES accounts (account_id),
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tickets (
    ticket_hash BLOB    NOT NULL PRIMARY KEY,
    account_id  BLOB    NOT NULL REFERENCES accounts (account_id),
    device_id   BLOB    NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT;
