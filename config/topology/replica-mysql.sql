-- On a new, empty replica, as an administrator. A shop that is in use comes by a backup or CLONE first.
-- GET_SOURCE_PUBLIC_KEY lets caching_sha2_password sign in without TLS; with TLS write SOURCE_SSL = 1 instead.
-- Seconds_Behind_Source is NULL when replication stands still: that is no zero.
CHANGE REPLICATION SOURCE TO SOURCE_HOST = '{primary_host}', SOURCE_PORT = {primary_port},
  SOURCE_USER = '{database}_replica', SOURCE_PASSWORD = '<replication password>',
  SOURCE_AUTO_POSITION = 1, SOURCE_CONNECT_RETRY = 1, SOURCE_HEARTBEAT_PERIOD = 1, GET_SOURCE_PUBLIC_KEY = 1;
START REPLICA;
