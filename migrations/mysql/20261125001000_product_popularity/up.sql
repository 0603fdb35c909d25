-- Outside the change log: how much a product is looked at. A decayed count in logarithms (see catalog/popularity.rs), so
-- that time passes without touching a row; the category stands here for its index.
CREATE TABLE product_popularity (
    product_id INT NOT NULL PRIMARY KEY,
    category VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    score DOUBLE NOT NULL DEFAULT 0,
    KEY product_popularity_score (score, product_id),
    KEY product_popularity_category (category, score, product_id),
    CONSTRAINT product_popularity_product FOREIGN KEY (product_id) REFERENCES products (product_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
