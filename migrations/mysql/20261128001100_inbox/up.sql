-- What people are told until they have read it, whatever it is about. The change that is the reason is told to each of them once,
-- whichever processes find it.
CREATE TABLE inbox (
    notice_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id INT NOT NULL,
    change_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    kind VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    subject_id INT NOT NULL,
    data TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    created_at DATETIME(6) NOT NULL,
    read_at DATETIME(6) NULL,
    UNIQUE KEY inbox_once (user_id, change_hash),
    KEY inbox_of_user (user_id, notice_id),
    KEY inbox_of_subject (subject_id, kind)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
