-- More pictures, tags, attributes; a sale with its time, a time to appear. What the clock moves: current_price (sort and
-- filter), reduced_since and prior_price (of the sale), next_moment_at (when something changes by itself).
ALTER TABLE products ADD COLUMN image_alt VARCHAR(255) NULL;
ALTER TABLE products ADD COLUMN more_images TEXT NULL;
ALTER TABLE products ADD COLUMN tags TEXT NULL;
ALTER TABLE products ADD COLUMN attributes TEXT NULL;
ALTER TABLE products ADD COLUMN sale_price INTEGER NULL CHECK (sale_price IS NULL OR (typeof(sale_price) = 'integer' AND sale_price >= 0 AND sale_price < price));
ALTER TABLE products ADD COLUMN sale_starts_at TIMESTAMP NULL;
ALTER TABLE products ADD COLUMN sale_ends_at TIMESTAMP NULL;
ALTER TABLE products ADD COLUMN publish_at TIMESTAMP NULL;
ALTER TABLE products ADD COLUMN current_price INTEGER NOT NULL DEFAULT 0;
ALTER TABLE products ADD COLUMN reduced_since TIMESTAMP NULL;
ALTER TABLE products ADD COLUMN prior_price INTEGER NULL;
ALTER TABLE products ADD COLUMN next_moment_at TIMESTAMP NULL;
DROP INDEX products_shown_price;
CREATE INDEX products_shown_price ON products (is_active, deleted_at, current_price);
CREATE INDEX products_shown_reduced ON products (is_active, deleted_at, reduced_since);
CREATE INDEX products_category_newest ON products (category, is_active, deleted_at, created_at);
CREATE INDEX products_category_price ON products (category, is_active, deleted_at, current_price);
CREATE INDEX products_category_name ON products (category, is_active, deleted_at, name_key);
CREATE INDEX products_brand_newest ON products (brand, is_active, deleted_at, created_at);
CREATE INDEX products_next_moment_at ON products (next_moment_at);
