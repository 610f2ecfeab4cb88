-- What an account may look up of a day: counts, nothing that tells one save from another.

CREATE TABLE seen_hours (
    account_id BYTEA  NOT NULL REFERENCES accounts (account_id),
    day        BIGINT NOT NULL,
    hour       BIGINT NOT NULL,
    n_saves    BIGINT NOT NULL,
    PRIMARY KEY (account_id, day, hour)
);

CREATE TABLE seen_days (
    account_id    BYTEA  NOT NULL REFERENCES accounts (account_id),
    day           BIGINT NOT NULL,
    n_records     BIGINT NOT NULL DEFAULT 0,
    n_bytes       BIGINT NOT NULL DEFAULT 0,
    n_to_1k       BIGINT NOT NULL DEFAULT 0,
    n_to_4k       BIGINT NOT NULL DEFAULT 0,
    n_to_16k      BIGINT NOT NULL DEFAULT 0,
    n_to_64k      BIGINT NOT NULL DEFAULT 0,
    n_larger      BIGINT NOT NULL DEFAULT 0,
    n_sign_ins    BIGINT NOT NULL DEFAULT 0,
    input_tokens  BIGINT NOT NULL DEFAULT 0,
    output_tokens BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, day)
);
