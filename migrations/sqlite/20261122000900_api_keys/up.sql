CREATE TABLE api_keys (
    key_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(100) NOT NULL,
    key_hash CHAR(64) NOT NULL,
    scopes VARCHAR(100) NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    revoked_at TIMESTAMP NULL,
    last_used_at TIMESTAMP NULL
);
CREATE UNIQUE INDEX api_keys_key_hash ON api_keys (key_hash);
