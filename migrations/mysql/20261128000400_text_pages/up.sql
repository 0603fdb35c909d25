-- The shop's own pages of text, such as its imprint. Few, and read whole.
CREATE TABLE text_pages (
    page_id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    slug VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    former_slugs TEXT NULL,
    title VARCHAR(80) NOT NULL,
    body MEDIUMTEXT NOT NULL,
    position INT NOT NULL DEFAULT 0,
    is_published BOOLEAN NOT NULL DEFAULT TRUE,
    version INT NOT NULL DEFAULT 1,
    created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    UNIQUE KEY text_pages_slug (slug)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
