DROP TABLE product_tags;
