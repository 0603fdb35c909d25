-- What products are sorted by: categories (a tree), brands and tags. A term is known by its folded name (name_key).
CREATE TABLE terms (
    term_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    taxonomy VARCHAR(20) NOT NULL,
    name VARCHAR(100) NOT NULL,
    name_key VARCHAR(255) NOT NULL,
    slug VARCHAR(255) NOT NULL,
    parent_id INTEGER NULL REFERENCES terms (term_id),
    position INTEGER NOT NULL DEFAULT 0,
    description TEXT NULL,
    image_url VARCHAR(500) NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    CONSTRAINT terms_name_is_given CHECK (length(name) BETWEEN 1 AND 100)
);
CREATE UNIQUE INDEX terms_name_key ON terms (taxonomy, name_key);
CREATE UNIQUE INDEX terms_slug ON terms (taxonomy, slug);
CREATE INDEX terms_parent_id ON terms (parent_id);
