-- The price that customers saw, from when on: the lowest of the 30 days before a reduction is told beside it.
CREATE TABLE price_changes (
    product_id INTEGER NOT NULL REFERENCES products (product_id),
    since TIMESTAMP NOT NULL,
    price INTEGER NOT NULL,
    PRIMARY KEY (product_id, since)
) WITHOUT ROWID;
