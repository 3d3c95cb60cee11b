#!/usr/bin/env bash
# Explains the commands.
#
# Usage: ./dev help [COMMAND]
#
# Each command's explanation is the comment at the head of its file in tools/dev/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tools/dev/prelude.sh
source tools/dev/prelude.sh

explanation() { sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "tools/dev/$1.sh"; }

if [ $# -gt 1 ]; then unknown_argument help "$2"; fi
if [ $# -eq 1 ]; then
  case $1 in
    *[!a-z]* | prelude) die "unknown command '$1'; ./dev help lists the commands" ;;
  esac
  [ -f "tools/dev/$1.sh" ] || die "unknown command '$1'; ./dev help lists the commands"
  explanation "$1"
  exit 0
fi

echo "./dev COMMAND [ARGUMENTS]: everything that is done with this repository."
echo
for name in demo test build format lint conformance bench clean help; do
  printf '  %-11s %s\n' "$name" "$(explanation "$name" | head -n 1)"
done
echo
echo "./dev help COMMAND tells more. Missing Debian packages are installed from the list in $kPackageList"
echo "(with sudo unless root; FARCALL_NO_INSTALL=1 forbids it). FARCALL_JOBS=N bounds parallel work."
