INSERT INTO product_popularity (product_id, category, score) SELECT product_id, category, 0 FROM products;
