-- Outside the change log: what each webhook is, was or could not be told. Of what was told about one thing, one is due and the
-- others wait behind it, so that they arrive in order.
CREATE TABLE webhook_deliveries (
    delivery_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    webhook_id INT NOT NULL,
    message_id VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    body TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    state VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    attempts INT NOT NULL DEFAULT 0,
    due_at DATETIME(6) NOT NULL,
    created_at DATETIME(6) NOT NULL,
    tried_at DATETIME(6) NULL,
    answer VARCHAR(200) NULL,
    KEY webhook_deliveries_due (webhook_id, state, due_at),
    KEY webhook_deliveries_subject (webhook_id, subject, state),
    KEY webhook_deliveries_created_at (created_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
