-- Addresses and folded names that a term had before, or that were merged into it: they lead to it for ever.
CREATE TABLE term_aliases (
    taxonomy VARCHAR(20) NOT NULL,
    alias VARCHAR(255) NOT NULL,
    term_id INTEGER NOT NULL REFERENCES terms (term_id),
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (taxonomy, alias)
);
CREATE INDEX term_aliases_term_id ON term_aliases (term_id);
