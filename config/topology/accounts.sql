-- On the primary, as an administrator; replicas get it by replication. Replace what stands in < >.
CREATE DATABASE IF NOT EXISTS `{database}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- Replicas sign in with this one.
CREATE USER '{database}_replica'@'{clients}' IDENTIFIED BY '<replication password>';
GRANT REPLICATION SLAVE ON *.* TO '{database}_replica'@'{clients}';

-- The shop: database.primary and database.replicas. It may read; `vitrine migrate` grants it the rest, table by table: insert
-- everywhere, change and delete everywhere but in the change log. Give it neither SUPER nor READ_ONLY ADMIN (MySQL:
-- CONNECTION_ADMIN): a replica takes the writes of accounts that have them.
CREATE USER '{database}_app'@'{clients}' IDENTIFIED BY '<application password>';
GRANT SELECT ON `{pattern}`.* TO '{database}_app'@'{clients}';

-- Whoever changes the tables: database.migrate_url.
CREATE USER '{database}_migrate'@'{clients}' IDENTIFIED BY '<migration password>';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES ON `{pattern}`.*
   TO '{database}_migrate'@'{clients}' WITH GRANT OPTION;
