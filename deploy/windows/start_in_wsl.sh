#!/bin/sh
# The part of start.bat that runs inside WSL, from the root of the tree.
#
#   start_in_wsl.sh check      exit code 0: this is WSL 2 with Debian 12
#   start_in_wsl.sh run ARGS   builds and starts; ARGS go to "smartroute up"
#
# The tree is copied to ~/smartroute first: on a Windows disk building takes many times as long, and files have no modes and locks as SmartRoute's
# state needs them. The state stays there, in ~/smartroute/.state.
set -eu

is_wsl2() { case $(uname -r) in *[Mm]icrosoft-standard* | *WSL2*) return 0 ;; esac; return 1; }
is_debian_12() { (. /etc/os-release && [ "${ID:-}" = debian ] && [ "${VERSION_ID:-}" = 12 ]) 2>/dev/null; }

case ${1:-} in
  check)
    is_debian_12 && is_wsl2
    ;;
  run)
    shift
    copy="${SMARTROUTE_COPY:-$HOME/smartroute}"
    mkdir -p "$copy"
    tar --exclude=./build --exclude=./.state --exclude=./.git --exclude=node_modules -cf - . | tar -xf - -C "$copy"
    cd "$copy"
    exec bash ./tools/up "$@"
    ;;
  *)
    sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
