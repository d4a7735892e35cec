"""Closed months: their figures as they were told, and every adjustment since, with its reason."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, insert, select

from collector.store import Store
from collector.store.audit import note
from collector.store.outage_tables import (
    availability_adjustments,
    closed_months,
    outage_beliefs,
    outages,
)
from collector.store.tables import audit
from collector.verdict.outages.availability import Figures
from collector.verdict.outages.expected import Month, View
from collector.verdict.outages.month import By, Row
from collector.verdict.verdicts import EvidenceNote
from govnet.errors import ConfigError

MAX_NAMED: Final = 20
"""So many outages are named as the reason of one adjustment."""


class Key(msgspec.Struct, frozen=True, array_like=True):
    """Whose figure it is."""

    by: By
    id: str
    unit: str
    view: View


class Adjustment(msgspec.Struct, frozen=True):
    """What a figure of a closed month became, when, and why."""

    key: Key
    at: float
    figures: Figures
    reason: tuple[EvidenceNote, ...]


class Closed(msgspec.Struct, frozen=True):
    """A closed month; `rows` as they were told then, `adjustments` in turn."""

    month: str
    closed_at: float
    closed_by: str
    rows: tuple[Row, ...]
    adjustments: tuple[Adjustment, ...] = ()


def close(store: Store, month: Month, rows: Sequence[Row], who: str, now: float) -> None:
    """Close a month with these figures; raises ConfigError if it is closed already."""
    with store.write() as connection:
        if _closed(connection, month) is not None:
            raise ConfigError([f"{month}: is closed already; its figures change by adjustment"])
        connection.execute(
            insert(closed_months).values(
                month=month,
                closed_at=now,
                closed_by=who,
                figures=msgspec.json.encode(rows).decode(),
            )
        )
        note(connection, now, "month closed", month, f"{len(rows)} figures", who=who)


def closed(store: Store, month: Month) -> Closed | None:
    """Return a closed month, None if it is not closed."""
    with store.read() as connection:
        return _closed(connection, month)


def adjust(store: Store, month: Month, rows: Iterable[Row], zone: str, now: float) -> Closed:
    """Note where the figures that come out now differ from those told last, and why.

    `rows` may be a part of the month's. Returns the month with all its adjustments.
    """
    with store.write() as connection:
        before = _closed(connection, month)
        if before is None:
            raise ConfigError([f"{month}: is not closed"])
        told = _told(before)
        made = [
            Key(row.by, row.id, row.unit, view)
            for row in rows
            for view, one in row.views.items()
            if told.get(Key(row.by, row.id, row.unit, view), Figures()) != one
        ]
        if not made:
            return before
        changed = {
            Key(row.by, row.id, row.unit, view): one
            for row in rows
            for view, one in row.views.items()
        }
        since = max([before.closed_at, *(one.at for one in before.adjustments)])
        reason = _reason(connection, month.bounds(zone), since)
        new = tuple(Adjustment(key, now, changed[key], reason) for key in made)
        connection.execute(
            insert(availability_adjustments),
            [
                {
                    "month": month,
                    "key": msgspec.json.encode(one.key).decode(),
                    "at": one.at,
                    "reason": msgspec.json.encode(one.reason).decode(),
                    "figures": msgspec.json.encode(one.figures).decode(),
                }
                for one in new
            ],
        )
    return msgspec.structs.replace(before, adjustments=(*before.adjustments, *new))


def _told(month: Closed) -> dict[Key, Figures]:
    """Return the figures that were told last."""
    told = {
        Key(row.by, row.id, row.unit, view): one
        for row in month.rows
        for view, one in row.views.items()
    }
    told.update({one.key: one.figures for one in month.adjustments})
    return told


def _reason(
    connection: Connection, bounds: tuple[int, int], since: float
) -> tuple[EvidenceNote, ...]:
    """Return what changed since then about outages of that time; else it was the inventory."""
    start, end = bounds
    in_month = (outages.c.started_at < end) & (
        outages.c.ended_at.is_(None) | (outages.c.ended_at > start)
    )
    corrected = connection.execute(
        select(outages.c.number)
        .where(
            in_month,
            outages.c.number.in_(
                select(outage_beliefs.c.number).where(outage_beliefs.c.believed_at > since)
            ),
        )
        .order_by(outages.c.number)
    ).scalars()
    said = connection.execute(
        select(audit.c.subject).where(audit.c.at > since, audit.c.action == "outage cause")
    ).scalars()
    confirmed = connection.execute(
        select(outages.c.number)
        .where(in_month, outages.c.number.in_([int(one) for one in said]))
        .order_by(outages.c.number)
    ).scalars()
    found = [
        EvidenceNote(code, (_named(numbers),))
        for code, numbers in (
            ("outages_corrected", list(corrected)),
            ("causes_confirmed", list(confirmed)),
        )
        if numbers
    ]
    return tuple(found) or (EvidenceNote("inventory_changed"),)


def _named(numbers: Sequence[int]) -> str:
    named = ", ".join(map(str, numbers[:MAX_NAMED]))
    return named if len(numbers) <= MAX_NAMED else f"{named}, …"


def _closed(connection: Connection, month: Month) -> Closed | None:
    row = connection.execute(
        select(closed_months).where(closed_months.c.month == str(month))
    ).one_or_none()
    if row is None:
        return None
    adjustments = connection.execute(
        select(availability_adjustments)
        .where(availability_adjustments.c.month == str(month))
        .order_by(availability_adjustments.c.id)
    )
    return Closed(
        row.month,
        row.closed_at,
        row.closed_by,
        msgspec.json.decode(row.figures, type=tuple[Row, ...]),
        tuple(
            Adjustment(
                msgspec.json.decode(one.key, type=Key),
                one.at,
                msgspec.json.decode(one.figures, type=Figures),
                msgspec.json.decode(one.reason, type=tuple[EvidenceNote, ...]),
            )
            for one in adjustments
        ),
    )
