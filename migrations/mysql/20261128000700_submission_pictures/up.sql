-- Pictures that people propose, until somebody has decided: afterwards the row counts for a day, without its content.
CREATE TABLE submission_pictures (
    picture_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    submission_id INT NOT NULL,
    author VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    address VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    width INT NOT NULL,
    height INT NOT NULL,
    created_at DATETIME(6) NOT NULL,
    content MEDIUMBLOB NULL,
    KEY submission_pictures_of_submission (submission_id),
    KEY submission_pictures_of_author (author, created_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
