-- What people are told of proposals until they have read it.
CREATE TABLE submission_notices (
    notice_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    submission_id INTEGER NOT NULL,
    step VARCHAR(20) NOT NULL,
    created_at TIMESTAMP NOT NULL,
    read_at TIMESTAMP NULL
);
CREATE INDEX submission_notices_of_user ON submission_notices (user_id, notice_id);
