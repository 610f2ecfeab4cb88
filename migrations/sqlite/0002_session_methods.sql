-- A session ends with the method that began it. Sessions from before know theirs no longer: their devices sign in again.

DROP TABLE sessions;

CREATE TABLE sessions (
    token_hash BLOB    NOT NULL PRIMARY KEY,
    account_id BLOB    NOT NULL REFERENCES accounts (account_id),
    device_id  BLOB    NOT NULL,
    device_key BLOB    NOT NULL,
    method_id  BLOB    NOT NULL,
    expires_at INTEGER NOT NULL,
    UNIQUE (account_id, device_id)
) STRICT;
