-- Outside the change log: links that work once, known by the hash of their secret. Without a person it is the link by which
-- the first owner is made.
CREATE TABLE one_time_tokens (
    token_hash CHAR(64) NOT NULL PRIMARY KEY,
    purpose VARCHAR(20) NOT NULL,
    user_id INTEGER NULL REFERENCES users (user_id),
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL
);
CREATE INDEX one_time_tokens_user_id ON one_time_tokens (user_id);
