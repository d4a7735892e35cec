"""Reading the book of planned work, and noticing at once what a command changed in it."""

import logging
import sqlite3

from sqlalchemy import RowMapping, select
from sqlalchemy.exc import SQLAlchemyError

from collector.maintenance.records import Book, Entry, Kind, Notice, State
from collector.store import Store
from collector.store.tables import maintenance, only_row, power_cut_notices

log = logging.getLogger(__name__)


def load_book(store: Store) -> Book:
    """Return everything that is kept, in one state of the database."""
    with store.read() as connection:
        version = connection.execute(select(only_row.c.maintenance_version)).scalar_one()
        entries = (
            connection.execute(select(maintenance).order_by(maintenance.c.id)).mappings().all()
        )
        notices = (
            connection.execute(select(power_cut_notices).order_by(power_cut_notices.c.id))
            .mappings()
            .all()
        )
    return Book(
        version,
        tuple(_entry(row) for row in entries),
        tuple(Notice(**row) for row in notices),
    )


def _entry(row: RowMapping) -> Entry:
    values = dict(row)
    return Entry(
        kind=Kind(values.pop("kind")),
        state=State(values.pop("state")),
        notice=values.pop("notice") or 0,
        **values,
    )


class MaintenanceWatch:
    """Keeps `book` as the database has it; used from the event loop's thread."""

    def __init__(self, reader: Store) -> None:
        self.book = load_book(reader)
        self._reader = reader
        self._seen = -1
        self._is_failing = False

    def refresh(self) -> bool:
        """Bring the book up to date; return whether it changed.

        What cannot be read now leaves the book as it is, is said once, and is tried again.
        """
        try:
            written = self._reader.data_version()
            if written == self._seen:
                return False
            is_changed = self._version() != self.book.version
            if is_changed:
                self.book = load_book(self._reader)
        except (sqlite3.Error, SQLAlchemyError) as exc:
            if not self._is_failing:
                log.exception("planned work cannot be read", exc_info=exc)
            self._is_failing = True
            return False
        self._seen, self._is_failing = written, False
        return is_changed

    def _version(self) -> int:
        with self._reader.read() as connection:
            return int(connection.execute(select(only_row.c.maintenance_version)).scalar_one())
