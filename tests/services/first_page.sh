#!/usr/bin/env bash
# first_page.sh PROGRAM: fetches a program as somebody would who downloads it, and its sum if PROGRAM.sha256 is there, from a
# server on this machine; checks the sum, starts it in an empty folder, and says how long all of it took until the first page.
# Fails after FIRST_PAGE_S seconds (5). The network between is not measured.
set -euo pipefail

readonly LIMIT_S=${FIRST_PAGE_S:-5}
program=$(realpath "${1:?the program}")
folder=$(mktemp -d)
server='' shop=''

finish() {
  [[ -z $shop ]] || kill "$shop" 2>/dev/null || true
  [[ -z $server ]] || kill "$server" 2>/dev/null || true
  wait 2>/dev/null || true
  rm -rf "$folder"
}
trap finish EXIT

milliseconds() { printf '%s\n' $((${EPOCHREALTIME/[.,]/} / 1000)); }

touch "$folder/server"
python3 -u -m http.server --bind 127.0.0.1 --directory "$(dirname "$program")" 0 >"$folder/server" 2>/dev/null &
server=$!
until port=$(grep -o 'port [0-9]*' "$folder/server"); do sleep 0.05; done
address="http://127.0.0.1:${port#port }/$(basename "$program")"

cd "$folder"
touch said
began=$(milliseconds)
curl --silent --fail --remote-name "$address"
if [[ -e $program.sha256 ]]; then
  curl --silent --fail --remote-name "$address.sha256"
  sha256sum --check --quiet ./*.sha256
fi
fetched=$(milliseconds)
chmod +x "$(basename "$program")"
VITRINE__SERVER__OPS_PORT=0 "./$(basename "$program")" serve --port 0 >said 2>log &
shop=$!
until base=$(grep -m 1 '^listening on ' said) && page=$(curl --silent --fail "${base#listening on }/"); do
  kill -0 "$shop" || { cat log >&2; exit 1; }
  sleep 0.02
done
shown=$(milliseconds)
[[ $page == *'</html>'* ]] || { echo 'first_page.sh: that is no page' >&2; exit 1; }
echo "first page $((shown - began)) ms after the download began ($((fetched - began)) ms to fetch and check the sum)"
((shown - began <= LIMIT_S * 1000)) || { echo "first_page.sh: longer than $LIMIT_S s" >&2; exit 1; }
