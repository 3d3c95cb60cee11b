#!/usr/bin/env bash
# Measures what a call costs, beside the official library and other peers in the same run.
#
# Usage: ./dev bench [--quick] [--only SCENARIO]... [--json FILE] [--svg FOLDER] [--record] [--rounds N] [--seconds S]
#        ./dev bench --list
#        ./dev bench --micro [FLAG]...
#
#   --quick           the main figures, in at most 3 minutes; without it, all of them in about an hour
#   --only SCENARIO   this one; may be given several times
#   --list            names the scenarios
#   --json FILE       writes the figures there, too
#   --svg FOLDER      writes the charts there
#   --record          writes docs/bench/: the charts and the tables
#   --rounds N        how often each is measured
#   --seconds S       how long each is loaded each time
#   --micro           parts by themselves (HPACK, frames, timers, ...), with Google Benchmark, which gets the flags
#
# Builds the release preset's benchmarks first; bench/README.md says what the figures mean. Peers in Go and Rust are
# built where go and cargo are installed; what is missing is named. Measure on an otherwise idle machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tools/dev/prelude.sh
source tools/dev/prelude.sh

# Where the installers of Go and Rust put themselves, which not every shell knows.
PATH=$PATH:/usr/local/go/bin:$HOME/.cargo/bin

# What is wrong with the flags is said before anything is built.
if [ "${1:-}" != --micro ]; then
  python3 bench/run.py --check "$@"
  for argument in "$@"; do
    if [ "$argument" = --list ]; then exec python3 bench/run.py --list; fi
  done
fi
need_packages build bench
configure release -DFARCALL_BUILD_BENCH=ON
build_all release bench_programs
if [ "${1:-}" = --micro ]; then
  [ -x build/release/bin/bench_micro ] || die "bench: --micro needs Google Benchmark: install libbenchmark-dev"
  exec build/release/bin/bench_micro "${@:2}"
fi
exec python3 bench/run.py "$@"
