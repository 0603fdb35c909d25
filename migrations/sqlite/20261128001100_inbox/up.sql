-- What people are told until they have read it, whatever it is about. The change that is the reason is told to each of them once,
-- whichever processes find it.
CREATE TABLE inbox (
    notice_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    change_hash CHAR(64) NOT NULL,
    kind VARCHAR(40) NOT NULL,
    subject_id INTEGER NOT NULL,
    data TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    read_at TIMESTAMP NULL
);
CREATE UNIQUE INDEX inbox_once ON inbox (user_id, change_hash);
CREATE INDEX inbox_of_user ON inbox (user_id, notice_id);
CREATE INDEX inbox_of_subject ON inbox (subject_id, kind);
