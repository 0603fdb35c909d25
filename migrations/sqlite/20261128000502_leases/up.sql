-- Outside the change log: which process does what only one of them shall do. It counts its beats up; when they stop, another one
-- takes over.
CREATE TABLE leases (
    lease VARCHAR(40) NOT NULL PRIMARY KEY,
    holder VARCHAR(40) NOT NULL,
    beats BIGINT NOT NULL
);
