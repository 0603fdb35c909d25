-- Pictures that people propose, until somebody has decided: afterwards the row counts for a day, without its content.
CREATE TABLE submission_pictures (
    picture_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    submission_id INTEGER NOT NULL,
    author VARCHAR(20) NOT NULL,
    address VARCHAR(100) NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL,
    content BLOB NULL
);
CREATE INDEX submission_pictures_of_submission ON submission_pictures (submission_id);
CREATE INDEX submission_pictures_of_author ON submission_pictures (author, created_at);
