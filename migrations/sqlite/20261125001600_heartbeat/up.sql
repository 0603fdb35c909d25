-- Empty for ever: a file has no replicas. It is here so that both databases have the same tables.
CREATE TABLE heartbeat (
    heartbeat_id INTEGER NOT NULL PRIMARY KEY CHECK (heartbeat_id = 1),
    beat_at TIMESTAMP NOT NULL
);
