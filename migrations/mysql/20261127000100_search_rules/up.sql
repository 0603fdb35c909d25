-- What the owner says that customers mean by a query: other words that find the same, or a page of the shop.
CREATE TABLE search_rules (
    rule_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    kind VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    query VARCHAR(100) NOT NULL,
    query_key VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    words TEXT NULL,
    target VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    version INT NOT NULL DEFAULT 1,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    UNIQUE KEY search_rules_query_key (query_key)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
