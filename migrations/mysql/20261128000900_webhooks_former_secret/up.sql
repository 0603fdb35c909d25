-- The secret before the present one signs beside it until then.
ALTER TABLE webhooks
    ADD COLUMN former_secret VARCHAR(80) CHARACTER SET ascii COLLATE ascii_bin NULL,
    ADD COLUMN former_until DATETIME(6) NULL;
