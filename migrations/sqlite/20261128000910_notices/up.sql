-- What people who run the shop are told until they have read it. The change that is the reason is told to each of them once,
-- whichever processes find it.
CREATE TABLE notices (
    notice_id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL,
    change_hash CHAR(64) NOT NULL,
    product_id INTEGER NOT NULL,
    name VARCHAR(200) NOT NULL,
    stock_quantity INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL,
    read_at TIMESTAMP NULL
);
CREATE UNIQUE INDEX notices_once ON notices (user_id, change_hash);
CREATE INDEX notices_of_user ON notices (user_id, notice_id);
