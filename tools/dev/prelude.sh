# shellcheck shell=bash
# What the commands in tools/dev/ have in common. Sourced, with the repository's root as working directory.

kPresets=(release debug asan tsan clang)
kPackageList=tools/packages.txt

# say TEXT...: one line about what is being done.
say() { printf -- '== %s\n' "$*"; }

# die TEXT...: one line about what is wrong and what to do; ends the command.
die() {
  printf './dev: %s\n' "$*" >&2
  exit 2
}

# unknown_argument COMMAND ARGUMENT: ends the command.
unknown_argument() { die "$1: unknown argument '$2'; ./dev help $1 lists what it takes"; }

is_preset() {
  local preset
  for preset in "${kPresets[@]}"; do [ "$preset" = "$1" ] && return 0; done
  return 1
}

# Both cores, or all of them; FARCALL_JOBS says otherwise.
jobs_wanted() { echo "${FARCALL_JOBS:-$(nproc)}"; }

# packages_of GROUP...: the names that tools/packages.txt lists for these groups, each once.
packages_of() {
  local group name wanted
  while read -r group name; do
    case $group in '' | '#'*) continue ;; esac
    for wanted in "$@"; do
      [ "$group" = "$wanted" ] && echo "$name"
    done
  done <"$kPackageList" | sort -u
}

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# need_packages GROUP...: installs those packages of the groups that are missing, by name, from the system's own
# package source. Does nothing, and says nothing, when all are there. With FARCALL_NO_INSTALL=1, or on a system
# without apt, it only says what is missing.
need_packages() {
  local name missing=()
  if ! command -v dpkg-query >/dev/null; then
    say "this is no Debian: make sure that you have what $kPackageList lists for: $*"
    return 0
  fi
  while read -r name; do
    is_installed "$name" || missing+=("$name")
  done < <(packages_of "$@")
  [ ${#missing[@]} -eq 0 ] && return 0
  if [ "${FARCALL_NO_INSTALL:-0}" = 1 ]; then
    die "missing packages (and FARCALL_NO_INSTALL is set): ${missing[*]}"
  fi
  install_packages "${missing[@]}"
}

install_packages() {
  local as_root=() how='apt-get'
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "as root, run: apt-get install -y $*"
    as_root=(sudo)
    how='sudo apt-get'
  fi
  as_root+=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  say "installing with $how: $*"
  local log
  log=$(mktemp)
  if ! { "${as_root[@]}" update && "${as_root[@]}" install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 5 "$log" >&2
    rm -f "$log"
    die "apt-get could not install: $* (its last words are above)"
  fi
  rm -f "$log"
}

# configure PRESET [OPTION...]: cmake's own output only when it fails.
configure() {
  local preset=$1 log=build/$1/configure.log
  shift
  mkdir -p "build/$preset"
  if ! cmake --preset "$preset" "$@" >"$log" 2>&1; then
    cat "$log" >&2
    die "cmake could not configure '$preset' (its output is above and in $log)"
  fi
}

# build_all PRESET [TARGET...]: everything, or the named targets.
build_all() {
  local preset=$1 target targets=()
  shift
  for target in "$@"; do targets+=(--target "$target"); done
  cmake --build "build/$preset" -j "$(jobs_wanted)" "${targets[@]}" || die "the build of '$preset' failed (see above)"
}
