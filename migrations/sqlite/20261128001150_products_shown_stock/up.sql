-- What is about to run out, for those who run the shop.
CREATE INDEX products_shown_stock ON products (is_active, deleted_at, stock_quantity);
