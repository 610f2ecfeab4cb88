-- New devices that wait for one of an account to let them in, and what they were answered: for ten minutes.

CREATE TABLE hand_overs (
    answer_hash BYTEA  NOT NULL PRIMARY KEY,
    account_id  BYTEA,
    offer       BYTEA  NOT NULL,
    answer      BYTEA,
    expires_at  BIGINT NOT NULL
);

CREATE INDEX hand_overs_by_end ON hand_overs (expires_at);
