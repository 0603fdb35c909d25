-- Nothing is reduced yet.
UPDATE products SET current_price = price;
