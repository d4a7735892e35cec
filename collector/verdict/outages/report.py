"""The availability of a month as commands and the API tell it: from the database to figures."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from collector.store import Store
from collector.store.outage_tables import outage_handling, outages
from collector.verdict.outages.availability import Confirmed, Figures
from collector.verdict.outages.closing import Adjustment, Key, adjust, close, closed
from collector.verdict.outages.expected import Month, View
from collector.verdict.outages.month import By, Known, Row, rows
from collector.verdict.outages.saved import KEPT_SECONDS, load_spans, read_cases
from govnet.errors import ConfigError
from inventory.calendar import Schedule, Window
from inventory.model import Inventory, site_id

Windows = Mapping[str, Sequence[Window]]
"""Confirmed windows by site."""
_CLOSED: Final = (By.SITE, By.LINK, By.UNIT, By.CARRIER, By.ITEM)


class FiguresTold(msgspec.Struct, frozen=True):
    """The figures of one view, with the shares made of them (0-1, None: nothing was measured).

    `figures` are those of a closed month as they were told; `adjusted` is what they are now, and
    `adjustments` say when and why, in turn. Of an open month there is neither.
    """

    figures: Figures
    availability: float | None
    measured_share: float | None
    adjusted: Figures | None = None
    adjusted_availability: float | None = None
    adjusted_measured_share: float | None = None
    adjustments: tuple[Adjustment, ...] = ()


class RowTold(msgspec.Struct, frozen=True):
    """One subject; see `Row`."""

    id: str
    name: str
    unit: str
    carrier: str
    views: dict[View, FiguresTold]


class MonthTold(msgspec.Struct, frozen=True):
    """Availability of a month; `until` is up to when it is counted (Unix seconds).

    `closed_at` None: the month is open, its figures may still change.
    """

    month: str
    by: By
    until: float
    closed_at: float | None
    closed_by: str | None
    rows: list[RowTold]


def close_month(
    store: Store, month: Month, who: str, *, inventory: Inventory, windows: Windows, now: float
) -> int:
    """Close a month that is over; return how many subjects it has. Raises ConfigError."""
    _, end = month.bounds(inventory.province.timezone)
    if now < end:
        raise ConfigError([f"{month}: expected a month that is over"])
    known = gather(store, month, inventory=inventory, windows=windows, now=now)
    if known is None:
        raise ConfigError([f"{month}: what was so then is not kept any more"])
    schedule = Schedule(inventory)
    found = [row for by in _CLOSED for row in rows(inventory, schedule, month, known, by)]
    close(store, month, found, who, now)
    return len(found)


def gather(
    store: Store,
    month: Month,
    *,
    inventory: Inventory,
    windows: Windows,
    now: float,
    items: Collection[str] | None = None,
) -> Known | None:
    """Return what is known of a month, None where that is not kept any more.

    With `items` only of these, some hundreds at most.
    """
    start, end = month.bounds(inventory.province.timezone)
    if start < now - KEPT_SECONDS:
        return None
    until = min(float(end), now)
    confirmed: dict[str, list[Confirmed]] = {}
    with store.read() as connection:
        cases = read_cases(
            connection,
            [
                outage_handling.c.cause.is_not(None),
                outages.c.is_withdrawn.is_(False),
                outages.c.started_at < end,
                outages.c.ended_at.is_(None) | (outages.c.ended_at > start),
            ],
        )
    for case in cases:
        outage = case.outage
        ended_at = until if outage.ended_at is None else outage.ended_at
        said = Confirmed(outage.started_at, ended_at, case.cause)
        confirmed.setdefault(outage.item, []).append(said)
    return Known(load_spans(store, start, until, items), windows, confirmed, until)


def tell(
    store: Store, month: Month, by: By, made: list[Row] | None, *, inventory: Inventory, now: float
) -> MonthTold:
    """Return the figures of a month: those made now, None where they cannot be made any more.

    Of a closed month those told when it was closed, with what changed since, which is noted.
    """
    zone = inventory.province.timezone
    until = min(float(month.bounds(zone)[1]), now)
    before = closed(store, month)
    if before is None:
        found = [_row(inventory, row, {}) for row in made or ()]
        return MonthTold(str(month), by, until, None, None, found)
    if made:
        before = adjust(store, month, made, zone, now)
    adjustments: dict[Key, list[Adjustment]] = {}
    for one in before.adjustments:
        adjustments.setdefault(one.key, []).append(one)
    told = [row for row in before.rows if row.by is by]
    keys = {(row.id, row.unit) for row in told}
    told += [
        msgspec.structs.replace(row, views=dict.fromkeys(row.views, Figures()))
        for row in made or ()
        if (row.id, row.unit) not in keys
    ]
    found = [_row(inventory, row, adjustments) for row in told]
    return MonthTold(str(month), by, until, before.closed_at, before.closed_by, found)


def _row(inventory: Inventory, row: Row, adjustments: Mapping[Key, list[Adjustment]]) -> RowTold:
    views = {
        view: _told(one, adjustments.get(Key(row.by, row.id, row.unit, view), []))
        for view, one in row.views.items()
    }
    return RowTold(row.id, _name(inventory, row), row.unit, row.carrier, views)


def _told(told: Figures, adjustments: Sequence[Adjustment]) -> FiguresTold:
    adjusted = adjustments[-1].figures if adjustments else None
    return FiguresTold(
        told,
        told.availability,
        told.measured_share,
        adjusted,
        adjusted.availability if adjusted is not None else None,
        adjusted.measured_share if adjusted is not None else None,
        tuple(adjustments),
    )


def _name(inventory: Inventory, row: Row) -> str:
    """Return the name of a subject, of an item that of its site; its id where it has none."""
    if row.by in {By.SITE, By.LINK, By.ITEM} and site_id(row.id) in inventory.sites:
        return inventory.sites[site_id(row.id)].name
    if row.by is By.UNIT and row.id in inventory.units:
        return inventory.units[row.id].name
    if row.by is By.CARRIER and row.id in inventory.carriers:
        return inventory.carriers[row.id].name
    return row.id
