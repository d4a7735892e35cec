#!/bin/bash
# Builds the Debian packages of govnet from this checkout and the wheels of its libraries:
#
#   deploy/debian/build.sh            both packages
#   deploy/debian/build.sh govnet     the centre alone; govnet-agent: the agent alone
#
# What may be given in the environment:
#   OUT               folder for the packages                        (dist)
#   ARCH              amd64 or arm64, whatever machine builds        (amd64)
#   PYTHON_VERSION    Python of the target: 3.11 is that of Debian 12 (3.11)
#   WHEELS            folder of wheels; nothing is fetched then      (none: the package index)
#   PIP               how pip is called                              (python3 -m pip)
#   VERSION           version of the packages                        (that of govnet/__init__.py)
#   SOURCE_DATE_EPOCH time of every file inside, epoch seconds       (that of the last commit)
#
# The same checkout and the same wheels give the same bytes.
set -euo pipefail
umask 022

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

out=${OUT:-$root/dist}
arch=${ARCH:-amd64}
python=${PYTHON_VERSION:-3.11}
read -r -a pip <<<"${PIP:-python3 -m pip}"
version=${VERSION:-$(sed -n 's/^__version__ = "\(.*\)"$/\1/p' "$root/govnet/__init__.py")}
if [ -z "${SOURCE_DATE_EPOCH:-}" ]; then
  SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct 2>/dev/null || stat -c %Y "$root/CHANGELOG.md")
fi
export SOURCE_DATE_EPOCH

die() {
  echo "build.sh: $*" >&2
  exit 2
}

case $arch in
  amd64) machine=x86_64 ;;
  arm64) machine=aarch64 ;;
  *) die "ARCH: expected amd64 or arm64, found '$arch'" ;;
esac
[[ $python =~ ^3\.[0-9]+$ ]] || die "PYTHON_VERSION: expected like 3.11, found '$python'"
[ -n "$version" ] || die "no version in $root/govnet/__init__.py"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Copies the modules and data of our packages, nothing that was compiled beside them.
copy_packages() { # TARGET PACKAGE...
  local target=$1
  shift
  tar -C "$root" --exclude=__pycache__ --exclude='*.pyc' -cf - "$@" | tar -C "$target" -xf -
}

# Prints the libraries that setup.py names for one side.
requirements() { # agent|collector
  python3 - "$root/setup.py" "$1" <<'PYTHON'
import ast
import sys

tree = ast.parse(open(sys.argv[1], encoding="utf-8").read())
for node in tree.body:
    if isinstance(node, ast.Assign) and node.targets[0].id == sys.argv[2].upper():
        print("\n".join(ast.literal_eval(node.value)))
PYTHON
}

# Installs the libraries as wheels for the target's Python and machine. Not compiled: the same bytes
# from every machine; the package compiles them where it is installed.
install_libraries() { # SIDE TARGET LIST
  local side=$1 target=$2 list=$3 glibc
  local options=(--target "$target" --no-compile --only-binary=:all: --implementation cp
    --python-version "$python" --abi "cp${python/./}" --abi abi3 --abi none)
  for glibc in $(seq 36 -1 17); do
    options+=(--platform "manylinux_2_${glibc}_$machine")
  done
  options+=(--platform "manylinux2014_$machine" --platform "manylinux2010_$machine" --platform any)
  if [ -n "${WHEELS:-}" ]; then
    options+=(--no-index --find-links "$WHEELS")
  fi
  requirements "$side" >"$work/$side.txt"
  "${pip[@]}" install --quiet --disable-pip-version-check --no-warn-script-location \
    --report "$work/report.json" "${options[@]}" -r "$work/$side.txt"
  python3 - "$work/report.json" >"$list" <<'PYTHON'
import json
import sys

print("# Libraries in this package: name, version, SHA-256 of the wheel they came from.")
for line in sorted(
    f"{item['metadata']['name']} {item['metadata']['version']} "
    f"{item['download_info']['archive_info']['hashes']['sha256']}"
    for item in json.load(open(sys.argv[1], encoding="utf-8"))["install"]
):
    print(line)
PYTHON
  # Their own tests and programs are no part of ours; where pip got them from is not told.
  rm -rf "${target:?}/bin"
  find "$target" -mindepth 2 -type d \( -name tests -o -name __pycache__ \) -prune -exec rm -rf {} +
  find "$target" -path '*.dist-info/*' \
    \( -name RECORD -o -name INSTALLER -o -name REQUESTED -o -name direct_url.json \) -delete
  find "$target" \( -name .DS_Store -o -name .gitignore \) -delete
}

# A virtual environment by hand: the system's Python, and no other packages than those in here.
# Child processes, which start by sys.executable, find the same ones.
make_environment() { # FOLDER
  install -d "$1/bin" "$1/lib/python$python/site-packages"
  ln -s "../../../bin/python$python" "$1/bin/python3"
  printf 'home = /usr/bin\ninclude-system-site-packages = false\nversion = %s\n' "$python" \
    >"$1/pyvenv.cfg"
}

# Writes a maintainer script with the shared part for the package's units put in.
maintainer_script() { # PACKAGE SCRIPT TARGET UNITS ENABLED
  sed -e "/^#UNITS#\$/{r $here/units.$2
d}" "$here/$1/$2" | sed -e "s|@UNITS@|$4|g" -e "s|@ENABLED@|$5|g" -e "s|@PYTHON@|$python|g" >"$3"
  chmod 755 "$3"
}

