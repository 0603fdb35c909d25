-- People whose proposals are published at once.
CREATE TABLE submission_trust (
    user_id INT NOT NULL PRIMARY KEY,
    since DATETIME(6) NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
