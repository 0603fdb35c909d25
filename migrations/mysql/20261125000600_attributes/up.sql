-- What can be told of products beyond their fields: text, a number with its unit, yes or no, one of several choices.
CREATE TABLE attributes (
    attribute_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    attribute_key VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    name VARCHAR(100) NOT NULL,
    kind VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    unit VARCHAR(20) NULL,
    choices TEXT NULL,
    position INT NOT NULL DEFAULT 0,
    version INT NOT NULL DEFAULT 1,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    UNIQUE KEY attributes_attribute_key (attribute_key)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
