#!/usr/bin/env bash
# A Docker engine for the image's test: the machine's own if one answers, else one of this script's, for root with Debian's
# docker.io. And the image to build with: the public one, or one made of debootstrap and this machine's Rust where no registry
# can be reached.
#
#   engine.sh run COMMAND...   run COMMAND with DOCKER, DOCKER_HOST and RUST_IMAGE in its environment; says SKIPPED and
#                              why, and ends well, where there is no engine or nothing to build with
#
# Only processes started here are stopped. What was made of debootstrap, and the engine's own data, stay in
# ~/.cache/vitrine-image, since they take minutes to make.
set -euo pipefail
cd "$(dirname "$0")/../.."

PATH="$PATH:/usr/sbin" # Debian keeps debootstrap there

readonly CACHE=${VITRINE_IMAGE_CACHE:-$HOME/.cache/vitrine-image}
readonly START_TIMEOUT_S=60
readonly STOP_TIMEOUT_S=60

engine_pid=

say() { printf 'engine.sh: %s\n' "$*" >&2; }

skip() { # REASON
  printf 'SKIPPED: the container image was not built: %s\n' "$*" >&2
  exit 0
}

# A client that knows BuildKit: 23 and newer need its buildx for that, which is a package of its own.
find_client() {
  local client
  for client in docker /usr/bin/docker; do
    command -v "$client" >/dev/null || continue
    if "$client" buildx version >/dev/null 2>&1 || [[ $("$client" --version) == 'Docker version 20.'* ]]; then
      printf '%s\n' "$client"
      return
    fi
  done
}

start_engine() { # host network and no rules for packets: nothing of the machine's own network is touched
  ((EUID == 0)) || skip 'no Docker engine answers, and only root can start one'
  command -v dockerd >/dev/null || skip 'no Docker engine answers, and Debian'"'"'s docker.io is not installed'
  mkdir -p "$CACHE/engine"
  DOCKER_HOST=unix://$CACHE/engine/docker.sock
  dockerd --iptables=false --ip-masq=false --bridge=none --storage-driver=overlay2 --data-root="$CACHE/engine/data" \
    --exec-root="$CACHE/engine/exec" --pidfile="$CACHE/engine/pid" --host="$DOCKER_HOST" \
    </dev/null >"$CACHE/engine/log" 2>&1 &
  engine_pid=$!
  local deadline=$((SECONDS + START_TIMEOUT_S))
  until "$DOCKER" info >/dev/null 2>&1; do
    if ! kill -0 "$engine_pid" 2>/dev/null || ((SECONDS >= deadline)); then
      tail -n 5 "$CACHE/engine/log" >&2
      skip 'dockerd does not start here'
    fi
    sleep 0.1
  done
}

stop_engine() {
  [[ -n $engine_pid ]] || return 0
  kill -TERM "$engine_pid" 2>/dev/null || return 0
  local deadline=$((SECONDS + STOP_TIMEOUT_S))
  while kill -0 "$engine_pid" 2>/dev/null && ((SECONDS < deadline)); do sleep 0.1; done
  umount "$CACHE/engine/exec/netns/default" 2>/dev/null || true
}

# A Debian with the compiler that runs this very script's cargo.
make_rust_image() { # NAME
  command -v debootstrap >/dev/null || skip 'no registry can be reached, and debootstrap is not installed'
  ((EUID == 0)) || skip 'no registry can be reached, and only root can make a Debian with debootstrap'
  local tar=$CACHE/bookworm.tar rust
  if [[ ! -s $tar ]]; then
    say 'making a Debian with debootstrap (some minutes, once)'
    rm -rf "$CACHE/rootfs"
    debootstrap --variant=minbase bookworm "$CACHE/rootfs" >"$CACHE/debootstrap.log" 2>&1 \
      || skip "debootstrap failed; see $CACHE/debootstrap.log"
    tar -C "$CACHE/rootfs" -cf "$tar.new" .
    mv "$tar.new" "$tar"
    rm -rf "$CACHE/rootfs"
  fi
  say "making $1 of it and $(rustc --version)"
  "$DOCKER" import "$tar" vitrine-debian:bookworm >/dev/null
  rust=$(mktemp -d "$CACHE/rust.XXXXXX")
  tar -C "$(rustc --print sysroot)" -cf "$rust/rust.tar" ./bin ./lib
  # It believes whom this machine believes: behind a proxy of its own, crates come with that one's certificate.
  mkdir "$rust/authorities"
  cp /usr/local/share/ca-certificates/*.crt "$rust/authorities" 2>/dev/null || true
  # The public images bring updates of the distribution, too; without them there is a MariaDB client library that loses texts.
  printf 'deb http://deb.debian.org/%s main\n' 'debian bookworm' 'debian bookworm-updates' 'debian-security bookworm-security' \
    >"$rust/sources.list"
  printf '%s\n' 'FROM vitrine-debian:bookworm' 'ADD rust.tar /usr/local/' 'COPY sources.list /etc/apt/' \
    'COPY authorities/ /usr/local/share/ca-certificates/' >"$rust/Dockerfile"
  DOCKER_BUILDKIT=1 "$DOCKER" build --quiet --tag "$1" "$rust" >/dev/null
  rm -rf "$rust"
}

find_rust_image() {
  local public local_one
  public=$(sed -n 's/^ARG RUST_IMAGE=//p' Dockerfile)
  if "$DOCKER" image inspect "$public" >/dev/null 2>&1 || timeout 120 "$DOCKER" pull --quiet "$public" >/dev/null 2>&1; then
    RUST_IMAGE=$public
    return
  fi
  local_one=vitrine-rust:$(rustc --version | cut -d ' ' -f 2)
  "$DOCKER" image inspect "$local_one" >/dev/null 2>&1 || make_rust_image "$local_one"
  RUST_IMAGE=$local_one
}

main() {
  [[ ${1:-} == run && $# -ge 2 ]] || { say 'usage: engine.sh run COMMAND...'; exit 1; }
  shift
  DOCKER=$(find_client)
  [[ -n $DOCKER ]] || skip 'there is no Docker client that can build with BuildKit'
  export DOCKER DOCKER_HOST RUST_IMAGE
  trap stop_engine EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  "$DOCKER" info >/dev/null 2>&1 || start_engine
  find_rust_image
  "$@"
}

main "$@"
