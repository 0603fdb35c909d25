-- Which moments have become changes: one row per product and moment, whichever node came first.
CREATE TABLE clock_changes (
    product_id INT NOT NULL,
    moment DATETIME(6) NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (product_id, moment),
    CONSTRAINT clock_changes_product FOREIGN KEY (product_id) REFERENCES products (product_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
