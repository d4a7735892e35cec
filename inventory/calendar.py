"""When an item is expected to work: working sessions, holidays, swapped days, planned windows.

Pure; times are Unix seconds, days are those of the province's own zone.
"""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

import msgspec

from inventory.model import Inventory


class Expectation(StrEnum):
    """What is expected of an item at a moment; of every moment exactly one holds."""

    ALWAYS = "always"
    """Day and night: routers, switches, servers, links."""
    WORKING = "working"
    """Within a session of its calendar."""
    BREAK = "break"
    """Between two sessions of the same day."""
    AFTER_HOURS = "after_hours"
    """Before the first or after the last session of a working day."""
    DAY_OFF = "day_off"
    """A day without sessions."""
    HOLIDAY = "holiday"
    """A public holiday, or a day off by decision."""
    MAINTENANCE = "maintenance"
    """Within a confirmed window of planned work."""
    POWER_CUT = "power_cut"
    """Within an announced power cut that was confirmed for its site."""
    NOT_IN_USE = "not_in_use"
    """Planned, retired, exempt, or of no unit on that day."""


EXPECTED = frozenset({Expectation.ALWAYS, Expectation.WORKING})


class Window(msgspec.Struct, frozen=True):
    """Planned work or an announced power cut that was confirmed, from `start` up to `end`.

    `item` is a site (with everything in it) or one item of it.
    """

    item: str
    start: float
    end: float
    expectation: Expectation


class Schedule:
    """The calendars of an inventory."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory

    def expectation(self, item: str, at: float, windows: Sequence[Window] = ()) -> Expectation:
        """Return what is expected of a site, item of a site, or service."""
        raise NotImplementedError

    def calendar_of(self, item: str, day: date) -> str | None:
        """Return the calendar that an item follows on that day; None: expected day and night."""
        raise NotImplementedError

    def sessions(self, calendar: str, day: date) -> tuple[tuple[float, float], ...]:
        """Return the working sessions of that day, start and end of each, ascending."""
        raise NotImplementedError

    def session_at(self, calendar: str, at: float) -> tuple[float, float] | None:
        """Return the session that lasts at that moment, None between sessions."""
        raise NotImplementedError

    def next_edge(self, calendar: str, after: float) -> float:
        """Return when the next session begins or ends; +inf where there are no sessions at all."""
        raise NotImplementedError

    def worked_days_since(self, calendar: str, since: float, at: float) -> int:
        """Return how many working days began after the day of `since` and are over at `at`."""
        raise NotImplementedError


def expected(schedule: Schedule, item: str, at: float, windows: Sequence[Window] = ()) -> bool:
    """Whether an item should work at that moment."""
    return schedule.expectation(item, at, windows) in EXPECTED
