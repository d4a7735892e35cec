"""Where the parts of a bundle come from, as the person who makes it said."""

import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from collector.bundle import DEBIAN_PACKAGES
from collector.bundle.manifest import BundleError


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Where the parts come from; a path of None means: from the Internet, or nowhere."""

    checkout: Path
    """Of this version: dashboards, rules, docs, install.sh."""
    packages: Path
    """What `make packages` built."""
    is_for_tests: bool = False
    """Whether the Windows installer is the one whose Python stands in for python.org's."""
    wheels: Path | None = None
    debian: Path | None = None
    debian_packages: tuple[str, ...] = DEBIAN_PACKAGES
    grafana: Path | None = None
    images: Path | None = None
    image_archives: tuple[Path, ...] = ()


def files_like(folder: Path, pattern: str, hint: str) -> list[Path]:
    """Return the files of a folder that a pattern names, sorted; BundleError if there is none."""
    if not (found := sorted(path for path in folder.glob(pattern) if path.is_file())):
        raise BundleError([f"{folder / pattern}: no such file: {hint}"])
    return found


def copy(path: Path, folder: Path, name: str = "") -> None:
    """Copy a file into a folder of the bundle, which is made if need be. Raises BundleError."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(path, folder / (name or path.name))
    except OSError as exc:
        raise BundleError([f"{exc.filename}: cannot be copied: {exc.strerror}"]) from exc


def copy_all(files: Iterable[Path], folder: Path) -> None:
    """Copy files into a folder of the bundle. Raises BundleError."""
    for path in files:
        copy(path, folder)


def run(*command: str | Path, hint: str, quiet: bool = False) -> str:
    """Run a program and return what it wrote, or let it write to stderr while it works.

    Raises BundleError with its last words and `hint` if it fails or is not there.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if quiet else sys.stderr,
            stderr=subprocess.PIPE,
            text=True,
        )
    except OSError as exc:
        raise BundleError([f"{words[0]}: {exc.strerror}: {hint}"]) from exc
    except subprocess.CalledProcessError as exc:
        said = "\n".join(str(exc.stderr).strip().splitlines()[-5:])
        raise BundleError([f"{words[0]} failed: {hint}\n{said}"]) from exc
    return done.stdout or ""


def debian_release() -> str:
    """Return the code name of the Debian that we run on. Raises BundleError on anything else."""
    try:
        name = platform.freedesktop_os_release()
    except OSError:
        name = {}
    if name.get("ID") != "debian" or not name.get("VERSION_CODENAME"):
        raise BundleError(["expected Debian, as on the target, to collect its packages"])
    return name["VERSION_CODENAME"]
