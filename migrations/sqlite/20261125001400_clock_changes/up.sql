-- Which moments have become changes: one row per product and moment, whichever node came first.
CREATE TABLE clock_changes (
    product_id INTEGER NOT NULL REFERENCES products (product_id),
    moment TIMESTAMP NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (product_id, moment)
) WITHOUT ROWID;
