"""The files of a bundle on disk: what there is, with which sums; whether it is what was signed."""

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from collector.bundle import MANIFEST, SIGNATURE, UNLISTED
from collector.bundle.manifest import BundleError, Sums, differences, parse
from collector.bundle.signing import is_signed
from govnet.errors import ConfigError

Tell = Callable[[str], None]
"""Hears which file is being read: a stick of some hundred megabytes takes its time."""


def sums_of(folder: Path, tell: Tell) -> Sums:
    """Return the sum of every file but the manifest's own two.

    Raises BundleError for a link, device or anything else that is neither file nor folder, and for
    what cannot be read.
    """
    sums = {}
    for path in _files(folder):
        name = path.relative_to(folder).as_posix()
        if name not in UNLISTED:
            tell(name)
            sums[name] = sum_of(path)
    return sums


def sum_of(path: Path) -> str:
    """Return the SHA-256 of a file in hex. Raises BundleError if it cannot be read."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as exc:
        raise BundleError([f"{path}: cannot be read: {exc.strerror}"]) from exc


def _files(folder: Path) -> Iterator[Path]:
    problems = []
    for place, folders, names in os.walk(folder, onerror=_raise):
        for name in (*folders, *names):
            path = Path(place, name)
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode):
                yield path
            elif not stat.S_ISDIR(mode):
                problems.append(f"{path}: expected a file or folder, got a link or device")
    if problems:
        raise BundleError(problems)


def _raise(exc: OSError) -> None:
    raise BundleError([f"{exc.filename}: cannot be read: {exc.strerror}"])


def check(folder: Path, key: Ed25519PublicKey, tell: Tell) -> int:
    """Return how many files a bundle has, all as they were signed.

    Raises ConfigError if it is no bundle, BundleError with everything that is not as signed.
    """
    try:
        manifest = (folder / MANIFEST).read_bytes()
        signature = (folder / SIGNATURE).read_bytes()
    except OSError as exc:
        found = f"{exc.filename}: {exc.strerror}"
        raise ConfigError([f"{folder}: expected a signed bundle: {found}"]) from exc
    if not is_signed(key, manifest, signature):
        raise BundleError([f"{folder / SIGNATURE}: the manifest was not signed with this key"])
    declared = parse(manifest)
    if problems := differences(declared, sums_of(folder, tell)):
        raise BundleError(problems)
    return len(declared)
