-- One row: where the change log stands. Locking it first serialises the writers, which makes seq gapless.
CREATE TABLE change_head (
    change_head_id INT NOT NULL PRIMARY KEY,
    epoch CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    seq BIGINT NOT NULL,
    hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    CONSTRAINT change_head_is_one_row CHECK (change_head_id = 1)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
