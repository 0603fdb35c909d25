#!/usr/bin/env bash
# A private MySQL 9 primary with two replicas, for the tests only. Optional: the shop is tested on
# MariaDB first, and Debian has MySQL's server in its unstable suite only.
#
#   mysql.sh run COMMAND...   start the servers, run COMMAND with their addresses in its environment,
#                             stop the servers whatever happened; says SKIPPED and does nothing where
#                             apt cannot provide MySQL
#
# Nothing is installed: the packages are unpacked under ~/.cache/vitrine-mysql and run through their
# own loader, because they need a newer C library than Debian stable has. Only processes started here
# are stopped.
#
# Accounts (over TCP, on all servers): vitrine/vitrine, what the shop uses; admin/admin, everything.
set -euo pipefail

readonly CACHE=${VITRINE_MYSQL_CACHE:-$HOME/.cache/vitrine-mysql}
readonly ROOT=$CACHE/root
readonly START_TIMEOUT_S=60

say() { printf 'mysql.sh: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

skip() { # REASON
  printf 'SKIPPED: everything on MySQL: %s\n' "$*" >&2
  exit 0
}

apt_private() { # ARGUMENTS: apt-get with lists and a cache of its own, which knows nothing of the system's packages
  apt-get -o Dir::Etc::sourcelist="$CACHE/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::Lists="$CACHE/lists" -o Dir::Cache="$CACHE/cache" -o Dir::State::status="$CACHE/status" \
    -o APT::Install-Recommends=false -o APT::Sandbox::User=root -o Debug::NoLocking=1 "$@"
}

unpack() { # once
  [[ -x $ROOT/usr/sbin/mysqld ]] && return
  if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    skip 'this is not a Debian system'
  fi
  mkdir -p "$CACHE/lists/partial" "$CACHE/cache/archives/partial"
  : >"$CACHE/status"
  # The machine's own mirror, with the unstable suite.
  local mirror
  mirror=$(sed -n 's/^URIs: *//p; s/^deb \(\[[^]]*\] \)\?\([^ ]*\) .*/\2/p' /etc/apt/sources.list.d/debian.sources \
    /etc/apt/sources.list 2>/dev/null | head -n 1) || true # one of the two files is missing everywhere
  printf 'deb %s sid main\n' "${mirror:-http://deb.debian.org/debian}" >"$CACHE/sources.list"
  apt_private -q update >"$CACHE/apt.log" 2>&1 || skip "apt cannot read Debian's unstable suite; see $CACHE/apt.log"
  apt_private -q -y -d install mysql-server-core mysql-client-core >>"$CACHE/apt.log" 2>&1 \
    || skip "Debian's unstable suite has no MySQL at the moment; see $CACHE/apt.log"
  local package
  for package in "$CACHE"/cache/archives/*.deb; do dpkg -x "$package" "$ROOT"; done
  rm -rf "$CACHE/cache/archives"
}

tool() { # NAME ARGUMENTS
  local name=$1
  shift
  "$ROOT/usr/lib64/ld-linux-x86-64.so.2" --library-path "$ROOT/usr/lib/x86_64-linux-gnu" "$ROOT/usr/$name" "$@"
}

sql() { # NODE [mysql options]; statements on standard input, as root through the socket
  local node=$1
  shift
  tool bin/mysql --no-defaults --socket="$dir/n$node/s.sock" --user=root --batch --skip-column-names "$@"
}

base() { # NODE: what every start of the server needs
  printf '%s\n' --no-defaults --user="$(id -un)" --basedir="$ROOT/usr" --lc-messages-dir="$ROOT/usr/share/mysql" \
    --character-sets-dir="$ROOT/usr/share/mysql/charsets" --plugin-dir="$ROOT/usr/lib/mysql/plugin" \
    --datadir="$dir/n$1/data" --innodb-redo-log-capacity=16M
}

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  printf '%s\n' "$port"
}

launch() { # NODE
  local node=$1 options=()
  mapfile -t options < <(base "$node")
  ((node == 0)) || options+=(--read-only=1)
  free_port >"$dir/n$node/port"
  setsid "$ROOT/usr/lib64/ld-linux-x86-64.so.2" --library-path "$ROOT/usr/lib/x86_64-linux-gnu" "$ROOT/usr/sbin/mysqld" \
    "${options[@]}" --secure-file-priv= --mysqlx=OFF --socket="$dir/n$node/s.sock" --port="$(<"$dir/n$node/port")" \
    --bind-address=127.0.0.1 --skip-name-resolve --pid-file="$dir/n$node/mysqld.pid" --log-error="$dir/n$node/error.log" \
    --server-id=$((node + 1)) --log-bin="$dir/n$node/binlog" --gtid-mode=ON --enforce-gtid-consistency=ON \
    --sync-binlog=0 --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --performance-schema=OFF \
    --innodb-buffer-pool-size=32M --max-connections=500 --log-bin-trust-function-creators=1 \
    --character-set-server=utf8mb4 --collation-server=utf8mb4_unicode_ci </dev/null >/dev/null 2>&1 &
  printf '%s\n' "$!" >"$dir/n$node/pid"
}

await() { # NODE
  local deadline=$((SECONDS + START_TIMEOUT_S))
  until sql "$1" -e 'SELECT 1' >/dev/null 2>&1; do
    kill -0 "$(<"$dir/n$1/pid")" 2>/dev/null || { tail -n 20 "$dir/n$1/error.log" >&2; die "node $1 did not start"; }
    ((SECONDS < deadline)) || die "node $1 did not answer within $START_TIMEOUT_S s"
    sleep 0.1
  done
}

replicate() { # NODE: follows the primary, and has everything when this returns
  local position
  sql "$1" <<SQL
CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=$(<"$dir/n0/port"), SOURCE_USER='repl',
  SOURCE_PASSWORD='repl', SOURCE_AUTO_POSITION=1, SOURCE_CONNECT_RETRY=1, GET_SOURCE_PUBLIC_KEY=1;
START REPLICA;
SQL
  position=$(sql 0 -e 'SELECT @@global.gtid_executed')
  [[ $(sql "$1" -e "SELECT WAIT_FOR_EXECUTED_GTID_SET('$position', 20)") == 0 ]] || die "node $1 does not replicate"
}

start() {
  local options=() node
  mkdir -p "$dir/n0" "$dir/n1" "$dir/n2"
  if [[ ! -d $CACHE/template ]]; then
    # Making the system tables is the slow part; each node gets a copy.
    mapfile -t options < <(base 0)
    tool sbin/mysqld "${options[@]}" --initialize-insecure >"$dir/install.log" 2>&1 \
      || { tail -n 20 "$dir/install.log" >&2; die 'the data folder could not be made'; }
    mv "$dir/n0/data" "$CACHE/template"
  fi
  for node in 0 1 2; do
    cp -a "$CACHE/template" "$dir/n$node/data"
    rm -f "$dir/n$node/data/auto.cnf" # the server's identity: each makes its own
    launch "$node"
  done
  for node in 0 1 2; do await "$node"; done
  sql 0 <<'SQL'
CREATE USER repl@'127.0.0.1' IDENTIFIED BY 'repl';
GRANT REPLICATION SLAVE ON *.* TO repl@'127.0.0.1';
CREATE USER vitrine@'127.0.0.1' IDENTIFIED BY 'vitrine';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES,
      CREATE TEMPORARY TABLES, CREATE VIEW, SHOW VIEW, TRIGGER, EXECUTE, CREATE ROUTINE, ALTER ROUTINE,
      SHOW DATABASES, PROCESS, RELOAD, REPLICATION CLIENT
   ON *.* TO vitrine@'127.0.0.1';
CREATE USER admin@'127.0.0.1' IDENTIFIED BY 'admin';
GRANT ALL PRIVILEGES ON *.* TO admin@'127.0.0.1' WITH GRANT OPTION;
SQL
  for node in 1 2; do replicate "$node"; done
  say "MySQL $(sql 0 -e 'SELECT VERSION()'): primary on port $(<"$dir/n0/port"), replicas on $(<"$dir/n1/port") and $(<"$dir/n2/port")"
}

# shellcheck disable=SC2329 # the trap below does
stop() {
  trap '' INT TERM HUP # a second interrupt must not leave servers behind
  local node pid
  for node in 2 1 0; do
    [[ -s $dir/n$node/pid ]] || continue
    pid=$(<"$dir/n$node/pid")
    kill -TERM "$pid" 2>/dev/null || continue
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
  done
  rm -rf -- "$dir"
}

[[ ${1:-} == run && $# -ge 2 ]] || die 'usage: mysql.sh run COMMAND...'
shift
unpack
dir=$(mktemp -d "${TMPDIR:-/tmp}/vitrine-mysql.XXXXXX")
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
start
VITRINE_TEST_MYSQL_PRIMARY=mysql://vitrine:vitrine@127.0.0.1:$(<"$dir/n0/port")
VITRINE_TEST_MYSQL_REPLICAS=mysql://vitrine:vitrine@127.0.0.1:$(<"$dir/n1/port"),mysql://vitrine:vitrine@127.0.0.1:$(<"$dir/n2/port")
VITRINE_TEST_MYSQL_PRIMARY_ADMIN=mysql://admin:admin@127.0.0.1:$(<"$dir/n0/port")
VITRINE_TEST_MYSQL_REPLICA_ADMINS=mysql://admin:admin@127.0.0.1:$(<"$dir/n1/port"),mysql://admin:admin@127.0.0.1:$(<"$dir/n2/port")
export VITRINE_TEST_MYSQL_PRIMARY VITRINE_TEST_MYSQL_REPLICAS VITRINE_TEST_MYSQL_PRIMARY_ADMIN VITRINE_TEST_MYSQL_REPLICA_ADMINS
status=0
"$@" || status=$?
exit "$status"
