"""A copy of the database while others write to it: one state of it, in a file of its own."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from govnet.disk import Disk, private_opener
from govnet.errors import GovnetError

_PAGES_AT_ONCE = 1_024
_BUSY_SECONDS = 10.0

Progress = Callable[[int, int], None]
"""Told how many bytes are done, of how many."""


def copy_database(source: Path, target: Path, progress: Progress = lambda _, __: None) -> None:
    """Copy the database to a file that must not exist, durably, and check it there.

    One reading transaction lasts for the whole copy: the copy is the state of its beginning, and
    whoever writes meanwhile neither waits nor makes it begin anew. What was copied of a copy that
    failed is removed. Raises GovnetError, OSError.
    """
    with open(target, "xb", opener=private_opener):
        pass
    try:
        with (
            closing(sqlite3.connect(source, timeout=_BUSY_SECONDS, isolation_level=None)) as reader,
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            page_bytes = int(reader.execute("PRAGMA page_size").fetchone()[0])
            reader.execute("PRAGMA query_only=ON")
            reader.execute("BEGIN")
            # The transaction begins with the first reading.
            reader.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            reader.backup(
                copy,
                pages=_PAGES_AT_ONCE,
                progress=lambda _, left, all_pages: progress(
                    (all_pages - left) * page_bytes, all_pages * page_bytes
                ),
            )
            # In WAL mode part of it could stand in a second file.
            copy.execute("PRAGMA journal_mode=DELETE")
            _require_sound(source, copy)
        with target.open("rb") as file:
            os.fsync(file.fileno())
        Disk().sync_directory(target.parent)
    except sqlite3.Error as exc:
        _remove(target)
        raise GovnetError(f"{source}: the database cannot be copied: {exc}") from exc
    except BaseException:
        _remove(target)
        raise


def _require_sound(source: Path, copy: sqlite3.Connection) -> None:
    found = str(copy.execute("PRAGMA quick_check(1)").fetchone()[0])
    if found != "ok":
        raise GovnetError(f"{source}: the database is damaged: {found}")


def _remove(copy: Path) -> None:
    for end in ("", "-journal", "-wal", "-shm"):
        Path(f"{copy}{end}").unlink(missing_ok=True)
