-- Outside the change log: what each webhook is, was or could not be told. Of what was told about one thing, one is due and the
-- others wait behind it, so that they arrive in order.
CREATE TABLE webhook_deliveries (
    delivery_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    webhook_id INTEGER NOT NULL,
    message_id VARCHAR(80) NOT NULL,
    subject VARCHAR(60) NOT NULL,
    kind VARCHAR(40) NOT NULL,
    body TEXT NOT NULL,
    state VARCHAR(10) NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at TIMESTAMP NOT NULL,
    created_at TIMESTAMP NOT NULL,
    tried_at TIMESTAMP NULL,
    answer VARCHAR(200) NULL
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, state, due_at);
CREATE INDEX webhook_deliveries_subject ON webhook_deliveries (webhook_id, subject, state);
CREATE INDEX webhook_deliveries_created_at ON webhook_deliveries (created_at);
