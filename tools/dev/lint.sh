#!/usr/bin/env bash
# Checks the sources without running them.
#
# Usage: ./dev lint [--fast]
#
#   --fast  leave clang-tidy out, which takes minutes
#
# Who includes whom, forbidden names and habits (tools/lint_layers.py); generated tables are what their generator
# writes; code blocks in documents are what is compiled; clang-format; shellcheck; clang-tidy over src/ and codegen/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tools/dev/prelude.sh
source tools/dev/prelude.sh

fast=0
for argument in "$@"; do
  case $argument in
    --fast) fast=1 ;;
    *) unknown_argument lint "$argument" ;;
  esac
done

check_generated() {
  local generator wrong=0
  for generator in tools/gen/*.py; do
    python3 "$generator" --check || wrong=1
  done
  return $wrong
}

check_shell() {
  mapfile -d '' scripts < <(find dev .ci tools tests bench examples docs -type f \( -name '*.sh' -o -path dev \
    -o -path .ci/run \) -print0)
  shellcheck -x "${scripts[@]}"
}

# One file a process, so that all cores are busy. What a header is blamed for is shown once, not once a file that
# includes it.
check_tidy() {
  [ -f build/clang/build.ninja ] || configure clang -DFARCALL_BUILD_TESTS=OFF -DFARCALL_BUILD_BENCH=OFF
  find src codegen -name '*.cpp' -print0 |
    xargs -0 -n 1 -P "$(jobs_wanted)" clang-tidy-14 -p build/clang --quiet 2>/dev/null | awk '!seen[$0]++'
  # Of the pipe, clang-tidy's own verdict.
  [ "${PIPESTATUS[1]}" -eq 0 ]
}

passed=0
failed=0
# check NAME COMMAND...
check() {
  local name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    say "$name: fine"
  else
    failed=$((failed + 1))
    say "$name: FAILED (see above)"
  fi
}

groups=(build lint)
[ $fast -eq 1 ] || groups+=(clang test)
need_packages "${groups[@]}"
check 'the shape of the tree' python3 tools/lint_layers.py
check 'generated tables' check_generated
check 'snippets in documents' python3 tools/snippets.py --check
check 'formatting' bash tools/dev/format.sh --check
check 'shell scripts' check_shell
[ $fast -eq 1 ] || check 'clang-tidy' check_tidy

# .ci/run adds these figures up.
say "lints: $passed passed, $failed failed"
[ $failed -eq 0 ]
