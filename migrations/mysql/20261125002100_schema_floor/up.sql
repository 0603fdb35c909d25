-- One row: the oldest migration that a program must know to work on this database (src/db/migrate/floor.rs).
CREATE TABLE schema_floor (
    schema_floor_id INT NOT NULL PRIMARY KEY,
    stamp CHAR(14) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    CONSTRAINT schema_floor_is_one_row CHECK (schema_floor_id = 1)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
