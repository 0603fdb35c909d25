-- What people who run the shop are told until they have read it. The change that is the reason is told to each of them once,
-- whichever processes find it.
CREATE TABLE notices (
    notice_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id INT NOT NULL,
    change_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    product_id INT NOT NULL,
    name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    stock_quantity INT NOT NULL,
    created_at DATETIME(6) NOT NULL,
    read_at DATETIME(6) NULL,
    UNIQUE KEY notices_once (user_id, change_hash),
    KEY notices_of_user (user_id, notice_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
