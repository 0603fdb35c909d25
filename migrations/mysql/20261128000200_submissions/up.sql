-- What people propose for the catalog: a new product, or an edit of one that there is.
CREATE TABLE submissions (
    submission_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    author VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    product_id INT NULL,
    state VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    typed MEDIUMTEXT NOT NULL,
    proposed MEDIUMTEXT NULL,
    base MEDIUMTEXT NULL,
    version INT NOT NULL DEFAULT 1,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    submitted_at DATETIME(6) NULL,
    KEY submissions_of_author (author, submission_id),
    KEY submissions_in_state (state, submission_id),
    KEY submissions_sent (author, submitted_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
