UPDATE products SET current_price = 0;
