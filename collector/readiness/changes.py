"""What people and sweeps change of conferences; every function is one transaction.

Who did what is in the account of changes. `who` is the user of this process unless given. What
cannot be done raises MistakesError, and nothing is changed.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from collector.maintenance.mistakes import Mistake, MistakesError
from collector.readiness.links import AFTER_SECONDS
from collector.readiness.records import Meeting, Part, Source, SweepResult
from collector.store import Store
from collector.store.audit import note
from collector.store.conference_tables import (
    conference_sweeps,
    conference_ticks,
    conferences,
    room_links,
)
from collector.store.tables import only_row
from inventory.names import slug

_SLUG_CHARACTERS: Final = 40


class Entry(msgspec.Struct, frozen=True):
    """One occurrence of a calendar's entry; `sequence` grows with each change of it."""

    meeting: Meeting
    sequence: int = 0


class Imported(msgspec.Struct, frozen=True):
    """What became of a calendar: ids of conferences."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()


def add(store: Store, meeting: Meeting, zone: ZoneInfo, now: float, who: str = "") -> str:
    """Enter a conference; return its id, which is made of its title and day if it has none."""
    with store.write() as connection:
        named = _named(connection, meeting, zone)
        _put(connection, named, 0, now, who)
        _noted(connection, now, "conference added", named, who)
    return named.id


def cancel(store: Store, meeting: Meeting, now: float, who: str = "") -> None:
    """Call a conference off; one of the inventory gets a row that says so."""
    if meeting.is_cancelled:
        raise MistakesError([Mistake("is_cancelled", "id", meeting.id)])
    with store.write() as connection:
        sequence = connection.execute(
            select(conferences.c.sequence).where(conferences.c.id == meeting.id)
        ).scalar_one_or_none()
        called_off = msgspec.structs.replace(meeting, cancelled_at=now)
        _put(connection, called_off, sequence or 0, now, who)
        _noted(connection, now, "conference cancelled", meeting, who)


def take_calendar(
    store: Store,
    entries: Sequence[Entry],
    zone: ZoneInfo,
    now: float,
    *,
    until: float,
    who: str = "",
) -> Imported:
    """Take in a calendar: new entries, changes, and what it calls off, by UID.

    Occurrences up to `until` that a UID of the calendar does not have any more are called off. An
    entry with an older sequence than the one that is known changes nothing.
    """
    added: list[str] = []
    changed: list[str] = []
    cancelled: list[str] = []
    with store.write() as connection:
        known = _by_uid(connection, {one.meeting.uid for one in entries})
        for entry in entries:
            meeting = entry.meeting
            row = known.pop((meeting.uid, meeting.recurrence), None)
            if row is None:
                if not meeting.is_cancelled:
                    named = _named(connection, meeting, zone)
                    _put(connection, named, entry.sequence, now, who)
                    _noted(connection, now, "conference added", named, who)
                    added.append(named.id)
                continue
            if entry.sequence < row.sequence or _is_same(row, meeting):
                continue
            named = msgspec.structs.replace(meeting, id=row.id)
            _put(connection, named, entry.sequence, now, who)
            what = "cancelled" if meeting.is_cancelled else "changed"
            _noted(connection, now, f"conference {what}", named, who)
            (cancelled if meeting.is_cancelled else changed).append(named.id)
        for row in known.values():
            if row.cancelled_at is None and now < row.starts_at < until:
                connection.execute(
                    update(conferences).where(conferences.c.id == row.id).values(cancelled_at=now)
                )
                note(connection, now, "conference cancelled", row.id, row.title, who=who)
                cancelled.append(row.id)
        if cancelled:
            _touch(connection)
    return Imported(tuple(added), tuple(changed), tuple(cancelled))


def record_sweep(store: Store, conference: str, results: Iterable[SweepResult]) -> None:
    """Keep what a sweep found; one that is recorded already stays as it is."""
    rows = [{"conference": conference} | msgspec.structs.asdict(result) for result in results]
    if not rows:
        return
    with store.write() as connection:
        connection.execute(insert(conference_sweeps).on_conflict_do_nothing(), rows)
        _touch(connection)


def tick(
    store: Store,
    conference: str,
    point: str,
    parts: Mapping[Part, bool],
    now: float,
    *,
    telephone: str = "",
    who: str = "",
) -> None:
    """Keep what somebody says of the parts of a room."""
    with store.write() as connection:
        for part, is_good in parts.items():
            connection.execute(
                insert(conference_ticks).values(
                    conference=conference,
                    point=point,
                    part=part.value,
                    is_good=is_good,
                    telephone=telephone,
                    at=now,
                    who=who,
                )
            )
        said = ", ".join(f"{part}: {'good' if good else 'bad'}" for part, good in parts.items())
        note(connection, now, "room ticked", point, f"{conference}: {said}", who=who)
        _touch(connection)


def _named(connection: Connection, meeting: Meeting, zone: ZoneInfo) -> Meeting:
    """Give a conference without an id one that people can say: title and day, each once."""
    if meeting.id:
        return meeting
    day = datetime.fromtimestamp(meeting.starts_at, zone).strftime("%Y-%m-%d")
    title = slug(meeting.title)[:_SLUG_CHARACTERS].strip("-") or "hop"
    wanted = f"{title}-{day}"
    taken = set(
        connection.execute(
            select(conferences.c.id).where(conferences.c.id.startswith(wanted, autoescape=True))
        ).scalars()
    )
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return msgspec.structs.replace(meeting, id=name)


def _put(connection: Connection, meeting: Meeting, sequence: int, now: float, who: str) -> None:
    values: dict[str, Any] = {
        "uid": meeting.uid,
        "recurrence": meeting.recurrence,
        "sequence": sequence,
        "title": meeting.title,
        "starts_at": meeting.starts_at,
        "ends_at": meeting.ends_at,
        "points": json.dumps(() if meeting.all_points else meeting.points),
        "all_points": meeting.all_points,
        "platform": meeting.platform,
        "cancelled_at": meeting.cancelled_at,
    }
    made = {"source": meeting.source.value, "created_at": now, "created_by": who}
    known_start = connection.execute(
        select(conferences.c.starts_at).where(conferences.c.id == meeting.id)
    ).scalar_one_or_none()
    if known_start not in (None, meeting.starts_at):
        # What was found an hour before another moment says nothing of this one.
        connection.execute(
            delete(conference_sweeps).where(conference_sweeps.c.conference == meeting.id)
        )
    connection.execute(
        insert(conferences)
        .values(id=meeting.id, **values, **made)
        .on_conflict_do_update(index_elements=["id"], set_=values)
    )
    # Rooms may answer as long as the conference is to be held, whenever that is now.
    ends_at = now if meeting.is_cancelled else meeting.ends_at + AFTER_SECONDS
    connection.execute(
        update(room_links).where(room_links.c.conference == meeting.id).values(expires_at=ends_at)
    )
    _touch(connection)


def _by_uid(connection: Connection, uids: set[str]) -> dict[tuple[str, str], Any]:
    rows = connection.execute(
        select(conferences).where(
            conferences.c.uid.in_(uids), conferences.c.source == Source.CALENDAR.value
        )
    ).all()
    return {(row.uid, row.recurrence): row for row in rows}


def _is_same(row: Any, meeting: Meeting) -> bool:
    same = (row.title, row.starts_at, row.ends_at, row.platform, row.all_points) == (
        meeting.title,
        meeting.starts_at,
        meeting.ends_at,
        meeting.platform,
        meeting.all_points,
    )
    points = [] if meeting.all_points else list(meeting.points)
    return (
        same
        and json.loads(row.points) == points
        and (row.cancelled_at is not None) == meeting.is_cancelled
    )


def _noted(connection: Connection, now: float, action: str, meeting: Meeting, who: str) -> None:
    at = datetime.fromtimestamp(meeting.starts_at, ZoneInfo("UTC"))
    note(connection, now, action, meeting.id, f"{meeting.title}, {at:%Y-%m-%dT%H:%MZ}", who=who)


def _touch(connection: Connection) -> None:
    """Let a running collector notice."""
    connection.execute(
        update(only_row).values(conferences_version=only_row.c.conferences_version + 1)
    )
