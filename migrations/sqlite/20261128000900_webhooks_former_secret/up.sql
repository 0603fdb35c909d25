-- The secret before the present one signs beside it until then.
ALTER TABLE webhooks ADD COLUMN former_secret VARCHAR(80) NULL;
ALTER TABLE webhooks ADD COLUMN former_until TIMESTAMP NULL;
