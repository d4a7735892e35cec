"""Writes what was edited, if nobody changed it meanwhile: every file or none."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from govnet.disk import Disk, Owner, fresh_file
from govnet.errors import ConfigError
from inventory.editing.apply import Edited


def write(edits: Sequence[Edited]) -> None:
    """Put the new contents in the place of the old, durably, with the mode and owner of the old.

    All fresh files are on the disk before the first takes its place, and what took its place is put
    back if a later one cannot. Raises ConfigError, with nothing changed, if a file is not what it
    was when it was read, or if the disk refuses one.
    """
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
    try:
        for one in edits:
            target = one.path.resolve()
            fresh.append((_beside(target, one.after), target))
    except OSError as exc:
        _remove([path for path, _ in fresh])
        raise ConfigError([_refused(exc)]) from exc
    done = 0
    try:
        for path, target in fresh:
            path.replace(target)
            done += 1
    except OSError as exc:
        _remove([path for path, _ in fresh[done:]])
        for one in edits[:done]:
            target = one.path.resolve()
            _beside(target, one.before).replace(target)
        raise ConfigError([_refused(exc)]) from exc
    for folder in sorted({target.parent for _, target in fresh}):
        Disk().sync_directory(folder)


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


def _refused(exc: OSError) -> str:
    return f"{exc.filename}: expected a file that can be written, got: {exc.strerror}"
