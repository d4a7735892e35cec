"""Opening the database: SQLite in WAL mode, migrated to the newest schema.

One `Store` is used by one thread at a time; the collector gives it a thread of its own, a
command uses it directly. Other processes may have the same file open.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from govnet.errors import ConfigError

FILE_NAME = "govnet.sqlite3"
BUSY_SECONDS = 10
MIGRATIONS = Path(__file__).parent / "migrations"


class Store:
    """Transactions on the database; see `collector.store.tables` for what is in it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database."""
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection that holds the write lock; commits at the end, or takes all back."""
        with self._engine.execution_options(begin="IMMEDIATE").begin() as connection:
            yield connection

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()


def open_store(data_dir: Path) -> Store:
    """Open the database of that folder, made and migrated as needed.

    Raises ConfigError when it cannot be used.
    """
    path = data_dir / FILE_NAME
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Keys are inside: nobody else may read the file, from its first byte on.
        path.touch(mode=0o600)
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be made: {exc.strerror or exc}"]) from exc
    engine = create_engine(f"sqlite:///{path}", poolclass=StaticPool, connect_args=_CONNECT)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    store = Store(engine)
    try:
        _migrate(store)
    except (SQLAlchemyError, sqlite3.Error) as exc:
        store.close()
        raise ConfigError([f"{path}: cannot be used as database: {exc}"]) from exc
    return store


_CONNECT = {"timeout": BUSY_SECONDS, "check_same_thread": False, "isolation_level": None}
"""`isolation_level` None: sqlite3 begins no transaction behind our back."""


def _on_connect(connection: sqlite3.Connection, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _migrate(store: Store) -> None:
    """Bring the schema to the newest revision, in one transaction that excludes others."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with store.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
