#!/usr/bin/env bash
# Installs what `make test` needs and this machine lacks: a compiler's tools, MariaDB (server and
# client library), Redis, HAProxy, Chromium, the node packages of the browser test, linters and an S3 server. Asks nobody, and changes
# nothing when everything is there. Debian and Ubuntu only; elsewhere it says what to install.
set -euo pipefail
cd "$(dirname "$0")/../.."

PATH="$PATH:/usr/sbin" # Debian keeps mariadbd there, outside many users' PATH

say() { printf 'install.sh: %s\n' "$*" >&2; }
has() { command -v "$1" >/dev/null 2>&1; }

missing_packages() {
  has cc || printf 'build-essential\n'
  has pkg-config || printf 'pkg-config\n'
  { has pkg-config && pkg-config --exists libmariadb; } || printf 'libmariadb-dev\n'
  { has mariadbd && has mariadb && has mariadb-install-db; } || printf 'mariadb-server\n'
  # redis-cli comes along as redis-tools.
  { has redis-server && has redis-cli; } || printf 'redis-server\n'
  has haproxy || printf 'haproxy\n'
  # For promtool, the judge of deploy/prometheus.
  has promtool || printf 'prometheus\n'
  has openssl || printf 'openssl\n'
  has setsid || printf 'util-linux\n'
  { [[ -n ${CHROMIUM:-} && -x $CHROMIUM ]] || has chromium; } || printf 'chromium\n'
  # Brings venv along, which some systems lack.
  { has python3 && python3 -c 'import ensurepip' 2>/dev/null; } || printf 'python3-venv\n'
  # node without npm happens: Debian packages them apart.
  has node || printf 'nodejs\n'
  has npm || printf 'npm\n'
}

install_debian_packages() {
  local as_root=()
  if ((EUID != 0)); then
    if ! has sudo; then
      say "these Debian packages are missing, and only root can install them: $*"
      exit 1
    fi
    as_root=(sudo)
  fi
  say "installing $*"
  # The lock is waited for, since a fresh machine often runs its own updates at this moment.
  # Recommended packages stay out: they would bring start-up services and desktop parts.
  "${as_root[@]}" apt-get update -q -o DPkg::Lock::Timeout=600
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=600 "$@"
}

install_node_packages() { # only when the lock file is newer than what was installed from it
  local folder=tests/browser
  local installed=$folder/node_modules/.package-lock.json
  [[ -e $installed && ! $folder/package-lock.json -nt $installed ]] && return
  say "installing the node packages of $folder"
  npm ci --prefix "$folder" --no-audit --no-fund
  touch "$installed"
}

# Linters and an S3 server from PyPI. Without the linters some tests say SKIPPED, so a machine that cannot get them goes on.
install_tools() { # only when the list is newer than what was installed from it
  local folder=tests/tools
  [[ -e $folder/installed && ! $folder/requirements.txt -nt $folder/installed ]] && return
  say "installing the tools of $folder"
  if python3 -m venv "$folder" && "$folder/bin/pip" install --quiet --requirement "$folder/requirements.txt"; then
    touch "$folder/installed"
  else
    say 'the tools could not be installed; the tests of linters are skipped, those with S3 fail'
  fi
}

main() {
  if ! has cargo; then
    say 'Rust is missing: install it from https://rustup.rs'
    exit 1
  fi
  local packages
  mapfile -t packages < <(missing_packages)
  if ((${#packages[@]} > 0)); then
    if ! has apt-get; then
      say "missing (by their Debian names): ${packages[*]}"
      say 'this is not a Debian system, so please install them in your own way and try again'
      exit 1
    fi
    install_debian_packages "${packages[@]}"
  fi
  # playwright-core needs node 20; Debian 12's own package is older.
  if (($(node -p 'process.versions.node.split(".")[0]') < 20)); then
    say "node $(node --version) is too old for the browser test: version 20 or newer is needed"
    exit 1
  fi
  install_node_packages
  install_tools
}

main
