"""Reading what is kept of conferences, and noticing at once what a command or a room changed."""

import json
import logging
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.exc import SQLAlchemyError

from collector.readiness.records import (
    Meeting,
    Part,
    PointState,
    Room,
    RoomTick,
    Source,
    SweepResult,
    Tick,
)
from collector.store import Store
from collector.store.conference_tables import conference_sweeps, conference_ticks, conferences
from collector.store.tables import only_row

log = logging.getLogger(__name__)

RECENT_SECONDS: Final = 3 * 86_400.0
"""So far back the running collector knows what rooms said."""

Rooms = Mapping[str, Mapping[str, Room]]
"""By conference, then point, what the room said."""


class Book(msgspec.Struct, frozen=True):
    """What is kept; `version` grows with every change."""

    version: int = 0
    meetings: tuple[Meeting, ...] = ()
    rooms: Rooms = {}
    swept: frozenset[tuple[str, str]] = frozenset()
    """Conference and name of every sweep that was recorded lately."""


def load_book(store: Store, now: float) -> Book:
    """Return what is kept as of `now`, in one state of the database."""
    with store.read() as connection:
        version = connection.execute(select(only_row.c.conferences_version)).scalar_one()
        rows = connection.execute(select(conferences).order_by(conferences.c.starts_at)).all()
        ticks = connection.execute(
            select(conference_ticks)
            .where(conference_ticks.c.at > now - RECENT_SECONDS)
            .order_by(conference_ticks.c.id)
        ).all()
        sweeps = connection.execute(
            select(conference_sweeps.c.conference, conference_sweeps.c.sweep)
            .where(conference_sweeps.c.at > now - RECENT_SECONDS)
            .distinct()
        ).all()
    return Book(
        version,
        tuple(map(_meeting, rows)),
        rooms_of(ticks),
        frozenset((row.conference, row.sweep) for row in sweeps),
    )


def rooms_of(rows: Iterable[Row[Any]]) -> Rooms:
    """Return what every room said last, from its ticks in the order in which they came."""
    found: dict[str, dict[str, Room]] = {}
    for row in rows:
        of_meeting = found.setdefault(row.conference, {})
        room = of_meeting.get(row.point, Room())
        of_meeting[row.point] = Room(
            {**room.ticks, Part(row.part): Tick(row.is_good, row.at)},
            row.telephone or room.telephone,
            row.at if row.telephone else room.telephone_at,
        )
    return found


def history(store: Store, conference: str) -> tuple[list[SweepResult], list[RoomTick]]:
    """Return what sweeps found and rooms said of one conference, in the order of time."""
    with store.read() as connection:
        sweeps = connection.execute(
            select(conference_sweeps)
            .where(conference_sweeps.c.conference == conference)
            .order_by(conference_sweeps.c.at, conference_sweeps.c.point)
        ).all()
        ticks = connection.execute(
            select(conference_ticks)
            .where(conference_ticks.c.conference == conference)
            .order_by(conference_ticks.c.id)
        ).all()
    return (
        [
            SweepResult(row.sweep, row.at, row.point, PointState(row.state), row.reasons)
            for row in sweeps
        ],
        [RoomTick(row.point, row.part, row.is_good, row.at, row.who) for row in ticks],
    )


def _meeting(row: Row[Any]) -> Meeting:
    return Meeting(
        id=row.id,
        title=row.title,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        points=tuple(json.loads(row.points)),
        platform=row.platform,
        source=Source(row.source),
        uid=row.uid,
        recurrence=row.recurrence,
        cancelled_at=row.cancelled_at,
        all_points=row.all_points,
    )


class BookWatch:
    """Keeps `book` as the database has it; used from the event loop's thread."""

    def __init__(self, reader: Store, now: float) -> None:
        self.book = load_book(reader, now)
        self._reader = reader
        self._seen = -1
        self._is_failing = False

    def refresh(self, now: float) -> Book:
        """Bring the book up to date and return it.

        What cannot be read now leaves the book as it is, is said once, and is tried again.
        """
        try:
            written = self._reader.data_version()
            if written != self._seen:
                if self._version() != self.book.version:
                    self.book = load_book(self._reader, now)
                self._seen = written
            self._is_failing = False
        except (sqlite3.Error, SQLAlchemyError) as exc:
            if not self._is_failing:
                log.exception("conferences cannot be read", exc_info=exc)
            self._is_failing = True
        return self.book

    def _version(self) -> int:
        with self._reader.read() as connection:
            return int(connection.execute(select(only_row.c.conferences_version)).scalar_one())
