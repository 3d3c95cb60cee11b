#!/usr/bin/env bash
# Formats all C++ sources with clang-format.
#
# Usage: ./dev format [--check]
#
#   --check  change nothing; fail when a file is not formatted
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tools/dev/prelude.sh
source tools/dev/prelude.sh

check=0
case ${1:-} in
  '') ;;
  --check) check=1 ;;
  *) unknown_argument format "$1" ;;
esac
[ $# -le 1 ] || unknown_argument format "$2"

need_packages lint
mapfile -d '' files < <(find src include codegen cli examples bench tests tools docs \
  \( -name '*.hpp' -o -name '*.cpp' \) -not -path '*/golden/*' -print0 2>/dev/null | sort -z)
[ ${#files[@]} -gt 0 ] || die "format: no C++ files found"

if [ $check -eq 0 ]; then
  clang-format-14 -i "${files[@]}"
else
  differing=$(clang-format-14 --dry-run "${files[@]}" 2>&1 | sed -n 's/^\([^: ]*\):[0-9]*:.*clang-format.*/  \1/p' | uniq)
  [ -z "$differing" ] || die "format: these files differ from .clang-format; run ./dev format
$differing"
fi
say "formatting: ${#files[@]} files are as .clang-format wants them"
