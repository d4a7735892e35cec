"""The few system calls on which durability rests, alike on Linux and Windows.

`replace_file` puts a small file in the place of another as a whole. `Disk` is an object so that a
test can count, fail or cut short what the operating system would do: a journal takes it as a
parameter. This is not a file abstraction; reading needs none.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from govnet.errors import JournalError

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

# Windows would otherwise turn every \n of a record into \r\n.
_BINARY: int = getattr(os, "O_BINARY", 0)
_READER_PAUSES_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.4) if sys.platform == "win32" else ()
_flush = getattr(os, "fdatasync", os.fsync)


class Disk:
    """Write bytes and make them durable. Every method raises OSError as the system does."""

    def open_for_append(self, path: Path, *, fresh: bool) -> int:
        """Return a descriptor that writes at the end of `path`; `fresh` empties or creates it."""
        flags = os.O_RDWR | os.O_APPEND | _BINARY
        return os.open(path, flags | (os.O_CREAT | os.O_TRUNC if fresh else 0), 0o600)

    def write(self, descriptor: int, data: bytes) -> int:
        """Write some of `data` and return how many bytes were taken."""
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        """Return when the file's bytes and its length are on stable storage."""
        _flush(descriptor)

    def sync_directory(self, directory: Path) -> None:
        """Return when created and removed names are on stable storage.

        NTFS journals names itself and offers no handle for it, so Windows does nothing here.
        """
        if sys.platform != "win32":
            descriptor = os.open(directory, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)


def lock_file(path: Path) -> int:
    """Take the exclusive lock `path` (created if missing) and return its descriptor.

    The system releases the lock when the descriptor is closed or the process dies, however it
    dies. Raises JournalError when another process, or another object here, holds it, and
    OSError when the file cannot be made.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _BINARY, 0o600)
    try:
        if sys.platform == "win32":
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        os.close(descriptor)
        raise JournalError(f"{path.parent}: already in use by another process") from exc
    return descriptor


Owner = tuple[int, int]
"""User and group id of whom a file is made for, where that is not who makes it (POSIX)."""


def private_opener(name: str, flags: int) -> int:
    """Open a file that only we may read if it is made; for the `opener` of `open`."""
    return os.open(name, flags, 0o600)


def replace_file(
    path: Path, content: bytes, *, owner: Owner | None = None, mode: int = 0o600
) -> None:
    """Write `content` durably and put it in the place of `path` in one step, readable by us only.

    Raises OSError if the disk refuses it; the old file is then intact.
    """
    put_in_place(fresh_file(path, content, owner=owner, mode=mode), path)
    Disk().sync_directory(path.parent)


def put_in_place(fresh: Path, path: Path) -> None:
    """Let `fresh` take the place of `path` in one step. Raises OSError; the old file is then there.

    Windows refuses it while somebody reads the old one, who is done in a moment: a scanner of
    viruses, or `govnet-agent status`.
    """
    for pause_seconds in _READER_PAUSES_SECONDS:
        try:
            fresh.replace(path)
        except PermissionError:
            time.sleep(pause_seconds)
        else:
            return
    fresh.replace(path)


def fresh_file(
    path: Path, content: bytes, *, owner: Owner | None = None, mode: int = 0o600
) -> Path:
    """Write `content` durably to a fresh file beside `path`, to be put in its place, and return it.

    What stands in the way of the fresh file is removed and never written through: when root enrols
    a machine, the folder is another user's, who must not choose what root writes to.
    Raises OSError if the disk refuses it.
    """
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if owner is not None:
                os.fchown(descriptor, *owner)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        # What a full disk took of it would keep the disk full; Ctrl-C leaves nothing behind either.
        with suppress(OSError):
            fresh.unlink()
        raise
    return fresh
