-- Addresses a product had before; they answer 301 for ever.
CREATE TABLE product_slugs (
    slug VARCHAR(255) NOT NULL PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES products (product_id),
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX product_slugs_product_id ON product_slugs (product_id);
