ALTER TABLE products DROP KEY products_shown_stock;
