-- Outside the change log: which process does what only one of them shall do. It counts its beats up; when they stop, another one
-- takes over.
CREATE TABLE leases (
    lease VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    holder VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    beats BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
