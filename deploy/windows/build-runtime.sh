#!/bin/bash
# Makes a Windows CPython for tests, in the form of python.org's embeddable zip, from public parts.
#
# A release is built from the official zip (build.sh --python). Where that cannot be had, as in
# tests, the PyPI wheel of panda3d carries the signed DLL and extension modules of CPython for
# win_amd64. What it lacks is made here: python.exe, python3.dll (forwards to the versioned DLL,
# for modules of the stable ABI) and the zip of the standard library, which is pure Python and taken
# from the Python that runs this script. Not for release: two builds of CPython are mixed here.
set -euo pipefail

usage() {
  cat <<'END'
usage: build-runtime.sh OUTPUT.zip

Needs python3.11 with pip (PYTHON=... names another) and gcc-mingw-w64-x86-64.
END
}

case "${1-}" in
  -h | --help) usage; exit 0 ;;
  '' | -*) usage >&2; exit 2 ;;
esac
output=$(realpath -m "$1")
here=$(dirname "$(realpath "$0")")
python=${PYTHON:-python3}
cross=x86_64-w64-mingw32
panda3d=1.10.16
panda3d_sha256=37acfb92655c4226879f95c988e2ef1449a53c54486d6c1ebc00e2772429af82

minor=$("$python" -c 'import sys; print("%d%d" % sys.version_info[:2])')
[ "$minor" = 311 ] || { echo "build-runtime.sh: expected Python 3.11, found $minor: PYTHON=python3.11" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "panda3d==$panda3d --hash=sha256:$panda3d_sha256" >"$work/wanted"
"$python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: \
  --platform win_amd64 --python-version 3.11 --require-hashes --dest "$work" --requirement "$work/wanted"
runtime=$work/runtime
mkdir "$runtime"
# What the embeddable zip holds, without Tk.
"$python" - "$work"/panda3d-*.whl "$runtime" <<'END'
import sys, zipfile
from pathlib import Path, PurePosixPath

wheel, runtime = sys.argv[1], Path(sys.argv[2])
unwanted = ("tcl", "tk", "_tkinter", "winsound", "_msi", "api-ms-")
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        path = PurePosixPath(name)
        if path.parts[0] == "deploy_libs" and path.suffix in (".dll", ".pyd"):
            if not path.name.startswith(unwanted):
                (runtime / path.name).write_bytes(archive.read(name))
END

"$cross-gcc" -O2 -s -municode -o "$runtime/python.exe" "$here/service/python.c"
{
  echo 'LIBRARY python3'
  echo 'EXPORTS'
  "$cross-objdump" -p "$runtime/python311.dll" |
    sed -n 's/^\t\[ *[0-9]*\] \(+base\[ *[0-9]*\] *[0-9a-f]* \)\?\(_\?Py[A-Za-z0-9_]*\)$/  \2 = python311.\2/p'
} >"$work/python3.def"
"$cross-gcc" -shared -nostdlib -s -o "$runtime/python3.dll" "$work/python3.def"

"$python" - "$runtime/python311.zip" <<'END'
import sys, sysconfig, zipfile
from pathlib import Path

library = Path(sysconfig.get_path("stdlib"))
unwanted = {"site-packages", "dist-packages", "test", "tests", "idlelib", "tkinter", "turtledemo",
            "ensurepip", "lib2to3", "lib-dynload", "__pycache__", "msilib", "pydoc_data"}
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
    for path in sorted(library.rglob("*.py")):
        inside = path.relative_to(library)
        if not unwanted & set(inside.parts):
            archive.writestr(zipfile.ZipInfo(inside.as_posix(), (1980, 1, 1, 0, 0, 0)), path.read_bytes(), zipfile.ZIP_DEFLATED)
END
printf 'python311.zip\r\n.\r\n' >"$runtime/python311._pth"
# By this file build.sh knows it, and whoever finds it on a PC.
printf 'A stand-in for python.org'\''s CPython, made for tests. Not for PCs in use.\r\n' >"$runtime/STAND-IN.txt"

mkdir -p "$(dirname "$output")"
"$python" - "$runtime" "$output.new" <<'END'
import sys, zipfile
from pathlib import Path

with zipfile.ZipFile(sys.argv[2], "w") as archive:
    for path in sorted(Path(sys.argv[1]).iterdir()):
        archive.writestr(zipfile.ZipInfo(path.name, (1980, 1, 1, 0, 0, 0)), path.read_bytes(), zipfile.ZIP_DEFLATED)
END
mv "$output.new" "$output"
sha256sum "$output"
