DELETE FROM price_changes;
