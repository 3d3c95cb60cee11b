#!/usr/bin/env bash
# Builds the sample service and calls it from farcall's own client and from the official Python client.
#
# Usage: ./dev demo
#
# Starts train_status_server (examples/train_status) on a free port of this machine, runs both clients against it,
# each with all four kinds of call, then ends the server with SIGTERM and shows that it drained. Fails when anything
# of that did.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tools/dev/prelude.sh
source tools/dev/prelude.sh

[ $# -eq 0 ] || unknown_argument demo "$1"

kPrograms=build/release/bin
kExample=examples/train_status
kStubs=build/release/python/train_status
kServerLog=build/release/demo-server.log

server_pid=
stop_server() {
  if [ -n "$server_pid" ]; then kill -KILL "$server_pid" 2>/dev/null || true; fi
}
trap stop_server EXIT

build() {
  local options=()
  # A first build needs no tests; one that has them already keeps them.
  [ -f build/release/CMakeCache.txt ] || options=(-DFARCALL_BUILD_TESTS=OFF -DFARCALL_BUILD_BENCH=OFF)
  say "building farcall, its code generator and the sample service (build/release)"
  configure release "${options[@]}"
  build_all release train_status_server train_status_client train_status_python
}

# Sets server_pid, address and log_pid, the process that keeps what the server says.
start_server() {
  local line
  exec 3< <(exec "$kPrograms/train_status_server" --listen 127.0.0.1:0 2>&1)
  server_pid=$!
  : >"$kServerLog"
  address=
  while [ -z "$address" ]; do
    if ! IFS= read -r -t 20 line <&3; then
      cat "$kServerLog" >&2
      die "demo: the server did not say 'listening on ADDRESS' (what it said is above)"
    fi
    printf '%s\n' "$line" >>"$kServerLog"
    case $line in *'listening on '*) address=${line##*listening on } ;; esac
  done
  cat <&3 >>"$kServerLog" &
  log_pid=$!
}

failed=0
# run_client NAME COMMAND...: a minute is more than any client needs.
run_client() {
  local name=$1
  shift
  if timeout 60 "$@" | sed 's/^/   /'; then return 0; fi
  say "$name FAILED"
  failed=1
}

drain_server() {
  local status=0
  kill -TERM "$server_pid"
  timeout 30 tail -s 0.1 --pid="$server_pid" -f /dev/null || {
    say "the server did not end within 30 seconds"
    kill -KILL "$server_pid"
  }
  wait "$server_pid" || status=$?
  wait "$log_pid" || true
  server_pid=
  sed 's/^/   /' "$kServerLog"
  if [ $status -eq 0 ]; then
    say "the server drained and ended with status 0"
  else
    say "the server did not drain: it ended with status $status"
    failed=1
  fi
}

need_packages build demo
build
start_server
say "train_status_server (generated from $kExample/*.proto) listens on $address"
say "farcall's own client: a call of each kind"
run_client "farcall's client" "$kPrograms/train_status_client" --target "$address"
say "the official Python client (package python3-grpcio): the same calls"
run_client "the Python client" env PYTHONPATH="$kStubs" /usr/bin/python3 "$kExample/client.py" --target "$address"
say "SIGTERM to the server; what it said from beginning to end:"
drain_server

if [ $failed -ne 0 ]; then
  say "the demo FAILED"
  exit 1
fi
say "the demo passed: all four kinds of call, from two implementations"
