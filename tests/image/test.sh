#!/usr/bin/env bash
# Builds the container image and runs it as an operator would, locked in: is it healthy, does it serve on SQLite and on
# MariaDB, does it say that it is about to end, finish and end well, and is it small? By `make image-test`, which brings a
# Docker engine (engine.sh) and MariaDB (mariadb.sh). Containers use the host's network, where both can be found.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly LARGEST_MB=25
readonly IMAGE=vitrine-test
readonly HEALTHY_WITHIN_S=60
readonly PORT=$((20000 + RANDOM % 6000))
readonly OPS_PORT=$((PORT + 1))

containers=()

say() { printf 'image: %s\n' "$*"; }
die() {
  printf 'image: FAILED: %s\n' "$*" >&2
  exit 1
}

clean_up() {
  ((${#containers[@]} == 0)) || "$DOCKER" rm --force --volumes "${containers[@]}" >/dev/null 2>&1 || true
}
trap clean_up EXIT

build() {
  local began=$SECONDS
  DOCKER_BUILDKIT=1 "$DOCKER" build --network host --tag "$IMAGE" --build-arg "RUST_IMAGE=$RUST_IMAGE" \
    --build-arg "REVISION=$(git rev-parse HEAD 2>/dev/null || echo unknown)" .
  say "built with $RUST_IMAGE in $((SECONDS - began)) s"
}

inspect() { # TEMPLATE
  "$DOCKER" image inspect --format "$1" "$IMAGE"
}

describe() {
  [[ $(inspect '{{.Config.User}}') == 10001:10001 ]] || die 'the user is no number'
  [[ $(inspect '{{.Config.StopSignal}}') == SIGTERM ]] || die 'it is stopped by another signal'
  [[ $(inspect '{{.Config.Healthcheck.Test}}') == '[CMD vitrine healthcheck]' ]] || die 'nothing asks how it is'
  local label
  for label in title description licenses vendor version revision; do
    [[ -n $(inspect "{{index .Config.Labels \"org.opencontainers.image.$label\"}}") ]] || die "the label $label is empty"
  done
  ! "$DOCKER" run --rm --network none --entrypoint sh "$IMAGE" -c true >/dev/null 2>&1 || die 'there is a shell in it'
}

# What a registry would hold: each layer, compressed. There are none but ours, since it is built on nothing.
measure() {
  local folder layer bytes=0 layers
  folder=$(mktemp -d)
  "$DOCKER" save "$IMAGE" | tar -C "$folder" -x
  mapfile -t layers < <(python3 -c 'import json, sys; print(*json.load(sys.stdin)[0]["Layers"], sep="\n")' <"$folder/manifest.json")
  ((${#layers[@]} > 0)) || die 'the image has no layers'
  for layer in "${layers[@]}"; do
    bytes=$((bytes + $(gzip -c "$folder/$layer" | wc -c)))
  done
  rm -rf "$folder"
  say "$(inspect '{{.Size}}' | numfmt --to=si)B in ${#layers[@]} layers, $(numfmt --to=si "$bytes")B compressed"
  ((bytes <= LARGEST_MB * 1000 * 1000)) || die "more than $LARGEST_MB MB"
}

get() { # PORT PATH: the status
  curl --silent --output /dev/null --write-out '%{http_code}' --max-time 5 "http://127.0.0.1:$1$2" || true
}

lives() { # NAME ENVIRONMENT...: from the first start to the end, on one database
  local name=$1 began=$SECONDS id environment=()
  shift
  local setting
  for setting in "$@" "VITRINE__SERVER__PORT=$PORT" "VITRINE__SERVER__OPS_PORT=$OPS_PORT" VITRINE__SERVER__DRAIN_S=2; do
    environment+=(--env "$setting")
  done
  id=$("$DOCKER" run --detach --network host --read-only --cap-drop ALL --security-opt no-new-privileges --memory 256m \
    --pids-limit 200 --volume "/data" "${environment[@]}" "$IMAGE")
  containers+=("$id")
  until [[ $("$DOCKER" inspect --format '{{.State.Health.Status}}' "$id") == healthy ]]; do
    [[ $("$DOCKER" inspect --format '{{.State.Running}}' "$id") == true ]] || { "$DOCKER" logs "$id" >&2; die "$name: it ended"; }
    ((SECONDS - began < HEALTHY_WITHIN_S)) || { "$DOCKER" logs "$id" >&2; die "$name: not healthy"; }
    sleep 0.2
  done
  say "$name: healthy after $((SECONDS - began)) s"
  local path
  for path in / /products /api/v1/products /docs; do
    [[ $(get "$PORT" "$path") == 200 ]] || die "$name: $path is $(get "$PORT" "$path")"
  done
  # A write, by a key that the same image makes.
  local key
  key=$("$DOCKER" exec "$id" vitrine key create --name image --scope catalog:write --quiet)
  curl --silent --fail --output /dev/null --header "Authorization: Bearer $key" --header 'Content-Type: application/json' \
    --data '{"name": "Made in a container", "price": "1.00"}' "http://127.0.0.1:$PORT/api/admin/products" || die "$name: it does not write"
  [[ $(get "$PORT" /products/made-in-a-container) == 200 ]] || die "$name: what was written is not shown"
  ends "$name" "$id"
}

ends() { # NAME ID: it says so first, serves on meanwhile, and ends well
  local name=$1 id=$2 began=$SECONDS
  "$DOCKER" stop --time 30 "$id" >/dev/null &
  local stopping=$!
  until [[ $(get "$OPS_PORT" /readyz) == 503 ]]; do
    ((SECONDS - began < 10)) || die "$name: it never said that it is about to end"
    sleep 0.05
  done
  [[ $(get "$PORT" /products) == 200 ]] || die "$name: it did not serve while it drained"
  wait "$stopping"
  local code
  code=$("$DOCKER" inspect --format '{{.State.ExitCode}}' "$id")
  [[ $code == 0 ]] || die "$name: it ended with $code"
  say "$name: drained and ended well within $((SECONDS - began)) s"
}

# What deploy/compose.yaml mounts is made with the image itself.
prepares() {
  local folder
  folder=$(mktemp -d)
  VITRINE="$DOCKER run --rm --network none $IMAGE" PRIVATE=$folder/private deploy/prepare
  grep -q 'GRANT REPLICATION SLAVE' "$folder/private/primary.sql" || die 'it does not print how databases are set up'
  rm -rf "$folder"
  say 'it prints the set-up of the databases for deploy/compose.yaml'
}

main() {
  build
  describe
  measure
  prepares
  lives SQLite
  local database=image_$RANDOM$RANDOM
  mariadb --no-defaults --user=admin --password=admin --host=127.0.0.1 --port="${VITRINE_TEST_MYSQL_PRIMARY_ADMIN##*:}" \
    --execute "CREATE DATABASE $database"
  lives MariaDB "VITRINE__DATABASE__PRIMARY=$VITRINE_TEST_MYSQL_PRIMARY/$database" \
    "VITRINE__DATABASE__REPLICAS=${VITRINE_TEST_MYSQL_REPLICAS//,//$database,}/$database"
  say 'everything is as it should be'
}

main
