DROP INDEX products_shown_stock;
