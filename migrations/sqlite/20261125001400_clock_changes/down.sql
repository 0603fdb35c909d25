DROP TABLE clock_changes;
