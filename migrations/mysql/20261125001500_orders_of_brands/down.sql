ALTER TABLE products DROP KEY products_brand_name, DROP KEY products_brand_price;
