-- Outside the change log: the secret from which a person's app makes codes, and the newest step of time whose code was used. It
-- counts from `confirmed_at` on.
CREATE TABLE second_factors (
    user_id INT NOT NULL PRIMARY KEY,
    secret VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    last_step BIGINT NOT NULL,
    created_at DATETIME(6) NOT NULL,
    confirmed_at DATETIME(6) NULL,
    CONSTRAINT second_factors_user FOREIGN KEY (user_id) REFERENCES users (user_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
