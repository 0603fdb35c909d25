-- What is about to run out, for those who run the shop.
ALTER TABLE products ADD KEY products_shown_stock (is_active, deleted_at, stock_quantity);
