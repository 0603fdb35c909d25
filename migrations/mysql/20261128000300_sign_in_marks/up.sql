-- Outside the change log: until when tries to sign in are spent, of an account, of an address, of both together, and how
-- long it is remembered from where somebody has signed in. By hashes only.
CREATE TABLE sign_in_marks (
    mark VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    until_at DATETIME(6) NOT NULL,
    KEY sign_in_marks_until (until_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
