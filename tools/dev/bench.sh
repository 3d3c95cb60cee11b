#!/usr/bin/env bash
# Measures what a call costs: server CPU and instructions per call.
#
# Usage: ./dev bench [ARGUMENT]...
#
# Builds the release preset, then runs bench/run.py with the arguments given; see bench/README.md for what the
# figures mean. Measure on an otherwise idle machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tools/dev/prelude.sh
source tools/dev/prelude.sh

need_packages build test bench
configure release -DFARCALL_BUILD_TESTS=ON -DFARCALL_BUILD_EXAMPLES=ON -DFARCALL_BUILD_BENCH=ON
build_all release
exec /usr/bin/python3 bench/run.py "$@"
