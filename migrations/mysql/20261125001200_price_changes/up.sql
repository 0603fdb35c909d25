-- The price that customers saw, from when on: the lowest of the 30 days before a reduction is told beside it.
CREATE TABLE price_changes (
    product_id INT NOT NULL,
    since DATETIME(6) NOT NULL,
    price DECIMAL(10,2) NOT NULL,
    PRIMARY KEY (product_id, since),
    CONSTRAINT price_changes_product FOREIGN KEY (product_id) REFERENCES products (product_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
