-- Outside the change log: until when tries to sign in are spent, of an account, of an address, of both together, and how
-- long it is remembered from where somebody has signed in. By hashes only.
CREATE TABLE sign_in_marks (
    mark VARCHAR(64) NOT NULL PRIMARY KEY,
    until_at TIMESTAMP NOT NULL
);
CREATE INDEX sign_in_marks_until ON sign_in_marks (until_at);
