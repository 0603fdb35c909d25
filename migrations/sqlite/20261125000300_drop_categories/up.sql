-- Their place is taken by terms.
DROP TABLE categories;
