#!/usr/bin/env bash
# A private MariaDB primary with two replicas, for the tests only.
#
#   mariadb.sh run COMMAND...   start the servers, run COMMAND with their addresses in its
#                               environment, stop the servers whatever happened
#   mariadb.sh start DIR        start them with their data under DIR, print the addresses as
#                               `export` lines (also kept in DIR/env); DIR must be empty or absent
#   mariadb.sh stop DIR         stop the servers started under DIR and remove DIR
#
# With MARIADB_DURABLE=1 a commit is on disk before it is answered, for tests that kill servers.
#
# To work against them from a shell:
#   eval "$(tests/services/mariadb.sh start /tmp/shop-db)"; cargo test ...; tests/services/mariadb.sh stop /tmp/shop-db
#
# Nothing of the system's own MariaDB is touched: the data folders, sockets and ports are private,
# every server listens on the loopback address only, and only processes started here are stopped.
#
# Accounts (over TCP, on all three servers):
#   vitrine/vitrine  what the shop uses; it may create databases, and it has neither SUPER nor
#                    READ_ONLY ADMIN, so a replica refuses its writes (error 1290)
#   admin/admin      everything; for tests that stop, delay or inspect replication
set -euo pipefail

# Debian keeps the server in /usr/sbin, which is not in every user's PATH.
PATH="$PATH:/usr/sbin"

readonly NODES=(0 1 2) # 0 is the primary
readonly START_TIMEOUT_S=60
readonly STOP_TIMEOUT_S=30

say() { printf 'mariadb.sh: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

sql() { # DIR NODE [mariadb options]; statements on standard input, as root through the socket
  local dir=$1 node=$2
  shift 2
  mariadb --no-defaults --socket="$dir/n$node/s.sock" --user=root --batch --skip-column-names "$@"
}

# A port that nothing answers on. Another process can still take it before the server binds it:
# start_node notices and tries another one. Below 32768, so that no outgoing connection gets it.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  printf '%s\n' "$port"
}

launch() { # DIR NODE: starts the server (durability is off for speed unless asked for) and notes its port and process id
  local dir=$1 node=$2 home="$1/n$2" port options=()
  local durability=(--sync-binlog=0 --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0)
  [[ -z ${MARIADB_DURABLE:-} ]] || durability=(--sync-binlog=1 --innodb-flush-log-at-trx-commit=1 --innodb-doublewrite=1)
  port=$(free_port)
  # On the command line, since a value SET at run time is lost when a test restarts the node.
  ((node == 0)) || options+=(--read-only=1)
  # A server that starts removes the tables that others keep in a common folder.
  mkdir -p "$home/tmp"
  # setsid: an interrupt at the terminal must reach the tests and this script, not the servers;
  # they are stopped in order by `stop`. Full text stays at the
  # server's defaults on purpose: the shop has to work with stop words and a minimum token of 3.
  setsid mariadbd --no-defaults --user="$(id -un)" --datadir="$home/data" --tmpdir="$home/tmp" --socket="$home/s.sock" \
    --pid-file="$home/mariadbd.pid" --log-error="$home/error.log" \
    --port="$port" --bind-address=127.0.0.1 --skip-name-resolve --server-id=$((node + 1)) \
    --gtid-domain-id=0 --gtid-strict-mode=1 \
    --log-bin="$home/binlog" --binlog-format=ROW --binlog-row-image=FULL --log-slave-updates=1 --skip-slave-start \
    "${durability[@]}" \
    --innodb-buffer-pool-size=32M --innodb-log-file-size=16M --performance-schema=OFF \
    --max-connections=500 --character-set-server=utf8mb4 --collation-server=utf8mb4_unicode_ci \
    "${options[@]}" </dev/null >/dev/null 2>&1 &
  printf '%s\n' "$!" >"$home/pid"
  printf '%s\n' "$port" >"$home/port"
}

