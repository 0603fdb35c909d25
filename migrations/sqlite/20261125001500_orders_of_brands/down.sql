DROP INDEX products_brand_name;
DROP INDEX products_brand_price;
