-- Outside the change log: keys in people's devices that sign in instead of a password. Public keys only, as the devices wrote them;
-- how often each was used as far as its device counts that.
CREATE TABLE passkeys (
    passkey_id INT NOT NULL PRIMARY KEY AUTO_INCREMENT,
    user_id INT NOT NULL,
    credential_id VARCHAR(1364) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    public_key VARCHAR(800) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sign_count BIGINT NOT NULL,
    name VARCHAR(60) NOT NULL,
    created_at DATETIME(6) NOT NULL,
    last_used_at DATETIME(6) NULL,
    UNIQUE KEY passkeys_credential_id (credential_id),
    KEY passkeys_user_id (user_id),
    CONSTRAINT passkeys_user FOREIGN KEY (user_id) REFERENCES users (user_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
