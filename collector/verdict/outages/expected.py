"""The time of a month in which something was expected, cut where that or its unit changes. Pure."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from collector.verdict.outages.availability import Stretch
from govnet.errors import ConfigError
from inventory.calendar import EXPECTED, Schedule, Window
from inventory.model import Inventory, site_id

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


def stretches(
    inventory: Inventory,
    schedule: Schedule,
    item: str,
    view: View,
    month: Month,
    *,
    until: float,
    windows: Sequence[Window] = (),
) -> list[Stretch]:
    """Return a month of an item without gaps, up to `until`, joined where nothing changes."""
    zone = inventory.province.timezone
    site = inventory.sites.get(site_id(item))
    found: list[Stretch] = []
    for day in month.days():
        start, end = _midnight(day, zone), _midnight(day + _ONE_DAY, zone)
        end = min(end, int(until))
        if end <= start:
            break
        unit = (site.unit_on(day) or "") if site is not None else ""
        sessions = _sessions(schedule, item, view, day)
        for begin, stop in _pieces(start, end, sessions or (), windows):
            is_expected = schedule.expectation(item, begin, windows) in EXPECTED
            if view is View.USERS:
                is_expected = is_expected and _is_within(sessions or (), begin)
            _append(found, Stretch(begin, stop, is_expected, unit))
    return found


def _sessions(
    schedule: Schedule, item: str, view: View, day: date
) -> tuple[tuple[float, float], ...] | None:
    if view is View.USERS:
        users = getattr(schedule, "user_calendar_of", schedule.calendar_of)
        calendar = users(item, day)
    else:
        calendar = schedule.calendar_of(item, day)
    return None if calendar is None else schedule.sessions(calendar, day)


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
