ALTER TABLE webhooks DROP COLUMN former_secret;
ALTER TABLE webhooks DROP COLUMN former_until;
