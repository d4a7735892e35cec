"""What verdicts get of the book: confirmed windows only, by site. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final

from collector.maintenance.records import Entry, Kind, State
from inventory.calendar import Expectation, Window
from inventory.model import site_id

Windows = Mapping[str, tuple[Window, ...]]
"""Site (a service is its own) -> its windows and those of its items, by their start."""

_COUNTS: Final = frozenset({State.CONFIRMED, State.ENDED})
_EXPECTATION: Final = {
    Kind.MAINTENANCE: Expectation.MAINTENANCE,
    Kind.POWER_CUT: Expectation.POWER_CUT,
}


def windows_of(entries: Iterable[Entry]) -> Windows:
    """Return the windows of the entries that somebody confirmed.

    What was ended before its time counts up to then; what never began does not count.
    """
    found: dict[str, list[Window]] = {}
    for entry in entries:
        if entry.state in _COUNTS and entry.item and entry.start < entry.end:
            window = Window(entry.item, entry.start, entry.end, _EXPECTATION[entry.kind])
            found.setdefault(site_id(entry.item), []).append(window)
    return {
        site: tuple(sorted(windows, key=lambda one: (one.start, one.end, one.item)))
        for site, windows in found.items()
    }
