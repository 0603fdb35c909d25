-- Outside the change log: what was searched for on a day (UTC), how often, how often in vain, and how often a product that
-- it found was opened. No person, no address, no session; which queries are kept at all says search/insight.
CREATE TABLE search_queries (
    day VARCHAR(10) NOT NULL,
    query VARCHAR(100) NOT NULL,
    searches INTEGER NOT NULL DEFAULT 0,
    in_vain INTEGER NOT NULL DEFAULT 0,
    clicks INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (day, query)
);
CREATE INDEX search_queries_query ON search_queries (query);
