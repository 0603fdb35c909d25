-- Outside the change log: how much a product is looked at. A decayed count in logarithms (see catalog/popularity.rs), so
-- that time passes without touching a row; the category stands here for its index.
CREATE TABLE product_popularity (
    product_id INTEGER NOT NULL PRIMARY KEY REFERENCES products (product_id),
    category VARCHAR(100) NULL,
    score DOUBLE NOT NULL DEFAULT 0
);
CREATE INDEX product_popularity_score ON product_popularity (score, product_id);
CREATE INDEX product_popularity_category ON product_popularity (category, score, product_id);
