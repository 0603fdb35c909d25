DELETE FROM product_popularity;
