-- Mails until a server has taken them: to whom and why. What they say is made when they are sent.
CREATE TABLE mails (
    mail_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind VARCHAR(20) NOT NULL,
    address VARCHAR(254) NOT NULL,
    attempts INTEGER NOT NULL,
    due_at TIMESTAMP NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX mails_due ON mails (due_at, mail_id);
CREATE INDEX mails_of_address ON mails (address);
