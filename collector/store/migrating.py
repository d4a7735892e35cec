"""Bringing the database to the schema of this version: forward only, and first a copy of it.

The copy lies in the folder `backups` of the data, the newest few are kept. A migration is one
transaction: one that fails leaves the database as it was, for the version that made it.
"""

import logging
import time
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from collector.store.copying import copy_database
from collector.store.vault import Vault
from govnet import __version__
from govnet.errors import ConfigError, GovnetError

log = logging.getLogger(__name__)

MIGRATIONS: Final = Path(__file__).parent / "migrations"
COPIES: Final = "backups"
KEPT_COPIES: Final = 3


def migrate(connection: Connection, vault: Vault, database: Path) -> None:
    """Bring the schema to the newest revision, within a transaction that holds the write lock.

    Raises ConfigError, saying how to go back: for a schema of a newer version, for a copy that
    cannot be made, for a migration that failed. The transaction is then to be taken back.
    """
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    present = MigrationContext.configure(connection).get_current_revision()
    newest = scripts.get_current_head()
    if present == newest:
        return
    if present is not None and present not in _known(scripts):
        expected = f"expected a database of govnet {__version__} or older"
        hint = "start that version, or restore a backup from before it (docs/backup.md)"
        raise ConfigError([f"{database}: {expected}, a newer version has migrated it: {hint}"])
    copy = None if present is None else _copy_of(database, present)
    config.attributes |= {"vault": vault, "connection": connection}
    try:
        command.upgrade(config, "head")
    except ConfigError:
        raise
    except Exception as exc:
        # Whatever it was, what is left has to be said: nothing was changed.
        if copy is None:
            raise
        what = f"the migration from schema {present} to {newest} failed: {exc}"
        rest = "nothing was changed: start the version that ran before, and report this"
        raise ConfigError([f"{database}: {what}", f"{database}: {rest}"]) from exc
    if copy is not None:
        log.warning(
            "database migrated", extra={"before": present, "after": newest, "copy": str(copy)}
        )


def newest_schema() -> str:
    """Return the revision of the schema that this version brings a database to."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def is_known_schema(revision: str) -> bool:
    """Whether this version can bring a database of that schema up to date."""
    return revision in _known(ScriptDirectory.from_config(_config()))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _known(scripts: ScriptDirectory) -> set[str]:
    return {script.revision for script in scripts.walk_revisions()}


def _copy_of(database: Path, revision: str) -> Path:
    """Copy the database as it is before the transaction; drop the oldest copies."""
    folder = database.parent / COPIES
    made_at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    copy = folder / f"{made_at}-schema-{revision}.sqlite3"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        copy.unlink(missing_ok=True)
        copy_database(database, copy)
        for old in sorted(folder.glob("*-schema-*.sqlite3"))[:-KEPT_COPIES]:
            old.unlink()
    except (OSError, GovnetError) as exc:
        why = exc.strerror or exc if isinstance(exc, OSError) else exc
        needed = "it is migrated only after a copy of it was made there: make room"
        raise ConfigError([f"{folder}: expected a copy of the database: {why}", needed]) from exc
    return copy
