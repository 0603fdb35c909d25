-- Addresses and folded names that a term had before, or that were merged into it: they lead to it for ever.
CREATE TABLE term_aliases (
    taxonomy VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    alias VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    term_id INT NOT NULL,
    created_at DATETIME(6) NOT NULL,
    PRIMARY KEY (taxonomy, alias),
    KEY term_aliases_term_id (term_id),
    CONSTRAINT term_aliases_term FOREIGN KEY (term_id) REFERENCES terms (term_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
