-- The change log: every write of what people own, with the state before and after. Append only.
CREATE TABLE changes (
    seq BIGINT NOT NULL PRIMARY KEY,
    at DATETIME(6) NOT NULL,
    actor VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    request_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    entity VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    entity_id INT NOT NULL,
    version INT NOT NULL,
    action VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    state_before MEDIUMTEXT NULL,
    state_after MEDIUMTEXT NULL,
    batch VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
    undo_of BIGINT NULL,
    prev_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    KEY changes_of_entity (entity, entity_id, seq),
    KEY changes_of_batch (batch, seq)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
