-- What the owner says that customers mean by a query: other words that find the same, or a page of the shop.
CREATE TABLE search_rules (
    rule_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind VARCHAR(10) NOT NULL,
    query VARCHAR(100) NOT NULL,
    query_key VARCHAR(255) NOT NULL,
    words TEXT NULL,
    target VARCHAR(500) NULL,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX search_rules_query_key ON search_rules (query_key);
