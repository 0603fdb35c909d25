-- One row that the primary writes every half second: how old it is on a replica tells how far that is behind.
CREATE TABLE heartbeat (
    heartbeat_id INT NOT NULL PRIMARY KEY,
    beat_at DATETIME(6) NOT NULL,
    CONSTRAINT heartbeat_is_one_row CHECK (heartbeat_id = 1)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
