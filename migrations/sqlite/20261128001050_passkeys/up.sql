-- Outside the change log: keys in people's devices that sign in instead of a password. Public keys only, as the devices wrote them;
-- how often each was used as far as its device counts that.
CREATE TABLE passkeys (
    passkey_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (user_id),
    credential_id VARCHAR(1364) NOT NULL,
    public_key VARCHAR(800) NOT NULL,
    sign_count BIGINT NOT NULL,
    name VARCHAR(60) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP NULL
);
CREATE UNIQUE INDEX passkeys_credential_id ON passkeys (credential_id);
CREATE INDEX passkeys_user_id ON passkeys (user_id);
