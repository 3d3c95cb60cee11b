#!/usr/bin/env bash
# Builds everything and runs the tests.
#
# Usage: ./dev test [PRESET...] [--filter REGEX]
#
#   PRESET    release (the default), debug, asan, tsan, clang; several are run one after the other;
#             all = release asan tsan
#   --filter  only the tests whose names match, as ctest -R takes it
#
# What failed is printed in full; the whole output is in build/PRESET/ctest.log. With CI=true in the environment a
# skipped test counts as a failed one. FARCALL_HPACK_TEST_CASE names a checkout of the public hpack-test-case
# collection; without it, a folder ../shared/hpack-test-case is used when there is one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tools/dev/prelude.sh
source tools/dev/prelude.sh

presets=()
filter=()
while [ $# -gt 0 ]; do
  case $1 in
    all) presets+=(release asan tsan) ;;
    --filter)
      [ $# -gt 1 ] || die "test: --filter needs a regular expression"
      filter=(-R "$2")
      shift
      ;;
    *)
      is_preset "$1" || unknown_argument test "$1"
      presets+=("$1")
      ;;
  esac
  shift
done
[ ${#presets[@]} -gt 0 ] || presets=(release)

if [ -z "${FARCALL_HPACK_TEST_CASE:-}" ] && [ -d ../shared/hpack-test-case ]; then
  FARCALL_HPACK_TEST_CASE=$(cd ../shared/hpack-test-case && pwd)
  export FARCALL_HPACK_TEST_CASE
fi
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-second_deadlock_stack=1}

# What runs the tests of a preset. g++ 12's thread sanitizer cannot live with the wide address randomization of
# newer kernels, so its tests run without any.
runner_of() {
  if [ "$1" = tsan ] && setarch "$(uname -m)" -R true 2>/dev/null; then
    echo "setarch $(uname -m) -R"
  fi
}

# Leaves ctest's results in build/PRESET/ctest.xml; succeeds when all tests passed.
run_preset() {
  local preset=$1 folder=build/$1 runner
  rm -f "$folder/ctest.xml"
  # Not die's exit, but a subshell's: the other presets still run.
  (
    configure "$preset" -DFARCALL_BUILD_TESTS=ON -DFARCALL_BUILD_EXAMPLES=ON -DFARCALL_BUILD_BENCH=ON
    build_all "$preset"
  ) || return 1
  read -ra runner < <(runner_of "$preset") || true
  "${runner[@]}" ctest --test-dir "$folder" --no-tests=error --output-on-failure --timeout 300 -j "$(jobs_wanted)" \
    --output-junit "$PWD/$folder/ctest.xml" "${filter[@]}" 2>&1 | tee "$folder/ctest.log" |
    grep --line-buffered -Ev '^ +Start +[0-9]+: |[ .]Passed +[0-9.]+ sec$' || true
  python3 tools/test_counts.py --check "$folder/ctest.xml"
}

groups=(build demo test bench)
for preset in "${presets[@]}"; do
  [ "$preset" = clang ] && groups+=(clang)
done
need_packages "${groups[@]}"

summary=()
failed=0
for preset in "${presets[@]}"; do
  say "building and testing '$preset' in build/$preset"
  if run_preset "$preset"; then verdict=passed; else verdict=FAILED; fi
  [ "$verdict" = passed ] || failed=1
  counts=$(python3 tools/test_counts.py "build/$preset/ctest.xml" 2>/dev/null || true)
  summary+=("$preset: ${counts:-it did not come to run the tests} ($verdict)")
done

for line in "${summary[@]}"; do say "$line"; done
[ $failed -eq 0 ] || exit 1
say "everything passed"
