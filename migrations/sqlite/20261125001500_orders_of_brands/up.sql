-- A brand's products by price and by name, as a category's.
CREATE INDEX products_brand_price ON products (brand, is_active, deleted_at, current_price);
CREATE INDEX products_brand_name ON products (brand, is_active, deleted_at, name_key);