is_ours() { # DIR PID: whether that process still runs and is a server of this folder
  kill -0 "$2" 2>/dev/null || return 1
  # A process id can be given to somebody else's process; the command line tells. Elsewhere than
  # on Linux there is no /proc, and the id alone has to do.
  # It may end between two of these lines, and is not ours any more then.
  [[ ! -r /proc/$2/cmdline ]] || { tr '\0' ' ' <"/proc/$2/cmdline" | grep -qF -- "--datadir=$1/"; } 2>/dev/null
}

await_node() { # DIR NODE: until the server answers; started again if its port was taken meanwhile
  local dir=$1 node=$2 home="$1/n$2" deadline=$((SECONDS + START_TIMEOUT_S))
  until sql "$dir" "$node" -e 'SELECT 1' >/dev/null 2>&1; do
    if ! kill -0 "$(<"$home/pid")" 2>/dev/null; then
      if grep -q 'Bind on TCP/IP port: Address already in use' "$home/error.log" && ((SECONDS < deadline)); then
        mv "$home/error.log" "$home/error.log.port-taken"
        launch "$dir" "$node"
        continue
      fi
      tail -n 20 "$home/error.log" >&2 || true
      die "node $node did not start"
    fi
    ((SECONDS < deadline)) || die "node $node did not answer within $START_TIMEOUT_S s; see $home/error.log"
    sleep 0.05
  done
}

create_accounts() { # DIR: on the primary; the replicas get them by replication
  sql "$1" 0 <<'SQL'
CREATE USER repl@'127.0.0.1' IDENTIFIED BY 'repl';
GRANT REPLICATION SLAVE, REPLICA MONITOR ON *.* TO repl@'127.0.0.1';
CREATE USER vitrine@'127.0.0.1' IDENTIFIED BY 'vitrine';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES,
      CREATE TEMPORARY TABLES, CREATE VIEW, SHOW VIEW, TRIGGER, EXECUTE, CREATE ROUTINE, ALTER ROUTINE,
      SHOW DATABASES, PROCESS, RELOAD, REPLICA MONITOR, BINLOG MONITOR
   ON *.* TO vitrine@'127.0.0.1';
CREATE USER admin@'127.0.0.1' IDENTIFIED BY 'admin';
GRANT ALL PRIVILEGES ON *.* TO admin@'127.0.0.1' WITH GRANT OPTION;
SQL
}

replicate() { # DIR NODE
  sql "$1" "$2" <<SQL
SET GLOBAL gtid_slave_pos = '';
CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=$(<"$1/n0/port"), MASTER_USER='repl', MASTER_PASSWORD='repl',
  MASTER_USE_GTID=slave_pos, MASTER_CONNECT_RETRY=1, MASTER_HEARTBEAT_PERIOD=1;
START SLAVE;
SQL
}

await_replica() { # DIR NODE: until it has everything the primary has
  local position caught_up
  position=$(sql "$1" 0 -e 'SELECT @@gtid_binlog_pos')
  caught_up=$(sql "$1" "$2" -e "SELECT MASTER_GTID_WAIT('$position', 20)")
  [[ $caught_up == 0 ]] || die "node $2 does not replicate: $(sql "$1" "$2" -e 'SHOW SLAVE STATUS')"
}

url() { # DIR NODE USER (its password is its name)
  printf 'mysql://%s:%s@127.0.0.1:%s' "$3" "$3" "$(<"$1/n$2/port")"
}

write_env() { # DIR: no database in the addresses, each test creates and appends its own
  local dir=$1
  cat >"$dir/env" <<ENV
export VITRINE_TEST_MYSQL_PRIMARY=$(url "$dir" 0 vitrine)
export VITRINE_TEST_MYSQL_REPLICAS=$(url "$dir" 1 vitrine),$(url "$dir" 2 vitrine)
export VITRINE_TEST_MYSQL_PRIMARY_ADMIN=$(url "$dir" 0 admin)
export VITRINE_TEST_MYSQL_REPLICA_ADMINS=$(url "$dir" 1 admin),$(url "$dir" 2 admin)
ENV
}

