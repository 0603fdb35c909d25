#!/usr/bin/env bash
# A private Redis, for the tests only.
#
#   redis.sh run COMMAND...   start the server, run COMMAND with its address in its environment,
#                             stop the server whatever happened
#   redis.sh start DIR        start it with its files under DIR, print the address as an `export`
#                             line (also kept in DIR/env); DIR must be empty or absent
#   redis.sh env DIR          print that line again
#   redis.sh stop DIR         stop the server started under DIR and remove DIR
#
# To work against it from a shell:
#   eval "$(tests/services/redis.sh start /tmp/shop-redis)"; cargo test ...; tests/services/redis.sh stop /tmp/shop-redis
#
# Nothing of the system's own Redis is touched: folder and port are private, the server listens on
# the loopback address only, and only the process started here is stopped. It is what the shop asks
# for: it keeps nothing on disk, and it may forget when its memory is full.
set -euo pipefail

# Debian keeps some tools in /usr/sbin, which is not in every user's PATH.
PATH="$PATH:/usr/sbin"

readonly START_TIMEOUT_S=30
readonly STOP_TIMEOUT_S=10

say() { printf 'redis.sh: %s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# A port that nothing answers on. Another process can still take it before the server binds it:
# await_server notices and tries another one. Below 32768, so that no outgoing connection gets it.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  printf '%s\n' "$port"
}

launch() { # DIR: starts the server and notes its port and process id
  local dir=$1 port
  port=$(free_port)
  # setsid: an interrupt at the terminal must reach the tests and this script, not the server.
  # Without --daemonize the server writes no pid file of its own; the shell knows the id.
  setsid redis-server --port "$port" --bind 127.0.0.1 --protected-mode yes --dir "$dir" \
    --save '' --appendonly no --maxmemory 64mb --maxmemory-policy allkeys-lru \
    --logfile "$dir/redis.log" </dev/null >/dev/null 2>&1 &
  printf '%s\n' "$!" >"$dir/pid"
  printf '%s\n' "$port" >"$dir/port"
}

is_ours() { # DIR PID: whether that process still runs and is the server of this folder
  kill -0 "$2" 2>/dev/null || return 1
  # A process id can be given to somebody else's process. The server rewrites its command line and
  # keeps its folder as working directory. Elsewhere than on Linux there is no /proc, and the id
  # alone has to do.
  [[ ! -e /proc/$2/cwd ]] || [[ $(readlink "/proc/$2/cwd") == "$(readlink -f "$1")" ]]
}

await_server() { # DIR: until the server answers; started again if its port was taken meanwhile
  local dir=$1 deadline=$((SECONDS + START_TIMEOUT_S))
  until [[ $(redis-cli -h 127.0.0.1 -p "$(<"$dir/port")" PING 2>/dev/null) == PONG ]] \
    && is_ours "$dir" "$(<"$dir/pid")"; do
    if ! kill -0 "$(<"$dir/pid")" 2>/dev/null; then
      if grep -q 'Address already in use' "$dir/redis.log" && ((SECONDS < deadline)); then
        mv "$dir/redis.log" "$dir/redis.log.port-taken"
        launch "$dir"
        continue
      fi
      tail -n 20 "$dir/redis.log" >&2 || true
      die 'the server did not start'
    fi
    ((SECONDS < deadline)) || die "the server did not answer within $START_TIMEOUT_S s; see $dir/redis.log"
    sleep 0.02
  done
}

start() { # DIR
  local dir=$1 tool
  for tool in redis-server redis-cli setsid; do
    command -v "$tool" >/dev/null || die "$tool is missing; tests/services/install.sh installs it"
  done
  launch "$dir"
  await_server "$dir"
  printf 'export VITRINE_TEST_REDIS=redis://127.0.0.1:%s\n' "$(<"$dir/port")" >"$dir/env"
  say "on port $(<"$dir/port")"
}

stop() { # DIR; does no harm when nothing, or only a part, was started
  trap '' INT TERM HUP # a second interrupt must not leave a server behind
  local dir=$1 pid deadline=$((SECONDS + STOP_TIMEOUT_S))
  if [[ -s $dir/pid ]]; then
    pid=$(<"$dir/pid")
    if is_ours "$dir" "$pid"; then
      # A test may have frozen the server; a frozen one would not see the signal to stop.
      kill -CONT "$pid" && kill -TERM "$pid"
    fi
    while is_ours "$dir" "$pid"; do
      if ((SECONDS >= deadline)); then
        # Nothing of it is worth keeping, and one whose disk is full ignores SIGTERM.
        say "process $pid did not stop within $STOP_TIMEOUT_S s and is killed"
        kill -KILL "$pid" 2>/dev/null || true
        deadline=$((SECONDS + STOP_TIMEOUT_S))
      fi
      sleep 0.02
    done
  fi
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
      (($# == 2)) || die 'usage: redis.sh start DIR'
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
    env)
      (($# == 2)) || die 'usage: redis.sh env DIR'
      dir=$(absolute "$2")
      [[ -e $dir/env ]] || die "no server was started under $dir"
      cat "$dir/env"
      ;;
    stop)
      (($# == 2)) || die 'usage: redis.sh stop DIR'
      dir=$(absolute "$2")
      # Removing a folder that this script did not make would be unforgivable.
      [[ ! -e $dir || -e $dir/port ]] || die "$dir was not made by 'redis.sh start'"
      stop "$dir"
      ;;
    run)
      (($# >= 2)) || die 'usage: redis.sh run COMMAND...'
      shift
      dir=$(mktemp -d "${TMPDIR:-/tmp}/vitrine-redis.XXXXXX")
      trap 'stop "$dir"' EXIT
      trap 'exit 130' INT
      trap 'exit 143' TERM HUP
      start "$dir"
      # shellcheck disable=SC1091 # written a moment ago by start
      source "$dir/env"
      "$@" || status=$?
      exit "$status"
      ;;
    *) die 'usage: redis.sh run COMMAND... | start DIR | env DIR | stop DIR' ;;
  esac
}

main "$@"
