DROP TABLE search_rules;
