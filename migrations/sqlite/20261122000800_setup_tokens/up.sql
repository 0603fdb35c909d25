-- At most one row: the link by which the first owner is made.
CREATE TABLE setup_tokens (
    setup_token_id INTEGER NOT NULL PRIMARY KEY,
    token_hash CHAR(64) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    CONSTRAINT setup_tokens_is_one_row CHECK (setup_token_id = 1)
);
