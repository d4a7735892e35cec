#!/bin/bash
# Makes govnet-setup.exe of a stamped installer: one file for a machine without a domain. It asks
# for the site's code, which the installer's token does not say.
set -euo pipefail

usage() {
  cat <<'END'
usage: build-setup.sh [--stub FILE] INPUT.msi OUTPUT.exe

  INPUT.msi    the agent's installer, as stamp.sh made it for the province
  --stub FILE  take this program instead of compiling it: where there is no compiler, an unsigned
               govnet-setup.exe of `build-setup.sh --stub-only FILE`
  --stub-only FILE  compile the program alone

Needs gcc-mingw-w64-x86-64, unless --stub is given. Signing: as sign.sh does, if it has a key. Who
reads OUTPUT.exe reads the token in it, as in INPUT.msi: it is made readable by you only.
END
}

fail() { echo "build-setup.sh: $*" >&2; exit 2; }

here=$(dirname "$(realpath "$0")")
cross=x86_64-w64-mingw32
stub='' only=''
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --stub | --stub-only)
      [ $# -ge 2 ] || fail "$1: expected a value"
      case "$1" in --stub) stub=$2 ;; --stub-only) only=$2 ;; esac
      shift 2 ;;
    -?*) usage >&2; exit 2 ;;
    *) break ;;
  esac
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

compile() {
  "$cross-windres" -c 65001 -I "$here/setup" "$here/setup/setup.rc" -O coff -o "$work/setup.o"
  "$cross-gcc" -O2 -s -municode -mwindows -Wall -Wextra -Werror -Wl,--no-insert-timestamp \
    -o "$1" "$here"/setup/{main,dialog,install,payload}.c "$work/setup.o" -ladvapi32 -lgdi32 -lshell32
}

if [ -n "$only" ]; then
  [ $# -eq 0 ] || { usage >&2; exit 2; }
  compile "$only"
  exit 0
fi
[ $# -eq 2 ] || { usage >&2; exit 2; }
input=$1 output=$2
[ -r "$input" ] || fail "$input: cannot be read"
[ "$(head -c 8 "$input" | od -An -tx1 | tr -d ' \n')" = d0cf11e0a1b11ae1 ] || fail "$input: expected an MSI"

umask 077
if [ -n "$stub" ]; then
  [ "$(head -c 2 "$stub")" = MZ ] || fail "$stub: expected a program"
  cp "$stub" "$work/setup.exe"
else
  compile "$work/setup.exe"
fi
length=$(stat -c %s "$input")
# A signature is appended at the next multiple of 8, where the program looks for the end of ours.
pad=$(((8 - ($(stat -c %s "$work/setup.exe") + length) % 8) % 8))
{
  head -c "$pad" /dev/zero
  cat "$input"
  # The length as 8 bytes, the lowest first.
  for ((i = 0; i < 8; i++)); do printf '%b' "\\x$(printf %02x $(((length >> (8 * i)) & 255)))"; done
  printf GOVNETMS
} >>"$work/setup.exe"
if [ -x "$here/sign.sh" ]; then "$here/sign.sh" "$work/setup.exe"; fi
mv "$work/setup.exe" "$output"
echo "made: $output"
