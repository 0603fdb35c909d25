-- What was said about a proposal, and by whom: reasons, questions, answers.
CREATE TABLE submission_messages (
    message_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    submission_id INTEGER NOT NULL,
    author VARCHAR(20) NOT NULL,
    step VARCHAR(20) NOT NULL,
    body TEXT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX submission_messages_of_submission ON submission_messages (submission_id, message_id);
