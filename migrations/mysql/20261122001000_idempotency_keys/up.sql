-- Outside the change log: the answer of a write, kept a day so that repeating the request repeats the answer.
CREATE TABLE idempotency_keys (
    actor VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    idempotency_key VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    fingerprint CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    body MEDIUMTEXT NOT NULL,
    seq BIGINT NOT NULL,
    created_at DATETIME(6) NOT NULL,
    PRIMARY KEY (actor, idempotency_key),
    KEY idempotency_keys_created_at (created_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
