"""A bundle, put together: every part, the list for people, the manifest and its signature last.

What has no signature is no bundle: one that was interrupted is refused by whoever checks it.
"""

import shutil
from collections.abc import Collection
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from collector.bundle import MANIFEST, SIGNATURE, contents, debian
from collector.bundle.files import Tell, sums_of
from collector.bundle.manifest import BundleError, render
from collector.bundle.parts import FETCHED, LOCAL, Part
from collector.bundle.sources import Sources
from govnet.errors import ConfigError


def make(
    sources: Sources,
    out: Path,
    without: Collection[str],
    key: Ed25519PrivateKey,
    tell: Tell,
) -> int:
    """Write a bundle into a new folder; return how many files are in it.

    Raises ConfigError for a folder that is not empty, BundleError with every part that is missing;
    the folder is then gone again.
    """
    try:
        if out.exists() and any(out.iterdir()):
            raise ConfigError([f"{out}: expected an empty folder (nothing was written)"])
        out.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise ConfigError([f"{out}: cannot be used: {exc.strerror}"]) from exc
    try:
        return _fill(sources, out, without, key, tell)
    except BaseException:
        shutil.rmtree(out, ignore_errors=True)
        raise


def _fill(
    sources: Sources,
    out: Path,
    without: Collection[str],
    key: Ed25519PrivateKey,
    tell: Tell,
) -> int:
    for parts in (LOCAL, FETCHED):
        _gather([part for part in parts if part.name not in without], sources, out, tell)
    debian.index(out)
    (out / contents.NAME).write_text(_contents(out, without), encoding="utf-8")
    tell("MANIFEST")
    sums = sums_of(out, lambda _: None)
    manifest = render(sums)
    (out / MANIFEST).write_bytes(manifest)
    (out / SIGNATURE).write_bytes(key.sign(manifest))
    return len(sums)


def _gather(parts: Collection[Part], sources: Sources, out: Path, tell: Tell) -> None:
    """Gather parts; raise BundleError with all that is missing."""
    problems = []
    for part in parts:
        tell(f"{part.name}: {part.vietnamese} / {part.english}")
        try:
            part.gather(sources, out)
        except BundleError as exc:
            problems += [f"{part.name}: {problem}" for problem in exc.problems]
            problems += [f"{part.name}: or leave it out: --without {part.name}"]
    if problems:
        raise BundleError(problems)


def _contents(out: Path, without: Collection[str]) -> str:
    sizes = {
        path.relative_to(out).as_posix(): path.stat().st_size
        for path in out.rglob("*")
        if path.is_file()
    }
    left_out = [
        f"{part.name}: {part.vietnamese} / {part.english}"
        for part in (*LOCAL, *FETCHED)
        if part.name in without
    ]
    images = [
        line if not line.endswith("=") else f"{line} (chưa chọn / not chosen)"
        for line in _lines(out / "images/IMAGES.txt")
    ]
    return contents.render(sizes, images, left_out, "".join(_lines(out / "debs/TARGET")))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
