-- New devices that wait for one of an account to let them in, and what they were answered: for ten minutes.

CREATE TABLE hand_overs (
    answer_hash BLOB    NOT NULL PRIMARY KEY,
    account_id  BLOB,
    offer       BLOB    NOT NULL,
    answer      BLOB,
    expires_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX hand_overs_by_end ON hand_overs (expires_at);
