-- price holds minor units (cents): SQLite has no exact decimal.
CREATE TABLE products (
    product_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name VARCHAR(255) NOT NULL,
    description TEXT NULL,
    price INTEGER NOT NULL,
    category VARCHAR(100) NULL,
    stock_quantity INTEGER NOT NULL DEFAULT 0,
    image_url VARCHAR(500) NULL,
    created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    is_active BOOLEAN NOT NULL DEFAULT TRUE,
    name_key VARCHAR(255) NOT NULL,
    slug VARCHAR(255) NOT NULL,
    sku VARCHAR(64) NULL,
    sku_key VARCHAR(64) NULL,
    brand VARCHAR(100) NULL,
    version INTEGER NOT NULL DEFAULT 1,
    deleted_at TIMESTAMP NULL,
    CONSTRAINT products_name_is_given CHECK (length(name) BETWEEN 1 AND 255),
    CONSTRAINT products_price_is_in_range CHECK (typeof(price) = 'integer' AND price BETWEEN 0 AND 9999999999),
    CONSTRAINT products_stock_is_not_negative CHECK (stock_quantity BETWEEN 0 AND 2147483647)
);
CREATE UNIQUE INDEX products_slug ON products (slug);
CREATE UNIQUE INDEX products_sku_key ON products (sku_key);
CREATE INDEX products_category ON products (category);
CREATE INDEX products_is_active ON products (is_active);
CREATE INDEX products_category_is_active ON products (category, is_active);
CREATE INDEX products_shown_newest ON products (is_active, deleted_at, created_at);
CREATE INDEX products_shown_price ON products (is_active, deleted_at, price);
CREATE INDEX products_shown_name ON products (is_active, deleted_at, name_key);
CREATE INDEX products_kept_newest ON products (deleted_at, created_at);
CREATE INDEX products_name_key ON products (name_key);

-- FULLTEXT (name, description): an FTS5 index over the table's own columns, kept by triggers.
CREATE VIRTUAL TABLE products_text USING fts5(
    name, description, content='products', content_rowid='product_id', tokenize='unicode61 remove_diacritics 2'
);
CREATE TRIGGER products_text_insert AFTER INSERT ON products BEGIN
    INSERT INTO products_text (rowid, name, description) VALUES (new.product_id, new.name, new.description);
END;
CREATE TRIGGER products_text_delete AFTER DELETE ON products BEGIN
    INSERT INTO products_text (products_text, rowid, name, description)
    VALUES ('delete', old.product_id, old.name, old.description);
END;
CREATE TRIGGER products_text_update AFTER UPDATE OF name, description ON products BEGIN
    INSERT INTO products_text (products_text, rowid, name, description)
    VALUES ('delete', old.product_id, old.name, old.description);
    INSERT INTO products_text (rowid, name, description) VALUES (new.product_id, new.name, new.description);
END;
