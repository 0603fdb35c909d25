-- Which products carry a tag: an index over products.tags, which holds their names.
CREATE TABLE product_tags (
    term_id INT NOT NULL,
    product_id INT NOT NULL,
    PRIMARY KEY (term_id, product_id),
    KEY product_tags_product_id (product_id),
    CONSTRAINT product_tags_term FOREIGN KEY (term_id) REFERENCES terms (term_id),
    CONSTRAINT product_tags_product FOREIGN KEY (product_id) REFERENCES products (product_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
