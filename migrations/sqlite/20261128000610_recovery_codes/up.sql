-- Outside the change log: codes that stand in for a second factor once, by the hash of each. One that was used is gone.
CREATE TABLE recovery_codes (
    code_hash CHAR(64) NOT NULL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (user_id),
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX recovery_codes_user_id ON recovery_codes (user_id);
