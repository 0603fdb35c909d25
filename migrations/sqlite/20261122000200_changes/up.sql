-- The change log: every write of what people own, with the state before and after. Append only.
CREATE TABLE changes (
    seq BIGINT NOT NULL PRIMARY KEY,
    at TIMESTAMP NOT NULL,
    actor VARCHAR(40) NOT NULL,
    request_id VARCHAR(64) NOT NULL,
    entity VARCHAR(20) NOT NULL,
    entity_id INTEGER NOT NULL,
    version INTEGER NOT NULL,
    action VARCHAR(20) NOT NULL,
    state_before TEXT NULL,
    state_after TEXT NULL,
    batch VARCHAR(40) NULL,
    undo_of BIGINT NULL,
    prev_hash CHAR(64) NOT NULL,
    hash CHAR(64) NOT NULL
);
CREATE INDEX changes_of_entity ON changes (entity, entity_id, seq);
CREATE INDEX changes_of_batch ON changes (batch, seq);
