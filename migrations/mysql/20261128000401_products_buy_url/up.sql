-- Where a product is sold, since the shop has no checkout.
ALTER TABLE products ADD COLUMN buy_url VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL;
