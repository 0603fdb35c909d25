DROP TABLE term_aliases;
