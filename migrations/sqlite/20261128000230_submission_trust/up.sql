-- People whose proposals are published at once.
CREATE TABLE submission_trust (
    user_id INTEGER NOT NULL PRIMARY KEY,
    since TIMESTAMP NOT NULL
);
