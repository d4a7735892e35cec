"""Notices at once what a command, or another request, changed about accounts and sessions."""

import logging
import sqlite3

from sqlalchemy.exc import SQLAlchemyError

from collector.accounts.saved import accounts_version
from collector.store import Store

log = logging.getLogger(__name__)


class AccountsWatch:
    """Asked by every request, on a connection that nothing else writes by; costs microseconds."""

    def __init__(self, reader: Store) -> None:
        self._reader = reader
        self._seen = -1
        self._version = accounts_version(reader)
        self._is_failing = False

    def is_changed(self) -> bool:
        """Whether anything changed since the last call.

        What cannot be read now is said once, and is tried again.
        """
        try:
            written = self._reader.data_version()
            if written == self._seen:
                return False
            version = accounts_version(self._reader)
        except (sqlite3.Error, SQLAlchemyError) as exc:
            if not self._is_failing:
                log.exception("changes of accounts cannot be read", exc_info=exc)
            self._is_failing = True
            return False
        is_changed = version != self._version
        self._seen, self._version, self._is_failing = written, version, False
        return is_changed
