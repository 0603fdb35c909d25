-- One row: the oldest migration that a program must know to work on this database (src/db/migrate/floor.rs).
CREATE TABLE schema_floor (
    schema_floor_id INTEGER NOT NULL PRIMARY KEY,
    stamp TEXT NOT NULL,
    CONSTRAINT schema_floor_is_one_row CHECK (schema_floor_id = 1)
);
