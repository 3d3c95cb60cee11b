#!/usr/bin/env bash
# Builds everything: library, generator, programs, tests and benchmarks.
#
# Usage: ./dev build [PRESET] [--clang] [--target NAME]...
#
#   PRESET    release (the default), debug, asan (address and undefined-behaviour sanitizers),
#             tsan (thread sanitizer) or clang (built by clang instead of g++)
#   --clang   the same as the preset clang
#   --target  only this target of the build, for example train_status_server
#
# The programs land in build/PRESET/bin/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tools/dev/prelude.sh
source tools/dev/prelude.sh

preset=
targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --clang) preset=clang ;;
    --target)
      [ $# -gt 1 ] || die "build: --target needs the name of a target"
      targets+=("$2")
      shift
      ;;
    *)
      is_preset "$1" || unknown_argument build "$1"
      [ -z "$preset" ] || die "build: one preset at a time, not both '$preset' and '$1'"
      preset=$1
      ;;
  esac
  shift
done
preset=${preset:-release}

groups=(build test bench)
[ "$preset" = clang ] && groups+=(clang)
need_packages "${groups[@]}"
say "building '$preset' in build/$preset"
configure "$preset" -DFARCALL_BUILD_TESTS=ON -DFARCALL_BUILD_EXAMPLES=ON -DFARCALL_BUILD_BENCH=ON
build_all "$preset" "${targets[@]}"
say "built: programs are in build/$preset/bin"
