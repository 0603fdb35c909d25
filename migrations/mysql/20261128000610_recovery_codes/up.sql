-- Outside the change log: codes that stand in for a second factor once, by the hash of each. One that was used is gone.
CREATE TABLE recovery_codes (
    code_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    user_id INT NOT NULL,
    created_at DATETIME(6) NOT NULL,
    KEY recovery_codes_user_id (user_id),
    CONSTRAINT recovery_codes_user FOREIGN KEY (user_id) REFERENCES users (user_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
