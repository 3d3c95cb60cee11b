#!/usr/bin/env bash
# Removes what was built.
#
# Usage: ./dev clean [PRESET]
#
#   PRESET  only build/PRESET; without it, all of build/
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tools/dev/prelude.sh
source tools/dev/prelude.sh

[ $# -le 1 ] || unknown_argument clean "$2"
folder=build
if [ $# -eq 1 ]; then
  is_preset "$1" || unknown_argument clean "$1"
  folder=build/$1
fi
rm -rf "$folder"
say "removed $folder"
