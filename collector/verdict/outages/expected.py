"""The time of a month in which something was expected, cut where that or its unit changes. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from collector.verdict.outages.availability import Stretch
from govnet.errors import ConfigError
from inventory.calendar import EXPECTED, Expectation, Schedule, Window
from inventory.model import Inventory, Site, site_id

_ONE_DAY = timedelta(days=1)


class View(StrEnum):
    """Whose availability it is."""

    USERS = "users"
    """A site in the working sessions of its people."""
    ALWAYS = "always"
    """A site or link, day and night."""
    CARRIER = "carrier"
    """A link, day and night, as far as its carrier has to answer for it."""
    OWN = "own"
    """Any other item, whenever it is expected."""


class Month(str):
    """A month like 2026-11 of the province's own zone."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> "Month":
        """Read a month; raises ConfigError."""
        try:
            first = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
        except ValueError:
            first = None
        if first is None or text != first.strftime("%Y-%m"):
            raise ConfigError([f"month: expected a month like 2026-11, got {text!r}"])
        return cls(text)

    @classmethod
    def at(cls, moment: float, zone: str) -> "Month":
        """Return the month of that moment."""
        return cls(datetime.fromtimestamp(moment, ZoneInfo(zone)).strftime("%Y-%m"))

    def days(self) -> Iterator[date]:
        """Yield its days."""
        day = date.fromisoformat(f"{self}-01")
        month = day.month
        while day.month == month:
            yield day
            day += _ONE_DAY

    def before(self) -> "Month":
        """Return the month before it."""
        return Month((next(self.days()) - _ONE_DAY).strftime("%Y-%m"))

    def bounds(self, zone: str) -> tuple[int, int]:
        """Return when it begins and ends (Unix seconds)."""
        *_, last = self.days()
        first = next(self.days())
        return _midnight(first, zone), _midnight(last + _ONE_DAY, zone)


class Timetable:
    """When everything was expected in a month, up to `until`.

    Nearly all items share the few courses of a month that there are: those are made once.
    """

    def __init__(
        self, inventory: Inventory, schedule: Schedule, month: Month, until: float
    ) -> None:
        zone = inventory.province.timezone
        self._inventory = inventory
        self._schedule = schedule
        self._days = [
            (day, start, min(_midnight(day + _ONE_DAY, zone), int(until)))
            for day in month.days()
            if (start := _midnight(day, zone)) < int(until)
        ]
        self._made: dict[tuple[object, ...], list[Stretch]] = {}

    def stretches(self, item: str, view: View, windows: Sequence[Window] = ()) -> list[Stretch]:
        """Return the time of an item without gaps, joined where nothing changes."""
        if not self._days:
            return []
        site = self._inventory.sites.get(site_id(item))
        first, last = self._days[0][1], self._days[-1][2]
        windows = [one for one in windows if one.start < last and one.end > first]
        if windows:
            return self._course(item, view, site, windows)
        key = self._key(item, view, site)
        if key not in self._made:
            self._made[key] = self._course(item, view, site, ())
        return self._made[key]

    def _key(self, item: str, view: View, site: Site | None) -> tuple[object, ...]:
        """Return what decides everything of an item without windows.

        As long as its unit is the same, its calendar is, and whether it is in use.
        """
        changes = {self._days[0][0]}
        for assignment in site.assignments if site is not None else ():
            changes |= {assignment.valid_from, assignment.valid_to} - {None}  # type: ignore[arg-type]
        return (
            view,
            *(
                (
                    day,
                    site.unit_on(day) if site is not None else None,
                    self._calendar(item, view, day),
                    self._schedule.expectation(item, start) is Expectation.NOT_IN_USE,
                )
                for day, start, _ in self._days
                if day in changes
            ),
        )

    def _course(
        self, item: str, view: View, site: Site | None, windows: Sequence[Window]
    ) -> list[Stretch]:
        found: list[Stretch] = []
        for day, start, end in self._days:
            unit = (site.unit_on(day) or "") if site is not None else ""
            calendar = self._calendar(item, view, day)
            sessions = self._schedule.sessions(calendar, day) if calendar is not None else ()
            for begin, stop in _pieces(start, end, sessions, windows):
                is_expected = self._schedule.expectation(item, begin, windows) in EXPECTED
                if view is View.USERS:
                    is_expected = is_expected and _is_within(sessions, begin)
                _append(found, Stretch(begin, stop, is_expected, unit))
        return found

    def _calendar(self, item: str, view: View, day: date) -> str | None:
        if view is View.USERS:
            return self._schedule.user_calendar_of(item, day)
        return self._schedule.calendar_of(item, day)


def _pieces(
    start: int,
    end: int,
    sessions: Sequence[tuple[float, float]],
    windows: Sequence[Window],
) -> Iterator[tuple[int, int]]:
    """Yield a day cut at every edge, in whole seconds."""
    edges = {start, end}
    edges |= {round(edge) for session in sessions for edge in session}
    edges |= {round(edge) for window in windows for edge in (window.start, window.end)}
    inside = sorted(edge for edge in edges if start <= edge <= end)
    yield from pairwise(inside)


def _is_within(sessions: Sequence[tuple[float, float]], at: int) -> bool:
    return any(round(start) <= at < round(end) for start, end in sessions)


def _append(found: list[Stretch], stretch: Stretch) -> None:
    last = found[-1] if found else None
    if last and last.is_expected == stretch.is_expected and last.unit == stretch.unit:
        found[-1] = Stretch(last.start, stretch.end, last.is_expected, last.unit)
    else:
        found.append(stretch)


def _midnight(day: date, zone: str) -> int:
    return round(datetime.combine(day, time(), ZoneInfo(zone)).timestamp())
