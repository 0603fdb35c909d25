-- On a new, empty replica, as an administrator. A shop that is in use comes by a backup first (mariadb-backup, then
-- SET GLOBAL gtid_slave_pos to the position that the backup names).
-- CHANGE MASTER needs STOP SLAVE before it; with only its SQL thread stopped it fails with error 1198.
-- Seconds_Behind_Master is NULL when replication stands still: that is no zero.
CHANGE MASTER TO MASTER_HOST = '{primary_host}', MASTER_PORT = {primary_port},
  MASTER_USER = '{database}_replica', MASTER_PASSWORD = '<replication password>',
  MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1, MASTER_HEARTBEAT_PERIOD = 1;
START SLAVE;
