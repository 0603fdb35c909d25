ALTER TABLE webhooks DROP COLUMN former_secret, DROP COLUMN former_until;
