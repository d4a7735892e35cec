#!/bin/bash
# Stamps an agent's installer for one province: what Group Policy installs can be told nothing, so
# the collector's address and the province's token stand in the package itself.
set -euo pipefail

usage() {
  cat <<'END'
usage: stamp.sh --token-file FILE [--collector-url URL] [--site CODE] INPUT.msi OUTPUT.msi

  --token-file FILE    one line, as `govnet token create --province` printed it; - is standard input
  --collector-url URL  where the machines find the collector, if not as the token says
  --site CODE          one site's code, for an installer of that site alone
  OUTPUT.msi           readable by you only; whoever reads it can ask to become an agent, so use a
                       token with a count and an expiry (agents of a province's token wait to be
                       approved)

The token is never shown nor part of a command line. Needs msitools. A signature is lost by
stamping: the result is signed anew if sign.sh has a key.
END
}

fail() { echo "stamp.sh: $*" >&2; exit 2; }

token_file='' url='' site=''
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --token-file | --collector-url | --site)
      [ $# -ge 2 ] || fail "$1: expected a value"
      case "$1" in --token-file) token_file=$2 ;; --collector-url) url=$2 ;; --site) site=$2 ;; esac
      shift 2 ;;
    -?*) usage >&2; exit 2 ;;
    *) break ;;
  esac
done
if [ $# -ne 2 ] || [ -z "$token_file" ]; then usage >&2; exit 2; fi
input=$1 output=$2
[ -r "$input" ] || fail "$input: cannot be read"
[ "$token_file" = - ] && token_file=/dev/stdin
token=$(tr -d '\r\n' <"$token_file")
[[ $token =~ ^gn1\.[A-Za-z0-9._~+/=-]+$ ]] || fail "$token_file: expected one token (gn1....), found something else"
[[ -z $url || $url =~ ^https?://[^[:space:]]+$ ]] || fail "--collector-url: expected https://HOST[:PORT], found $url"
[[ -z $site || $site =~ ^[A-Za-z0-9._-]+$ ]] || fail "--site: expected a site's code, found $site"

umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$input" "$work/agent.msi"
{
  msiinfo export "$work/agent.msi" Property | grep -vP '^(TOKEN|SITE|COLLECTOR_URL)\t'
  printf 'TOKEN\t%s\r\n' "$token"
  [ -z "$url" ] || printf 'COLLECTOR_URL\t%s\r\n' "$url"
  [ -z "$site" ] || printf 'SITE\t%s\r\n' "$site"
} >"$work/Property.idt"
msibuild "$work/agent.msi" -i "$work/Property.idt"
# Another content is another package for Windows, by this number.
uuid=$(tr '[:lower:]' '[:upper:]' </proc/sys/kernel/random/uuid)
msibuild "$work/agent.msi" -s 'Agent of govnet' govnet 'x64;1033' "{$uuid}"
"$(dirname "$(realpath "$0")")/sign.sh" "$work/agent.msi"
mv "$work/agent.msi" "$output"
echo "stamped: $output"
