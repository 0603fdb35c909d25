-- How far each lasting follower of the change log has come, with the hash there, by which a forked history is noticed.
CREATE TABLE follower_positions (
    follower TEXT NOT NULL PRIMARY KEY,
    epoch TEXT NOT NULL,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL,
    updated_at TIMESTAMP NOT NULL
) WITHOUT ROWID;
