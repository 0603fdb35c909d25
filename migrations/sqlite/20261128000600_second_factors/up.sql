-- Outside the change log: the secret from which a person's app makes codes, and the newest step of time whose code was used. It
-- counts from `confirmed_at` on.
CREATE TABLE second_factors (
    user_id INTEGER NOT NULL PRIMARY KEY REFERENCES users (user_id),
    secret VARCHAR(64) NOT NULL,
    last_step BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    confirmed_at TIMESTAMP NULL
);