start() { # DIR
  local dir=$1 node began=$SECONDS
  local tool
  for tool in mariadbd mariadb mariadb-install-db setsid; do
    command -v "$tool" >/dev/null || die "$tool is missing; tests/services/install.sh installs it"
  done
  # Sockets live under DIR, and the kernel takes no socket path of more than 107 bytes.
  ((${#dir} <= 90)) || die "the path $dir is too long for a socket; set TMPDIR to a shorter one"

  # The system tables are made once and copied: the installation is the slow part.
  mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$dir/template" \
    --auth-root-authentication-method=normal --skip-test-db --innodb-log-file-size=16M >"$dir/install.log" 2>&1 \
    || { tail -n 20 "$dir/install.log" >&2; die 'mariadb-install-db failed'; }
  for node in "${NODES[@]}"; do
    mkdir "$dir/n$node"
    cp -a "$dir/template" "$dir/n$node/data"
    launch "$dir" "$node"
  done
  for node in "${NODES[@]}"; do await_node "$dir" "$node"; done

  create_accounts "$dir"
  for node in "${NODES[@]:1}"; do replicate "$dir" "$node"; done
  for node in "${NODES[@]:1}"; do await_replica "$dir" "$node"; done
  write_env "$dir"
  say "primary on port $(<"$dir/n0/port"), replicas on $(<"$dir/n1/port") and $(<"$dir/n2/port") ($((SECONDS - began)) s)"
}

stop() { # DIR; does no harm when nothing, or only a part, was started
  trap '' INT TERM HUP # a second interrupt must not leave servers behind
  local dir=$1 node pid deadline=$((SECONDS + STOP_TIMEOUT_S)) running=()
  # Replicas first, so that they do not complain about a lost primary.
  for node in 2 1 0; do
    [[ -s $dir/n$node/pid ]] || continue
    pid=$(<"$dir/n$node/pid")
    is_ours "$dir" "$pid" || continue
    # A test may have frozen the server; a frozen one would not see the signal to stop.
    kill -CONT "$pid" && kill -TERM "$pid"
    running+=("$pid")
  done
  for pid in ${running[@]+"${running[@]}"}; do
    while is_ours "$dir" "$pid"; do
      if ((SECONDS >= deadline)); then
        say "process $pid did not stop within $STOP_TIMEOUT_S s and is killed"
        kill -KILL "$pid" 2>/dev/null || true
        deadline=$((SECONDS + STOP_TIMEOUT_S))
      fi
      sleep 0.05
    done
  done
  rm -rf -- "$dir"
}

absolute() { # PATH
  case $1 in
    /*) printf '%s\n' "${1%/}" ;;
    *) printf '%s/%s\n' "$PWD" "${1%/}" ;;
  esac
}

main() {
  local command=${1:-} status=0
  case $command in
    start)
      (($# == 2)) || die 'usage: mariadb.sh start DIR'
      dir=$(absolute "$2")
      [[ ! -e $dir || -z $(ls -A "$dir") ]] || die "$dir is not empty"
      mkdir -p "$dir"
      trap 'stop "$dir"' EXIT
      trap 'exit 130' INT
      trap 'exit 143' TERM HUP
      start "$dir"
      trap - EXIT
      cat "$dir/env"
      ;;
    stop)
      (($# == 2)) || die 'usage: mariadb.sh stop DIR'
      dir=$(absolute "$2")
      # Removing a folder that this script did not make would be unforgivable.
      [[ ! -e $dir || -e $dir/install.log ]] || die "$dir was not made by 'mariadb.sh start'"
      stop "$dir"
      ;;
    run)
      (($# >= 2)) || die 'usage: mariadb.sh run COMMAND...'
      shift
      dir=$(mktemp -d "${TMPDIR:-/tmp}/vitrine-db.XXXXXX")
      trap 'stop "$dir"' EXIT
      trap 'exit 130' INT
      trap 'exit 143' TERM HUP
      start "$dir"
      # shellcheck disable=SC1091 # written a moment ago by write_env
      source "$dir/env"
      "$@" || status=$?
      exit "$status"
      ;;
    *) die 'usage: mariadb.sh run COMMAND... | start DIR | stop DIR' ;;
  esac
}

main "$@"
