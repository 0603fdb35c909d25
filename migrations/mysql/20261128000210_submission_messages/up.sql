-- What was said about a proposal, and by whom: reasons, questions, answers.
CREATE TABLE submission_messages (
    message_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    submission_id INT NOT NULL,
    author VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    step VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    body TEXT NULL,
    created_at DATETIME(6) NOT NULL,
    KEY submission_messages_of_submission (submission_id, message_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
