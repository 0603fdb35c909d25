-- Where a product is sold, since the shop has no checkout.
ALTER TABLE products ADD COLUMN buy_url VARCHAR(500) NULL;
