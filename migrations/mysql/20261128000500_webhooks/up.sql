-- Whom the shop tells of its changes. The secret signs what is sent, so it stands here as it is; it is no part of the change log.
CREATE TABLE webhooks (
    webhook_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    url VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    types VARCHAR(500) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    secret VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    version INT NOT NULL DEFAULT 1,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