finish() { # PACKAGE TREE UNITS ENABLED
  local package=$1 tree=$2 script next
  next=3.$((${python#3.} + 1))
  install -D -m 644 "$here/copyright" "$tree/usr/share/doc/$package/copyright"
  printf '%s (%s) stable; urgency=medium\n\n  * CHANGELOG.md says what is new.\n\n -- %s  %s\n' \
    "$package" "$version" "$(sed -n 's/^Maintainer: //p' "$here/$package/control")" \
    "$(LC_ALL=C date -R -u -d "@$SOURCE_DATE_EPOCH")" |
    gzip -9n >"$tree/usr/share/doc/$package/changelog.gz"
  cp "$root/CHANGELOG.md" "$tree/usr/share/doc/$package/"
  install -D -m 644 "$here/$package/lintian-overrides" "$tree/usr/share/lintian/overrides/$package"
  find "$tree" -type d -exec chmod 755 {} +
  find "$tree" -type f ! -path "$tree/usr/bin/*" -exec chmod 644 {} +
  find "$tree/usr/bin" -type f -exec chmod 755 {} +
  find "$tree/usr/share" -type f -name '*.sh' -exec chmod 755 {} +
  install -d "$tree/DEBIAN"
  for script in postinst prerm postrm; do
    maintainer_script "$package" "$script" "$tree/DEBIAN/$script" "$3" "$4"
  done
  (cd "$tree" && find etc -type f -printf '/%p\n' 2>/dev/null | LC_ALL=C sort) >"$tree/DEBIAN/conffiles" || true
  [ -s "$tree/DEBIAN/conffiles" ] || rm "$tree/DEBIAN/conffiles"
  sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$arch/" -e "s/@PYTHON@/$python/g" \
    -e "s/@NEXT_PYTHON@/$next/g" \
    -e "s/@SIZE@/$(du -k -s --apparent-size --exclude=DEBIAN "$tree" | cut -f1)/" \
    "$here/$package/control" >"$tree/DEBIAN/control"
  (cd "$tree" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | LC_ALL=C sort -z |
    xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
  chmod 644 "$tree"/DEBIAN/{control,md5sums}
  find "$tree" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
  install -d "$out"
  # Level 1 of xz: a fraction of the time of its usual level for a few percent more bytes.
  dpkg-deb --root-owner-group -Zxz -z1 --build "$tree" \
    "$out/${package}_${version}_$arch.deb" >/dev/null
  echo "$out/${package}_${version}_$arch.deb"
}

build_agent() {
  local tree=$work/agent
  local code=$tree/usr/lib/govnet-agent
  local site=$code/lib/python$python/site-packages
  make_environment "$code"
  install -d "$tree/usr/share/doc/govnet-agent" "$tree/usr/bin"
  install_libraries agent "$site" "$tree/usr/share/doc/govnet-agent/libraries.txt"
  copy_packages "$site" agent govnet
  cp "$here/govnet-agent/launcher" "$tree/usr/bin/govnet-agent"
  install -D "$root/deploy/systemd/govnet-agent.service" \
    "$tree/lib/systemd/system/govnet-agent.service"
  cp "$root"/docs/agent.md "$tree/usr/share/doc/govnet-agent/"
  finish govnet-agent "$tree" govnet-agent.service govnet-agent.service
}

build_centre() {
  local tree=$work/centre
  local code=$tree/usr/lib/govnet
  local site=$code/lib/python$python/site-packages
  local share=$tree/usr/share/govnet
  local part
  make_environment "$code"
  install -d "$tree/usr/share/doc/govnet" "$tree/usr/bin" "$share" "$tree/lib/systemd/system"
  install_libraries collector "$site" "$tree/usr/share/doc/govnet/libraries.txt"
  copy_packages "$site" collector inventory govnet
  cp "$here/govnet/launcher" "$tree/usr/bin/govnet"
  install -D "$here/govnet/collector.toml" "$tree/etc/govnet/collector.toml"
  for part in govnet.service govnet-backup.service govnet-backup.timer \
    govnet-sms-gateway.service govnet-watch.service govnet-watch.timer; do
    cp "$root/deploy/systemd/$part" "$tree/lib/systemd/system/"
  done
  # For the other programs of the centre, each to be copied and fitted.
  cp -r "$root/deploy/prometheus" "$root/deploy/alertmanager" "$root/deploy/grafana" "$share/"
  copy_packages "$share" --exclude=dashboards/source dashboards
  install -d "$share/systemd"
  cp -r "$root"/deploy/systemd/*.service.d "$share/systemd/"
  for part in compose proxy containers; do
    if [ -d "$root/deploy/$part" ]; then cp -r "$root/deploy/$part" "$share/"; fi
  done
  # What stamps the agent's Windows installer, whose token is made in the centre.
  install -d "$share/windows"
  cp "$root"/deploy/windows/{stamp.sh,build-setup.sh,sign.sh,report.ps1,README.md} "$share/windows/"
  cp -r "$root"/docs/*.md "$root/docs/img" "$tree/usr/share/doc/govnet/"
  # Timers first, as they are stopped in this order: none starts its service again meanwhile.
  finish govnet "$tree" \
    "govnet-backup.timer govnet-watch.timer govnet.service govnet-backup.service govnet-sms-gateway.service govnet-watch.service" \
    "govnet.service govnet-backup.timer"
}

for package in "${@:-both}"; do
  case $package in
    both) build_agent && build_centre ;;
    govnet) build_centre ;;
    govnet-agent) build_agent ;;
    *) die "expected govnet or govnet-agent, found '$package'" ;;
  esac
done
