"""Small files of the agent's folders, replaced whole so that a power cut leaves old or new."""

import os
from pathlib import Path

from govnet.disk import Disk

Owner = tuple[int, int]
"""User and group id of whom a file is made for, where that is not who makes it (POSIX)."""


def private_opener(name: str, flags: int) -> int:
    """Open a file that only we may read if it is made; for the `opener` of `open`."""
    return os.open(name, flags, 0o600)


def replace_file(
    path: Path, content: bytes, *, owner: Owner | None = None, mode: int = 0o600
) -> None:
    """Write `content` durably and put it in the place of `path` in one step, readable by us only.

    Raises OSError if the disk refuses it; the old file is then intact. What stands in the way of
    the fresh file is removed and never written through: when root enrols a machine, the folder is
    another user's, who must not choose what root writes to.
    """
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(
        fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode
    )
    with os.fdopen(descriptor, "wb") as file:
        if owner is not None:
            os.fchown(descriptor, *owner)
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    fresh.replace(path)
    Disk().sync_directory(path.parent)
