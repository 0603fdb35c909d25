-- A brand's products by price and by name, as a category's.
ALTER TABLE products
    ADD KEY products_brand_price (brand, is_active, deleted_at, current_price),
    ADD KEY products_brand_name (brand, is_active, deleted_at, name_key);
