-- What an account may look up of a day: counts, nothing that tells one save from another.

CREATE TABLE seen_hours (
    account_id BLOB    NOT NULL REFERENCES accounts (account_id),
    day        INTEGER NOT NULL,
    hour       INTEGER NOT NULL,
    n_saves    INTEGER NOT NULL,
    PRIMARY KEY (account_id, day, hour)
) STRICT;

CREATE TABLE seen_days (
    account_id    BLOB    NOT NULL REFERENCES accounts (account_id),
    day           INTEGER NOT NULL,
    n_records     INTEGER NOT NULL DEFAULT 0,
    n_bytes       INTEGER NOT NULL DEFAULT 0,
    n_to_1k       INTEGER NOT NULL DEFAULT 0,
    n_to_4k       INTEGER NOT NULL DEFAULT 0,
    n_to_16k      INTEGER NOT NULL DEFAULT 0,
    n_to_64k      INTEGER NOT NULL DEFAULT 0,
    n_larger      INTEGER NOT NULL DEFAULT 0,
    n_sign_ins    INTEGER NOT NULL DEFAULT 0,
    input_tokens  INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, day)
) STRICT;
