"""Opening the database: SQLite in WAL mode, migrated to the newest schema.

One `Store` is used by one thread at a time; the collector gives it a thread of its own, a
command uses it directly. Other processes may have the same file open.
"""

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from collector.store.migrating import COPIES, migrate
from collector.store.tables import only_row
from collector.store.vault import Master, Vault, credential_file
from govnet.errors import ConfigError

FILE_NAME = "govnet.sqlite3"
BUSY_SECONDS = 10
_NAMED_AT_ONCE = 500
MASTER_KEY_NOTE = "master-key-file"
"""Says where the master key lies, if not at its usual place."""
UNSEALED_NOTE = "keys-being-sealed"
"""There while keys that lay open are being sealed."""


class Store:
    """Transactions on the database; see `collector.store.tables` for what is in it.

    `vault` opens the agents' keys in it.
    """

    def __init__(self, engine: Engine, vault: Vault) -> None:
        self._engine = engine
        self.vault = vault

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

    def master(self, connection: Connection) -> Master:
        """Return the master key that seals what is written now; asked within the transaction.

        A command may have rotated it since this process began. Raises ConfigError.
        """
        current = connection.execute(select(only_row.c.master_key)).scalar_one()
        return self.vault.master(current)

    def checkpoint(self) -> None:
        """Move what was written from the log into the file, so that the log holds nothing old."""
        with closing(self._engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.close()

    def compact(self) -> None:
        """Write the whole file anew, so that nothing deleted stays behind in free pages."""
        with closing(self._engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("VACUUM")
            cursor.close()
        self.checkpoint()

    def data_version(self) -> int:
        """Return a number that changes when another connection has changed the file."""
        return int(self._direct.execute("PRAGMA data_version").fetchone()[0])

    @cached_property
    def _direct(self) -> sqlite3.Connection:
        """The one connection of the pool, without what is put around it: asked per request."""
        connection = self._engine.raw_connection().driver_connection
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - tells mypy
        return connection

    def close(self) -> None:
        """Close the file."""
        self._engine.dispose()


def batches(wanted: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield so many at a time as a query may name (SQLite: 32,766 by default, once 999)."""
    for first in range(0, len(wanted), _NAMED_AT_ONCE):
        yield wanted[first : first + _NAMED_AT_ONCE]


def open_store(data_dir: Path, master_key_file: Path | None = None) -> Store:
    """Open the database of that folder, made and migrated as needed, and its vault.

    Without a `master_key_file` it is where the last start had it, or at its usual place. Raises
    ConfigError when database or master key cannot be used.
    """
    path = data_dir / FILE_NAME
    try:
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Keys are inside: nobody else may read the file, from its first byte on.
        path.touch(mode=0o600)
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be made: {exc.strerror or exc}"]) from exc
    vault = find_vault(data_dir, master_key_file)
    if master_key_file is not None or credential_file() is not None:
        _note_master_key(data_dir, vault.file)
    engine = create_engine(f"sqlite:///{path}", poolclass=StaticPool, **_OPTIONS)
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    store = Store(engine, vault)
    try:
        _migrate(store, data_dir)
        _find_master(store)
    except (SQLAlchemyError, sqlite3.Error) as exc:
        store.close()
        why = getattr(exc, "orig", exc)
        raise ConfigError([f"{path}: cannot be used as database: {why}"]) from exc
    except ConfigError:
        store.close()
        raise
    return store


def open_reader(data_dir: Path, vault: Vault) -> Store:
    """Open a second connection to a database that is open, for another thread that only reads."""
    path = data_dir / FILE_NAME
    engine = create_engine(f"sqlite:///{path}", poolclass=StaticPool, **_OPTIONS)
    event.listen(engine, "connect", _on_connect_reader)
    event.listen(engine, "begin", _on_begin)
    return Store(engine, vault)


def find_vault(data_dir: Path, master_key_file: Path | None = None) -> Vault:
    """Return the vault of that folder's database; see `open_store`. Raises ConfigError."""
    chosen = master_key_file or credential_file()
    if chosen is not None:
        return Vault(chosen.resolve())
    noted = _noted(data_dir / MASTER_KEY_NOTE)
    if noted is not None and noted.exists():
        return Vault(noted)
    return Vault(Path(f"{data_dir.resolve()}.master-key"))


def _note_master_key(data_dir: Path, file: Path) -> None:
    """Note the file for the commands that are given only the folder. Raises ConfigError."""
    note = data_dir / MASTER_KEY_NOTE
    if _noted(note) != file:
        try:
            note.write_text(f"{file}\n", encoding="utf-8")
        except OSError as exc:
            raise ConfigError([f"{note}: cannot be used: {exc.strerror or exc}"]) from exc


def _noted(note: Path) -> Path | None:
    try:
        return Path(note.read_text(encoding="utf-8").strip()) if note.exists() else None
    except OSError as exc:
        raise ConfigError([f"{note}: cannot be used: {exc.strerror or exc}"]) from exc
    except UnicodeDecodeError as exc:
        raise ConfigError([f"{note}: expected the master key's path; remove the file"]) from exc


def _find_master(store: Store) -> None:
    """Make the master key if nothing was sealed yet; else see that it is here."""
    with store.write() as connection:
        known = connection.execute(select(only_row.c.master_key)).scalar_one()
        if known is None:
            master = store.vault.make()
            connection.execute(update(only_row).values(master_key=master.id))
            return
    store.vault.master(known)


_OPTIONS: dict[str, Any] = {
    # `isolation_level` None: sqlite3 begins no transaction behind our back.
    "connect_args": {
        "timeout": BUSY_SECONDS,
        "check_same_thread": False,
        "isolation_level": None,
    },
    # What was to be written stands in no message.
    "hide_parameters": True,
}


def _on_connect(connection: sqlite3.Connection, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # What is deleted or sealed anew does not stay behind in free pages.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _on_connect_reader(connection: sqlite3.Connection, _: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _migrate(store: Store, data_dir: Path) -> None:
    """Bring the schema to the newest revision, in one transaction that excludes others.

    Where keys lay open, copies of them lie in pages that are free since before `secure_delete`; so
    the file is written anew afterwards, also if this process is killed before that.
    """
    unsealed = data_dir / UNSEALED_NOTE
    with store.write() as connection:
        if _has_open_keys(connection):
            unsealed.touch()
        migrate(connection, store.vault, data_dir / FILE_NAME)
    if unsealed.exists():
        # The copies from before lie open, too, and must not outlive that.
        shutil.rmtree(data_dir / COPIES, ignore_errors=True)
        store.compact()
        unsealed.unlink()


def _has_open_keys(connection: Connection) -> bool:
    """Whether keys lie there as they were before they rested sealed."""
    columns = connection.exec_driver_sql("PRAGMA table_info(agent_keys)").all()
    if not columns or any(column.name == "digest" for column in columns):
        return False
    return connection.exec_driver_sql("SELECT 1 FROM agent_keys LIMIT 1").first() is not None
