"""Conferences from the inventory and from the database, as one list. Pure.

A row of the database with the id of the inventory's conference stands in its place: so what the
file says can be called off without editing it.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from collector.maintenance.mistakes import Mistake
from collector.readiness.records import (
    MAX_MINUTES,
    MAX_POINTS,
    MAX_TITLE,
    Asked,
    Meeting,
    Source,
)
from inventory.model import Conference, Inventory, Lifecycle, PointKind, Site
from inventory.names import search_key
from inventory.problems import near

MOST_HINTS: Final = 20
"""So many wrong names at most are compared with all others for one that may have been meant."""
_MINUTE: Final = 60.0

Names = Mapping[str, tuple[str, ...]]
"""By what points can be named, each name with its points."""


def all_points(inventory: Inventory) -> tuple[str, ...]:
    """Return every room in use, in the order of the inventory; MCUs are no rooms."""
    return tuple(
        point.id
        for site in inventory.sites.values()
        if site.lifecycle is Lifecycle.ACTIVE
        for point in site.conference_points
        if point.lifecycle is Lifecycle.ACTIVE and point.kind is not PointKind.MCU
    )


def meetings(inventory: Inventory, kept: Iterable[Meeting]) -> Mapping[str, Meeting]:
    """Return all conferences by id, by their start; whom `all_points` invites is told now."""
    found = {one.id: of_inventory(one, inventory) for one in inventory.conferences.values()}
    everyone = all_points(inventory)
    for one in kept:
        found[one.id] = _with_points(one, everyone) if one.all_points else one
    ordered = sorted(found.values(), key=lambda one: (one.starts_at, one.id))
    return {one.id: one for one in ordered}


def of_inventory(conference: Conference, inventory: Inventory) -> Meeting:
    """Return a conference of the inventory."""
    start = conference.starts_at.timestamp()
    in_use = conference.lifecycle is Lifecycle.ACTIVE
    invited = all_points(inventory) if conference.all_points else conference.points
    return Meeting(
        id=conference.id,
        title=conference.title,
        starts_at=start,
        ends_at=start + conference.duration_minutes * _MINUTE,
        points=tuple(dict.fromkeys(invited)),
        platform=conference.service or "",
        source=Source.INVENTORY,
        cancelled_at=None if in_use else 0.0,
        all_points=conference.all_points,
    )


def _with_points(one: Meeting, points: tuple[str, ...]) -> Meeting:
    return msgspec.structs.replace(one, points=points)


def resolved(
    inventory: Inventory, asked: Asked, index: Names | None = None
) -> tuple[tuple[str, ...], str, list[Mistake]]:
    """Return the points and the platform that are meant, and everything that is wrong.

    A point is named by its id, or by id or name of its site or of the unit that uses it. `index`
    is what `names_of` returns, for whoever asks often.
    """
    mistakes = [*_mistakes(asked)]
    points: list[str] = []
    known = index or names_of(inventory)
    for name in () if asked.all_points else asked.points[:MAX_POINTS]:
        found = is_named(known, name)
        if found is None:
            # A guess compares with every name: not for thousands of wrong ones.
            hint = near(name, list(known)) if len(mistakes) < MOST_HINTS else ""
            mistakes.append(Mistake("unknown_point", "points", name, hint))
        else:
            points += found
    if not asked.points and not asked.all_points:
        mistakes.append(Mistake("no_points", "points"))
    platform = _platform(inventory, asked.platform)
    if platform is None:
        mistakes.append(Mistake("unknown_platform", "platform", asked.platform))
    chosen = tuple(dict.fromkeys(points))
    return chosen, platform or "", list(dict.fromkeys(mistakes))


def _mistakes(asked: Asked) -> Iterator[Mistake]:
    if not asked.title.strip():
        yield Mistake("no_title", "title")
    if len(asked.title) > MAX_TITLE:
        yield Mistake("too_long_text", "title", str(MAX_TITLE))
    if not 0 < asked.duration_minutes <= MAX_MINUTES:
        yield Mistake("bad_duration", "duration", str(asked.duration_minutes))
    if len(asked.points) > MAX_POINTS:
        yield Mistake("too_many_points", "points", str(MAX_POINTS))


def is_named(index: Names, name: str) -> tuple[str, ...] | None:
    """Return the points of that name, None if there are none."""
    return index.get(name) or index.get(search_key(name))


def names_of(inventory: Inventory) -> Names:
    """Return by what points can be named, each name with its points."""
    found: dict[str, list[str]] = {}
    for site in inventory.sites.values():
        points = _rooms(site)
        if not points:
            continue
        for point in points:
            found.setdefault(point, []).append(point)
        units = {one.unit for one in site.assignments if one.valid_to is None}
        names = {site.id, search_key(site.name), *units}
        names |= {search_key(inventory.units[one].name) for one in units if one in inventory.units}
        for name in names:
            found.setdefault(name, []).extend(points)
    return {name: tuple(points) for name, points in found.items()}


def _rooms(site: Site) -> list[str]:
    if site.lifecycle is not Lifecycle.ACTIVE:
        return []
    return [
        point.id
        for point in site.conference_points
        if point.lifecycle is Lifecycle.ACTIVE and point.kind is not PointKind.MCU
    ]


def _platform(inventory: Inventory, name: str) -> str | None:
    """Return the service or the MCU's point of that id or name, "" for no name, None for none."""
    if not name:
        return ""
    if name in inventory.services:
        return name
    key = search_key(name)
    for service in inventory.services.values():
        if search_key(service.name) == key:
            return service.id
    for site in inventory.sites.values():
        for point in site.conference_points:
            if point.id == name and point.kind is PointKind.MCU:
                return point.id
    return None
