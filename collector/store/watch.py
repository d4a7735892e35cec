"""Notices at once what a command changed about agents: looked for by every request.

Asking SQLite whether anybody wrote costs a few microseconds; only then the registry's version is
read, and only agents that changed since are read again. Used from the event loop's thread, on a
connection of its own.
"""

import logging
import sqlite3

from sqlalchemy.exc import SQLAlchemyError

from collector.store.database import Store
from collector.store.known_agents import Registry
from collector.store.registry import load_changes, registry_version
from collector.wire import AgentIdentity
from govnet.errors import ConfigError

log = logging.getLogger(__name__)

Gone = tuple[AgentIdentity, ...]


class RegistryWatch:
    """Keeps `registry` as the database has it."""

    def __init__(self, reader: Store, registry: Registry) -> None:
        self.registry = registry
        self._reader = reader
        self._seen = -1
        self._is_failing = False

    def refresh(self) -> Gone | None:
        """Bring the registry up to date; return who is enrolled no more, None if nothing changed.

        What cannot be read now leaves the registry as it is, is said once, and is tried again.
        """
        try:
            written = self._reader.data_version()
            if written == self._seen:
                return None
            gone = self._changed()
        except (sqlite3.Error, SQLAlchemyError, ConfigError) as exc:
            if not self._is_failing:
                log.exception("changes of agents cannot be read", exc_info=exc)
            self._is_failing = True
            return None
        self._seen, self._is_failing = written, False
        return gone

    def _changed(self) -> Gone | None:
        if registry_version(self._reader) == self.registry.version:
            return None
        return self.registry.take(*load_changes(self._reader, self.registry.version))

    def close(self) -> None:
        """Close the connection."""
        self._reader.close()
