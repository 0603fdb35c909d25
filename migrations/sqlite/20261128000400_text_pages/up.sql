-- The shop's own pages of text, such as its imprint. Few, and read whole.
CREATE TABLE text_pages (
    page_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    slug VARCHAR(200) NOT NULL,
    former_slugs TEXT NULL,
    title VARCHAR(80) NOT NULL,
    body TEXT NOT NULL,
    position INTEGER NOT NULL DEFAULT 0,
    is_published BOOLEAN NOT NULL DEFAULT TRUE,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX text_pages_slug ON text_pages (slug);
