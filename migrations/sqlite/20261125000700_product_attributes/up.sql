-- Which products have a value: an index over products.attributes. Numbers in thousandths, everything else folded.
CREATE TABLE product_attributes (
    attribute_id INTEGER NOT NULL REFERENCES attributes (attribute_id),
    product_id INTEGER NOT NULL REFERENCES products (product_id),
    value_key VARCHAR(255) NOT NULL,
    value_number BIGINT NULL,
    PRIMARY KEY (attribute_id, product_id)
) WITHOUT ROWID;
CREATE INDEX product_attributes_value_key ON product_attributes (attribute_id, value_key, product_id);
CREATE INDEX product_attributes_value_number ON product_attributes (attribute_id, value_number, product_id);
CREATE INDEX product_attributes_product_id ON product_attributes (product_id);
