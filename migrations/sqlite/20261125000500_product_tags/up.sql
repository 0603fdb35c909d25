-- Which products carry a tag: an index over products.tags, which holds their names.
CREATE TABLE product_tags (
    term_id INTEGER NOT NULL REFERENCES terms (term_id),
    product_id INTEGER NOT NULL REFERENCES products (product_id),
    PRIMARY KEY (term_id, product_id)
) WITHOUT ROWID;
CREATE INDEX product_tags_product_id ON product_tags (product_id);
