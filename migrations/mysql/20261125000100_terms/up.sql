-- What products are sorted by: categories (a tree), brands and tags. A term is known by its folded name (name_key).
CREATE TABLE terms (
    term_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    taxonomy VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    name VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    name_key VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    slug VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    parent_id INT NULL,
    position INT NOT NULL DEFAULT 0,
    description TEXT NULL,
    image_url VARCHAR(500) NULL,
    version INT NOT NULL DEFAULT 1,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    UNIQUE KEY terms_name_key (taxonomy, name_key),
    UNIQUE KEY terms_slug (taxonomy, slug),
    KEY terms_parent_id (parent_id),
    CONSTRAINT terms_name_is_given CHECK (CHAR_LENGTH(name) >= 1),
    CONSTRAINT terms_parent FOREIGN KEY (parent_id) REFERENCES terms (term_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
