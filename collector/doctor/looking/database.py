"""The database without its keys: whether it is whole, and of this version. It is only read."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from collector.store.database import FILE_NAME
from collector.store.migrating import is_known_schema, newest_schema

CHECK_SECONDS: Final = 5.0
"""A larger database than can be checked in that time is not called damaged."""
_OPERATIONS: Final = 10_000
_SHOWN: Final = 10


class Database(msgspec.Struct, frozen=True):
    """What the file says of itself.

    - `damage` are lines of SQLite's quick check; `is_checked`: it came to its end.
    - `revision` is that of the schema, `expected` that of this program; "" for none.
    - `log_bytes` is the size of the write-ahead log.
    """

    file: Path
    revision: str = ""
    expected: str = ""
    is_newer: bool = False
    is_checked: bool = False
    damage: tuple[str, ...] = ()
    bytes: int = 0
    log_bytes: int = 0

    @property
    def is_current(self) -> bool:
        """Whether this program may open it without changing its schema."""
        return self.revision == self.expected and not self.damage


def look(data: Path) -> Database | None:
    """Return what can be seen, None without a database."""
    file = data / FILE_NAME
    if not file.is_file():
        return None
    expected = newest_schema()
    try:
        # Not `immutable`: a running collector writes meanwhile.
        address = f"{file.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=CHECK_SECONDS)) as connection:
            is_checked, damage = _checked(connection)
            revision = _revision(connection)
    except (sqlite3.Error, OSError) as exc:
        return Database(file, expected=expected, revision=expected, damage=(str(exc),))
    log = file.with_name(f"{FILE_NAME}-wal")
    return Database(
        file=file,
        revision=revision,
        expected=expected,
        is_newer=revision != "" and not is_known_schema(revision),
        is_checked=is_checked,
        damage=damage,
        bytes=file.stat().st_size,
        log_bytes=log.stat().st_size if log.is_file() else 0,
    )


def _checked(connection: sqlite3.Connection) -> tuple[bool, tuple[str, ...]]:
    ends_at = time.monotonic() + CHECK_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > ends_at, _OPERATIONS)
    try:
        lines = [str(row[0]) for row in connection.execute(f"PRAGMA quick_check({_SHOWN})")]
    except sqlite3.OperationalError as exc:
        if "interrupted" not in str(exc):
            raise
        return False, ()
    finally:
        connection.set_progress_handler(None, 0)
    return True, () if lines == ["ok"] else tuple(lines)


def _revision(connection: sqlite3.Connection) -> str:
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        return ""
    return str(row[0]) if row else ""
