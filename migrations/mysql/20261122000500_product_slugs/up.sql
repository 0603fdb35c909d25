-- Addresses a product had before; they answer 301 for ever.
CREATE TABLE product_slugs (
    slug VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY,
    product_id INT NOT NULL,
    created_at DATETIME(6) NOT NULL,
    KEY product_slugs_product_id (product_id),
    CONSTRAINT product_slugs_product FOREIGN KEY (product_id) REFERENCES products (product_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
