"""When an item is expected to work: working sessions, holidays, swapped days, planned windows.

Pure; times are Unix seconds (years 1 to 9998), days are those of the province's own zone.
"""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import msgspec

from inventory.days import Day, Days
from inventory.following import OFFICE_HOURS, Follows, Rule, people_calendar, rules_of
from inventory.model import Inventory
from inventory.worked import worked_as

_ONE_DAY = timedelta(days=1)
_LAST_DAY = date(9998, 12, 31)
"""Nobody plans beyond; a calendar that is off from now on has no further edge."""
_REMEMBERED = 4000
"""Numbers of working days that are remembered at most."""


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
    """The calendars of an inventory. Answers are remembered by day, so asking again is cheap.

    A day is decided by the first that speaks: the calendar's own `off` and `worked`; for those
    that follow VN the inventory's `changed_days`, then the package's worked and free days; then
    the weekday.
    """

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._calendars = {OFFICE_HOURS.id: OFFICE_HOURS, **inventory.calendars}
        self._rules = rules_of(inventory)
        self._days = Days(ZoneInfo(inventory.province.timezone))
        self._counts: dict[tuple[str, date, date], int] = {}
        self._constant = {
            item: constant
            for item, rule in self._rules.items.items()
            if (constant := _constant(rule)) is not None
        }
        """Items of which nothing but a window changes what is expected."""
        self._lasting: dict[str, tuple[float, float, Expectation]] = {}
        """By calendar what was said last, from when to when."""

    def expectation(self, item: str, at: float, windows: Sequence[Window] = ()) -> Expectation:
        """Return what is expected of a site, item of a site, or service.

        A machine that is known only by number is asked for by any id within its site. Of windows
        that overlap, maintenance is said.
        """
        if not windows and (constant := self._constant.get(item)) is not None:
            return constant
        rule = self._rules.of(item)
        follows = rule.follows
        if follows is Follows.NEVER:
            return Expectation.NOT_IN_USE
        calendar = rule.calendar
        if rule.is_dated and rule.site is not None:
            calendar = self._people(rule.site, self._days.at(at))
            if calendar is None:
                return Expectation.NOT_IN_USE
        if windows and (planned := _planned(item, rule.site, at, windows)) is not None:
            return planned
        if follows is Follows.ALWAYS or calendar is None:
            return Expectation.ALWAYS
        lasting = self._lasting.get(calendar)
        if lasting is None or not lasting[0] <= at < lasting[1]:
            lasting = self._lasting[calendar] = self._of_people(calendar, self._days.at(at), at)
        return lasting[2]

    def calendar_of(self, item: str, day: date) -> str | None:
        """Return the calendar that an item follows on that day; None: expected day and night.

        None also for what no calendar decides, because it is not in use on that day.
        """
        rule = self._rules.of(item)
        if rule.follows is Follows.PEOPLE and rule.is_dated and rule.site is not None:
            return self._people(rule.site, self._days.of(day))
        return rule.calendar if rule.follows in (Follows.PEOPLE, Follows.OWN) else None

    def user_calendar_of(self, site: str, day: date) -> str | None:
        """Return the calendar of a site's people; None if no unit uses the site on that day."""
        rule = self._rules.people[site]
        return self._people(site, self._days.of(day)) if rule.is_dated else rule.calendar

    def day_of(self, at: float) -> date:
        """Return the province's day at that moment."""
        return self._days.at(at).day

    def sessions(self, calendar: str, day: date) -> tuple[tuple[float, float], ...]:
        """Return the working sessions of that day, start and end of each, ascending."""
        return self._plan(calendar, self._days.of(day))[0]

    def session_at(self, calendar: str, at: float) -> tuple[float, float] | None:
        """Return the session that lasts at that moment, None between sessions."""
        for session in self._plan(calendar, self._days.at(at))[0]:
            if session[0] <= at < session[1]:
                return session
        return None

    def next_edge(self, calendar: str, after: float) -> float:
        """Return when the next session begins or ends; +inf where there are no sessions at all."""
        if not any(self._calendars[calendar].sessions.values()):
            return math.inf
        day = self._days.at(after)
        while True:
            for session in self._plan(calendar, day)[0]:
                for edge in session:
                    if edge > after:
                        return edge
            if day.day >= _LAST_DAY:
                return math.inf
            day = self._days.of(day.day + _ONE_DAY)

    def worked_days_since(self, calendar: str, since: float, at: float) -> int:
        """Return how many working days began after the day of `since` and are over at `at`.

        A working day is over when its last session is.
        """
        first, today = self._days.at(since).day, self._days.at(at)
        sessions = self._plan(calendar, today)[0]
        is_over = bool(sessions) and sessions[-1][1] <= at and today.day > first
        return self._worked_between(calendar, first, today.day) + is_over

    def _worked_between(self, calendar: str, first: date, last: date) -> int:
        """Return the working days after the first day and before the last."""
        key = (calendar, first, last)
        found = self._counts.get(key)
        if found is None:
            if len(self._counts) >= _REMEMBERED:
                self._counts.clear()
            days = range(1, (last - first).days)
            found = sum(bool(self.sessions(calendar, first + timedelta(days=n))) for n in days)
            self._counts[key] = found
        return found

    def _of_people(self, calendar: str, day: Day, at: float) -> tuple[float, float, Expectation]:
        """Return what is expected of those who follow a calendar, from when to when."""
        sessions, is_holiday = self._plan(calendar, day)
        if not sessions:
            said = Expectation.HOLIDAY if is_holiday else Expectation.DAY_OFF
            return day.start, day.end, said
        if at < sessions[0][0]:
            return day.start, sessions[0][0], Expectation.AFTER_HOURS
        ended = day.start
        for start, end in sessions:
            if at < start:
                return ended, start, Expectation.BREAK
            if at < end:
                return start, end, Expectation.WORKING
            ended = end
        return ended, day.end, Expectation.AFTER_HOURS

    def _people(self, site: str, day: Day) -> str | None:
        try:
            return day.people[site]
        except KeyError:
            found = people_calendar(self._inventory, self._inventory.sites[site], day.day)
            day.people[site] = found
            return found

    def _plan(self, calendar: str, day: Day) -> tuple[tuple[tuple[float, float], ...], bool]:
        plan = day.plans.get(calendar)
        if plan is None:
            weekday, is_holiday = worked_as(
                self._calendars[calendar], self._inventory.changed_days, day.day
            )
            plan = (self._epochs(calendar, weekday, day), is_holiday)
            day.plans[calendar] = plan
        return plan

    def _epochs(
        self, calendar: str, weekday: str | None, day: Day
    ) -> tuple[tuple[float, float], ...]:
        """Return sessions as Unix seconds; none overlaps even where clocks are put forward."""
        written = self._calendars[calendar].sessions.get(weekday, ()) if weekday else ()
        result: list[tuple[float, float]] = []
        for session in sorted(written, key=lambda one: one.start):
            start, end = self._days.moment(day, session.start), self._days.moment(day, session.end)
            start = max(start, result[-1][1]) if result else start
            if start < end:
                result.append((start, end))
        return tuple(result)


def _constant(rule: Rule) -> Expectation | None:
    if rule.follows is Follows.NEVER:
        return Expectation.NOT_IN_USE
    is_constant = rule.follows is Follows.ALWAYS and not rule.is_dated
    return Expectation.ALWAYS if is_constant else None


def _planned(
    item: str, site: str | None, at: float, windows: Sequence[Window]
) -> Expectation | None:
    """Return what the windows say that cover the item: its own, or its site's."""
    found = None
    for window in windows:
        if window.start <= at < window.end and window.item in (item, site):
            if window.expectation is Expectation.MAINTENANCE:
                return window.expectation
            found = window.expectation
    return found


def expected(schedule: Schedule, item: str, at: float, windows: Sequence[Window] = ()) -> bool:
    """Whether an item should work at that moment."""
    return schedule.expectation(item, at, windows) in EXPECTED
