#!/usr/bin/env bash
# Proves the wire compatibility: other implementations' clients, servers and test suites against ours.
#
# Usage: ./dev conformance [STEP]...
#
#   STEP  only these: a file tools/conformance/STEP.*, for example interop or h2spec; without one, all of them
#
# Installs the peers with their own package managers (go, maven, npm, cargo) into a folder outside this tree,
# ~/.cache/farcall-conformance or the one that FARCALL_CONFORMANCE_CACHE names (remove it for newer ones), and builds
# the release preset. A peer without its toolchain is skipped, by name. A run of all steps writes docs/interop.md. With
# CI=true in the environment a skip counts as a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tools/dev/prelude.sh
source tools/dev/prelude.sh

# In this order. A step is a program that takes the path of a file and appends its results to it, a line of JSON each
# (tools/conformance/results.py says which); it finds what was built in FARCALL_BUILD.
kSteps=(interop http2 connect h2spec h2specd hpack)
# No step may eat the others' time.
kStepLimit=20m
kResults=build/conformance/results.jsonl

# program_of STEP: the file that runs it, or nothing.
program_of() {
  local program
  for program in "tools/conformance/$1".*; do
    [ -x "$program" ] && echo "$program" && return
  done
}

known=()
for step in "${kSteps[@]}"; do
  [ -n "$(program_of "$step")" ] || die "conformance: tools/conformance/$step.* is missing, or cannot be executed"
  known+=("$step")
done
steps=()
for argument in "$@"; do
  [[ " ${known[*]} " = *" $argument "* ]] || die "conformance: unknown step '$argument'; the steps are: ${known[*]}"
  steps+=("$argument")
done
[ ${#steps[@]} -gt 0 ] || steps=("${known[@]}")

export FARCALL_CONFORMANCE_CACHE=${FARCALL_CONFORMANCE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/farcall-conformance}
# Where the installers of Go and Rust put themselves, which not every shell knows.
PATH=$PATH:/usr/local/go/bin:$HOME/.cargo/bin
export FARCALL_BUILD=$PWD/build/release
export PYTHONDONTWRITEBYTECODE=1
mkdir -p "$FARCALL_CONFORMANCE_CACHE" "$(dirname "$kResults")"

need_packages build demo test conformance
say "building the programs (build/release)"
configure release -DFARCALL_BUILD_TESTS=ON -DFARCALL_BUILD_EXAMPLES=ON
build_all release conformance

: >"$kResults"
for step in "${steps[@]}"; do
  began=$SECONDS
  say "$step"
  if ! timeout --foreground -k 10 "$kStepLimit" "$(program_of "$step")" "$PWD/$kResults"; then
    # Whatever went wrong outside of a case.
    python3 tools/conformance/results.py "$kResults" "$step" - - "the step itself" failed "it broke off (see above)"
  fi
  say "$step took $((SECONDS - began)) seconds"
done

matrix=(python3 tools/conformance/matrix.py "$kResults")
if [ ${#steps[@]} -eq ${#known[@]} ]; then matrix+=(--write docs/interop.md); fi
"${matrix[@]}"
