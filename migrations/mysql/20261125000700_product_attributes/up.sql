-- Which products have a value: an index over products.attributes. Numbers in thousandths, everything else folded.
CREATE TABLE product_attributes (
    attribute_id INT NOT NULL,
    product_id INT NOT NULL,
    value_key VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    value_number BIGINT NULL,
    PRIMARY KEY (attribute_id, product_id),
    KEY product_attributes_value_key (attribute_id, value_key, product_id),
    KEY product_attributes_value_number (attribute_id, value_number, product_id),
    KEY product_attributes_product_id (product_id),
    CONSTRAINT product_attributes_attribute FOREIGN KEY (attribute_id) REFERENCES attributes (attribute_id),
    CONSTRAINT product_attributes_product FOREIGN KEY (product_id) REFERENCES products (product_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
