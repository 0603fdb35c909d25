-- What can be told of products beyond their fields: text, a number with its unit, yes or no, one of several choices.
CREATE TABLE attributes (
    attribute_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    attribute_key VARCHAR(50) NOT NULL,
    name VARCHAR(100) NOT NULL,
    kind VARCHAR(10) NOT NULL,
    unit VARCHAR(20) NULL,
    choices TEXT NULL,
    position INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX attributes_attribute_key ON attributes (attribute_key);
