DROP TABLE product_popularity;
