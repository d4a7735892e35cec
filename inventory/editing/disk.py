"""Writes what was edited, if nobody changed it meanwhile: every file or none."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from govnet.disk import Disk, Owner, fresh_file
from govnet.errors import ConfigError
from inventory.editing.apply import Edited

if sys.platform != "win32":
    import fcntl


def write(edits: Sequence[Edited]) -> None:
    """Put the new contents in the place of the old, durably, with the mode and owner of the old.

    All fresh files are on the disk before the first takes its place, and what took its place is put
    back if a later one cannot, or after Ctrl-C. Raises ConfigError, with nothing changed, if a file
    is not what it was when it was read, or if the disk refuses one.
    """
    folders = sorted({one.path.resolve().parent for one in edits})
    with ExitStack() as locks:
        for folder in folders:
            # Of two that write at once the second finds what the first wrote, and says so.
            locks.enter_context(_locked(folder))
        _write(edits)
    for folder in folders:
        Disk().sync_directory(folder)


def _write(edits: Sequence[Edited]) -> None:
    changed = [one.path for one in edits if _content(one.path) != one.before]
    if changed:
        raise ConfigError(
            [
                f"{path.as_posix()}: expected it as it was read, "
                "got one that was changed since (nothing was written; do it again)"
                for path in changed
            ]
        )
    fresh: list[tuple[Path, Path]] = []
    begun: list[Edited] = []
    try:
        for one in edits:
            target = one.path.resolve()
            fresh.append((_beside(target, one.after), target))
        for one, (path, target) in zip(edits, fresh, strict=True):
            begun.append(one)
            path.replace(target)
    except BaseException as exc:
        for one in begun:
            target = one.path.resolve()
            if _content(target) != one.before:
                _beside(target, one.before).replace(target)
        _remove([path for path, _ in fresh])
        if isinstance(exc, OSError):
            raise ConfigError([_refused(exc, edits[min(len(fresh), len(edits) - 1)].path)]) from exc
        raise


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep others from writing into a folder, waiting for whoever does. Windows knows no such."""
    if sys.platform == "win32":
        yield
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as exc:
        raise ConfigError([_refused(exc, folder)]) from exc
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _beside(target: Path, content: bytes) -> Path:
    """Return a fresh file beside another one, that is whose that is."""
    state = target.stat()
    owner: Owner | None = None
    if hasattr(os, "geteuid") and (state.st_uid, state.st_gid) != (os.geteuid(), os.getegid()):
        owner = (state.st_uid, state.st_gid)
    fresh = fresh_file(target, content, owner=owner)
    fresh.chmod(state.st_mode & 0o7777)
    return fresh


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _remove(paths: Sequence[Path]) -> None:
    for path in paths:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def _refused(exc: OSError, path: Path) -> str:
    name = exc.filename or path.as_posix()  # A full disk names no file.
    return f"{name}: expected a file that can be written, got: {exc.strerror}"
