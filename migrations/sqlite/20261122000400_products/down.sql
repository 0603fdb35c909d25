DROP TABLE products_text;
DROP TABLE products;
