-- A session ends with the method that began it. Sessions from before know theirs no longer: their devices sign in again.

DROP TABLE sessions;

CREATE TABLE sessions (
    token_hash BYTEA  NOT NULL PRIMARY KEY,
    account_id BYTEA  NOT NULL REFERENCES accounts (account_id),
    device_id  BYTEA  NOT NULL,
    device_key BYTEA  NOT NULL,
    method_id  BYTEA  NOT NULL,
    expires_at BIGINT NOT NULL,
    UNIQUE (account_id, device_id)
);
