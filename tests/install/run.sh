#!/usr/bin/env bash
# run.sh BUILD WORK COMPILER: installs what is built in BUILD into WORK/prefix, builds docs/quickstart against it, and
# lets its server and client talk over a Unix socket.
set -euo pipefail

build=$1
work=$2
compiler=$3
quickstart=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../docs/quickstart" && pwd)

rm -rf "$work"
mkdir -p "$work"
cmake --install "$build" --prefix "$work/prefix" >"$work/install.log"
# Copied, so that nothing of the repository is within reach of a relative path.
cp -r "$quickstart" "$work/project"
cmake -G Ninja -S "$work/project" -B "$work/project-build" -DCMAKE_PREFIX_PATH="$work/prefix" \
  -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_CXX_FLAGS='-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror'
cmake --build "$work/project-build" -j 2

# A path of its own and short: a Unix socket's address holds about 100 characters.
sockets=$(mktemp -d)
server_pid=
cleanup() {
  [ -z "$server_pid" ] || kill -KILL "$server_pid" 2>/dev/null || true
  rm -rf "$sockets"
}
trap cleanup EXIT
"$work/project-build/departures_server" "unix:$sockets/s" &
server_pid=$!
# Until the server listens the client is refused at once, and tries again.
for attempt in $(seq 1 500); do
  if timeout 30 "$work/project-build/departures_client" "unix:$sockets/s" >"$work/client.out" 2>"$work/client.err"; then
    break
  fi
  if ! kill -0 "$server_pid" 2>/dev/null || [ "$attempt" -eq 500 ]; then
    cat "$work/client.out" "$work/client.err"
    exit 1
  fi
done
cat "$work/client.out"
diff - "$work/client.out" <<'EXPECTED'
to Oslo: platform 1 at 09:40
09:25 Bergen
09:40 Oslo
EXPECTED

timeout 30 "$work/project-build/coroutine_client" "unix:$sockets/s" | diff - <(echo 'to Oslo: platform 1')

kill -TERM "$server_pid"
status=0
wait "$server_pid" || status=$?
server_pid=
[ "$status" -eq 0 ] || { echo "the server did not drain: it ended with status $status" >&2; exit 1; }
