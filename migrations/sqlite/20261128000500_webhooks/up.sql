-- Whom the shop tells of its changes. The secret signs what is sent, so it stands here as it is; it is no part of the change log.
CREATE TABLE webhooks (
    webhook_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    url VARCHAR(500) NOT NULL,
    types VARCHAR(500) NOT NULL,
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    secret VARCHAR(80) NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
