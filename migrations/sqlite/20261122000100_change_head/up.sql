-- One row: where the change log stands. Locking it first serialises the writers, which makes seq gapless.
CREATE TABLE change_head (
    change_head_id INTEGER NOT NULL PRIMARY KEY,
    epoch CHAR(32) NOT NULL,
    seq BIGINT NOT NULL,
    hash CHAR(64) NOT NULL,
    CONSTRAINT change_head_is_one_row CHECK (change_head_id = 1)
);
