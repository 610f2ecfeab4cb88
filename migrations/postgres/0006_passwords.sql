-- Passwords: what OPAQUE checks them against, and what codes of an authenticator app are checked against. A name is there
-- as a hash under a key that is not in the database; so is what both are sealed and made with.

CREATE TABLE passwords (
    handle_hash BYTEA  NOT NULL PRIMARY KEY,
    account_id  BYTEA  NOT NULL REFERENCES accounts (account_id),
    method_id   BYTEA  NOT NULL,
    record      BYTEA  NOT NULL,
    totp_secret BYTEA  NOT NULL,
    totp_step   BIGINT NOT NULL
);

CREATE INDEX passwords_by_account ON passwords (account_id);
