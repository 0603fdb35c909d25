-- A category is known by its folded name (name_key), so that "lamps" and "Lamps" are one.
CREATE TABLE categories (
    category_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(100) NOT NULL,
    name_key VARCHAR(255) NOT NULL,
    slug VARCHAR(255) NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    CONSTRAINT categories_name_is_given CHECK (length(name) BETWEEN 1 AND 100)
);
CREATE UNIQUE INDEX categories_name_key ON categories (name_key);
CREATE UNIQUE INDEX categories_slug ON categories (slug);
