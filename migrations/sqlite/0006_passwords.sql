-- Passwords: what OPAQUE checks them against, and what codes of an authenticator app are checked against. A name is there
-- as a hash under a key that is not in the database; so is what both are sealed and made with.

CREATE TABLE passwords (
    handle_hash BLOB    NOT NULL PRIMARY KEY,
    account_id  BLOB    NOT NULL REFERENCES accounts (account_id),
    method_id   BLOB    NOT NULL,
    record      BLOB    NOT NULL,
    totp_secret BLOB    NOT NULL,
    totp_step   INTEGER NOT NULL
) STRICT;

CREATE INDEX passwords_by_account ON passwords (account_id);
