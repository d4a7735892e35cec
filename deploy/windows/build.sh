#!/bin/bash
# Builds the agent's Windows installer on Linux: a folder with CPython, wheels and our packages, two
# small programs, and the MSI of it. README.md tells what is in it and what has been tried.
set -euo pipefail

usage() {
  cat <<'END'
usage: build.sh --python ZIP --sha256 HEX [--output DIR] [--version X.Y.Z] [--locked FILE] [--folder DIR]

  --python ZIP     CPython for Windows: the official python-3.11.x-embed-amd64.zip, a file or an
                   https:// address; for tests what build-runtime.sh makes
  --sha256 HEX     its SHA-256, as python.org publishes it (or as you verified it yourself)
  --output DIR     where the installer goes (default: dist)
  --version X.Y.Z  version of the installer (default: that of govnet/__init__.py)
  --locked FILE    take exactly these wheels: the manifest.txt of an earlier build
  --folder DIR     keep the built folder there, and use it as it is if it is there already

Makes DIR/govnet-agent-VERSION-x64.msi, with a ZIP for tests DIR/govnet-agent-VERSION-x64-test.msi,
which `govnet bundle make` puts on no stick. Needs wixl, msitools, gcc-mingw-w64-x86-64, unzip and a
Python of the same minor version as ZIP, with pip (PYTHON=... names it). Signing: see sign.sh.
END
}

fail() { echo "build.sh: $*" >&2; exit 2; }

here=$(dirname "$(realpath "$0")")
root=$(realpath "$here/../..")
python=${PYTHON:-python3}
cross=x86_64-w64-mingw32
zip='' sha256='' output=dist version='' locked='' folder=''
while [ $# -gt 0 ]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --python | --sha256 | --output | --version | --locked | --folder)
      [ $# -ge 2 ] || fail "$1: expected a value"
      case "$1" in
        --python) zip=$2 ;; --sha256) sha256=$2 ;; --output) output=$2 ;;
        --version) version=$2 ;; --locked) locked=$(realpath "$2") ;; --folder) folder=$(realpath -m "$2") ;;
      esac
      shift 2 ;;
    *) usage >&2; exit 2 ;;
  esac
done
if [ -z "$zip" ] || [ -z "$sha256" ]; then usage >&2; exit 2; fi
version=${version:-$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$root/govnet/__init__.py")}
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "version: an installer's is X.Y.Z, found $version"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Times in archives and of compiled modules: that of the source, so that a build can be repeated.
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || echo 315532800)}

runtime() {  # the interpreter, verified
  case "$zip" in
    https://*) "$python" -c 'import sys, urllib.request as r; r.urlretrieve(*sys.argv[1:])' "$zip" "$work/python.zip" ;;
    *) cp "$zip" "$work/python.zip" ;;
  esac
  echo "$sha256  $work/python.zip" | sha256sum --quiet --check || fail "$zip: another SHA-256 than $sha256"
  mkdir -p "$folder/runtime"
  unzip -q "$work/python.zip" -d "$folder/runtime"
  library=$(basename "$folder"/runtime/python3?*.zip .zip)
  minor=$("$python" -c 'import sys; print("python%d%d" % sys.version_info[:2])')
  [ "$library" = "$minor" ] || fail "$zip holds $library, $python is $minor: PYTHON=... names another"
  # The official file, with our folder added: nothing else of the machine is ever imported.
  printf '%s\r\n' "$library.zip" . '..\packages' >"$folder/runtime/$library._pth"
}

packages() {  # wheels of the agent's extra, and our own sources
  if [ -n "$locked" ]; then
    grep -- --hash= "$locked" >"$work/wanted"
  else
    "$python" - "$root/setup.py" >"$work/wanted" <<'END'
import ast, sys
from pathlib import Path

for node in ast.parse(Path(sys.argv[1]).read_text("utf-8")).body:
    if isinstance(node, ast.Assign) and node.targets[0].id == "AGENT":
        print("\n".join(ast.literal_eval(node.value)))
END
  fi
  mkdir -p "$work/wheels" "$folder/packages"
  "$python" -m pip download --quiet --disable-pip-version-check --only-binary=:all: \
    --platform win_amd64 --python-version "$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" \
    ${locked:+--require-hashes} --dest "$work/wheels" --requirement "$work/wanted"
  for wheel in "$work"/wheels/*.whl; do
    unzip -qo "$wheel" -d "$folder/packages"
    name=$(basename "$wheel")
    IFS=- read -r project release _ <<<"$name"
    echo "$project==$release --hash=sha256:$(sha256sum "$wheel" | cut -d' ' -f1)"
  done >"$folder/manifest.txt"
  echo "# $(basename "$zip") sha256:$sha256" >>"$folder/manifest.txt"
  for package in agent govnet; do
    (cd "$root" && find "$package" -type f ! -path '*/__pycache__/*' -exec cp --parents -t "$folder/packages" {} +)
  done
  rm -rf "$folder"/packages/psutil/tests "$folder"/packages/bin
  # Whoever runs the agent may not write here, so it is compiled now, for the path it will have.
  "$python" -m compileall -q -j 0 --invalidation-mode unchecked-hash -s "$folder" "$folder/packages"
}

programs() {  # govnet-service.exe, govnet-agent.exe
  mkdir "$work/c"
  "$cross-windmc" -a -C 65001 -U -h "$work/c" -r "$work/c" "$here/service/events.mc"
  (cd "$work/c" && "$cross-windres" events.rc -O coff -o events.o)
  compile=("$cross-gcc" -O2 -s -municode -Wall -Wextra -Werror "-Wl,--no-insert-timestamp" "-I$work/c")
  "${compile[@]}" -mwindows -o "$folder/govnet-service.exe" \
    "$here"/service/{service,child,events,setup}.c "$work/c/events.o" -ladvapi32 -lshell32
  "${compile[@]}" -o "$folder/govnet-agent.exe" "$here/service/launcher.c"
  "$here/sign.sh" "$folder/govnet-service.exe" "$folder/govnet-agent.exe"
}

if [ -z "$folder" ] || [ ! -e "$folder/manifest.txt" ]; then
  wanted_folder=$folder
  folder=$work/folder
  mkdir "$folder"
  runtime
  packages
  programs
  find "$folder" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  if [ -n "$wanted_folder" ]; then
    mkdir -p "$(dirname "$wanted_folder")"
    mv "$folder" "$wanted_folder"
    folder=$wanted_folder
  fi
fi

# What agent.wxs does not name: the hundreds of files of two folders.
find "$folder/packages" "$folder/runtime" | LC_ALL=C sort |
  wixl-heat -p "$folder/" --directory-ref INSTALLDIR --component-group Files --var var.Folder --win64 >"$work/files.wxs"
mkdir -p "$output"
for_tests=
[ ! -e "$folder/runtime/STAND-IN.txt" ] || for_tests=-test
msi=$output/govnet-agent-$version-x64$for_tests.msi
(cd "$folder" && wixl -a x64 -D "Version=$version" -D Folder=. -D Win64=yes -o "$work/agent.msi" "$here/agent.wxs" "$work/files.wxs")
while IFS= read -r statement; do
  [[ -z $statement || $statement == --* ]] || msibuild "$work/agent.msi" -q "${statement//@VERSION@/$version}"
done <"$here/agent.sql"
"$here/sign.sh" "$work/agent.msi"
mv "$work/agent.msi" "$msi"
cat "$folder/manifest.txt"
sha256sum "$msi"
