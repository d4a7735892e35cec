"""Availability of a month by site, link, unit, carrier or any item. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import chain

import msgspec

from collector.verdict.outages.availability import (
    Confirmed,
    Counting,
    Figures,
    charged,
    counted,
    figures,
)
from collector.verdict.outages.expected import Month, Timetable, View
from collector.verdict.site.graph import expected_always
from collector.verdict.spans import Span
from inventory.calendar import Schedule, Window
from inventory.model import Inventory, Lifecycle, Link, Machine, Site, site_id


class By(StrEnum):
    """What the figures are about."""

    SITE = "site"
    LINK = "link"
    UNIT = "unit"
    CARRIER = "carrier"
    ITEM = "item"
    """Devices, conference points, services; machines that are designated or never rightly off."""


class Known(msgspec.Struct, frozen=True):
    """What is known of a month, up to `until` (Unix seconds).

    By item what was so and what operators said of causes, by site its windows.
    """

    spans: Mapping[str, Sequence[Span]]
    windows: Mapping[str, Sequence[Window]]
    confirmed: Mapping[str, Sequence[Confirmed]]
    until: float


class Row(msgspec.Struct, frozen=True):
    """The figures of one subject by view.

    `unit` is the unit that it was of, "" where that is not one: a site that changed hands within
    the month has a row for each. `carrier` is that of a link.
    """

    by: By
    id: str
    unit: str
    carrier: str
    views: dict[View, Figures]


def rows(inventory: Inventory, schedule: Schedule, month: Month, known: Known, by: By) -> list[Row]:
    """Return the rows of a month, in the order of the inventory."""
    count = _Counter(inventory, schedule, month, known)
    if by is By.SITE:
        return list(count.sites())
    if by is By.LINK:
        return list(count.links())
    if by is By.ITEM:
        return list(count.items())
    if by is By.UNIT:
        found = (msgspec.structs.replace(row, id=row.unit) for row in count.sites())
        return _summed(By.UNIT, (row for row in found if row.id))
    found = (msgspec.structs.replace(row, id=row.carrier, unit="") for row in count.links())
    return _summed(By.CARRIER, found)


def _summed(by: By, found: Iterator[Row]) -> list[Row]:
    sums: dict[str, Row] = {}
    for row in found:
        before = sums.get(row.id)
        views = row.views
        if before is not None:
            views = {view: before.views[view] + one for view, one in views.items()}
        carrier = row.id if by is By.CARRIER else ""
        unit = row.id if by is By.UNIT else ""
        sums[row.id] = Row(by, row.id, unit, carrier, views)
    return list(sums.values())


class _Counter:
    """Counts one month."""

    def __init__(
        self, inventory: Inventory, schedule: Schedule, month: Month, known: Known
    ) -> None:
        self._inventory = inventory
        self._known = known
        self._timetable = Timetable(inventory, schedule, month, known.until)

    def sites(self) -> Iterator[Row]:
        for site in self._active():
            times = counted(self._spans(site.id), self._known.until)
            views = {
                view: self._figures(site.id, view, times) for view in (View.USERS, View.ALWAYS)
            }
            yield from self._rows(By.SITE, site.id, "", views)

    def links(self) -> Iterator[Row]:
        for site in self._active():
            of_site = self._spans(site.id)
            for link in site.links:
                if link.lifecycle is Lifecycle.ACTIVE:
                    yield from self._link(link, site, of_site)

    def _link(self, link: Link, site: Site, of_site: Sequence[Span]) -> Iterator[Row]:
        spans, until = self._spans(link.id), self._known.until
        said = [
            *self._known.confirmed.get(link.id, ()),
            *self._known.confirmed.get(site.id, ()),
        ]
        views = {
            View.ALWAYS: self._figures(link.id, View.ALWAYS, counted(spans, until)),
            View.CARRIER: self._figures(
                link.id, View.CARRIER, charged(spans, of_site, said, until)
            ),
        }
        yield from self._rows(By.LINK, link.id, link.carrier, views)

    def items(self) -> Iterator[Row]:
        for item in self._inventory.items():
            if isinstance(item, Site | Link) or item.lifecycle is not Lifecycle.ACTIVE:
                continue
            if isinstance(item, Machine) and not self._is_kept(item):
                continue
            spans = self._spans(item.id)
            if spans:
                times = counted(spans, self._known.until)
                yield from self._rows(
                    By.ITEM, item.id, "", {View.OWN: self._figures(item.id, View.OWN, times)}
                )

    def _is_kept(self, machine: Machine) -> bool:
        """Whether its past is kept: of a PC that matters to nobody by itself it is not."""
        return machine.duty is not None or expected_always(self._inventory, machine)

    def _active(self) -> Iterator[Site]:
        for site in self._inventory.sites.values():
            if site.lifecycle is Lifecycle.ACTIVE:
                yield site

    def _spans(self, item: str) -> Sequence[Span]:
        return self._known.spans.get(item, ())

    def _figures(self, item: str, view: View, times: Sequence[Counting]) -> dict[str, Figures]:
        windows = self._known.windows.get(site_id(item), ())
        return figures(self._timetable.stretches(item, view, windows), times)

    def _rows(
        self, by: By, item: str, carrier: str, views: Mapping[View, Mapping[str, Figures]]
    ) -> Iterator[Row]:
        for unit in dict.fromkeys(chain.from_iterable(views.values())):
            of_unit = {view: found.get(unit, Figures()) for view, found in views.items()}
            yield Row(by, item, unit, carrier, of_unit)
