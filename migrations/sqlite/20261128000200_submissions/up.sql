-- What people propose for the catalog: a new product, or an edit of one that there is.
CREATE TABLE submissions (
    submission_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    author VARCHAR(20) NOT NULL,
    product_id INTEGER NULL,
    state VARCHAR(20) NOT NULL,
    typed TEXT NOT NULL,
    proposed TEXT NULL,
    base TEXT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    submitted_at TIMESTAMP NULL
);
CREATE INDEX submissions_of_author ON submissions (author, submission_id);
CREATE INDEX submissions_in_state ON submissions (state, submission_id);
CREATE INDEX submissions_sent ON submissions (author, submitted_at);
