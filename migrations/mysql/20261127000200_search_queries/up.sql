-- Outside the change log: what was searched for on a day (UTC), how often, how often in vain, and how often a product that
-- it found was opened. No person, no address, no session; which queries are kept at all says search/insight.
CREATE TABLE search_queries (
    day VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    query VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    searches INT NOT NULL DEFAULT 0,
    in_vain INT NOT NULL DEFAULT 0,
    clicks INT NOT NULL DEFAULT 0,
    PRIMARY KEY (day, query),
    KEY search_queries_query (query)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
