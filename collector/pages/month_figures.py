"""Availability of the present month for the pages: counted beside the loop, kept for minutes.

A month of a whole province costs a second or more, so it is counted for one page at a time and
shown with the time up to which it is counted.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

import msgspec

from collector.maintenance.records import Book
from collector.maintenance.windows import windows_of
from collector.store.worker import StoreWorker
from collector.verdict.outages.availability import Figures
from collector.verdict.outages.expected import Month, View
from collector.verdict.outages.month import By, Known, Row, rows
from collector.verdict.outages.report import gather
from inventory.calendar import Schedule
from inventory.model import Inventory

KEPT_SECONDS: Final = 300.0
MOST_ITEMS: Final = 200
"""Of more items than that everything is read at once: that costs less."""
MOST_KEPT: Final = 500
"""So many answers are kept at most."""

Views = Mapping[View, Figures]


class Counted(msgspec.Struct, frozen=True):
    """The figures of a month by id, counted up to `until` (Unix seconds)."""

    until: float
    figures: Mapping[str, Views] = {}

    def total(self) -> Views:
        """Return the sums of all of them by view."""
        return _summed(self.figures.values())


class MonthFigures:
    """Counts and keeps; `inventory`, `book` and `wall` return what is so at this moment."""

    def __init__(
        self,
        worker: StoreWorker,
        inventory: Callable[[], Inventory],
        book: Callable[[], Book],
        wall: Callable[[], float],
    ) -> None:
        self._worker = worker
        self._inventory = inventory
        self._book = book
        self._wall = wall
        self._lock = asyncio.Lock()
        self._of: Inventory | None = None
        self._kept: dict[str, Counted] = {}

    async def links(self) -> Counted:
        """Return the figures of every line of the province."""
        return await self._counted("", None, By.LINK)

    async def sites(self, unit: str, sites: Collection[str]) -> Counted:
        """Return the figures of these sites, which are those of a unit (its id)."""
        return await self._counted(unit, sites, By.SITE)

    async def _counted(self, key: str, sites: Collection[str] | None, by: By) -> Counted:
        async with self._lock:
            now, inventory = self._wall(), self._inventory()
            if inventory is not self._of or len(self._kept) >= MOST_KEPT:
                self._of, self._kept = inventory, {}
            known = self._kept.get(key)
            if known is None or not 0 <= now - known.until < KEPT_SECONDS:
                known = self._kept[key] = await self._count(inventory, sites, by, now)
            return known

    async def _count(
        self, inventory: Inventory, sites: Collection[str] | None, by: By, now: float
    ) -> Counted:
        month = Month.at(now, inventory.province.timezone)
        few = sites if sites is not None and len(sites) <= MOST_ITEMS else None
        known = await self._worker.run(
            gather,
            month,
            inventory=inventory,
            windows=windows_of(self._book().entries),
            now=now,
            items=few,
        )
        if known is None:
            return Counted(now)
        return await asyncio.to_thread(_figures, inventory, sites, month, known, by)


def _figures(
    inventory: Inventory, sites: Collection[str] | None, month: Month, known: Known, by: By
) -> Counted:
    if sites is not None:
        part = {site: one for site, one in inventory.sites.items() if site in sites}
        inventory = msgspec.structs.replace(inventory, sites=part)
    by_id: dict[str, list[Row]] = {}
    for row in rows(inventory, Schedule(inventory), month, known, by):
        by_id.setdefault(row.id, []).append(row)
    summed = {one: _summed(row.views for row in of_one) for one, of_one in by_id.items()}
    return Counted(known.until, summed)


def _summed(found: Iterable[Views]) -> Views:
    sums: dict[View, Figures] = {}
    for views in found:
        for view, one in views.items():
            sums[view] = sums.get(view, Figures()) + one
    return sums
