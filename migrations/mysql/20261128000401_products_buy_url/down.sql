ALTER TABLE products DROP COLUMN buy_url;
