-- What is known so far: the present price since the last change.
INSERT INTO price_changes (product_id, since, price) SELECT product_id, updated_at, price FROM products;
