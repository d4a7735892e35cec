"""Periods, working sessions and calendars: forwards, not empty, not overlapping.

Works on located data, so that one wrong field hides no other mistake.
"""

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import TypeGuard

from inventory.doubt import may_lack
from inventory.located import Map, Seq
from inventory.model import WEEKDAYS, ChangedDay
from inventory.problems import Problems, near, one_of, quoted
from inventory.profiles import maps_of

HOLIDAYS = ("VN",)
"""Sets of public holidays that the calendars know."""


def check_assignments(site: Map, problems: Problems) -> None:
    """Report a site with no assignment, and periods of units that are empty or overlap."""
    assignments = site.get("assignments")
    if isinstance(assignments, Seq) and not assignments:
        problems.add(site.value_spot("assignments"), "a unit that uses the site", "none")
    _check_periods(list(maps_of(site, "assignments")), problems)


def check_versions(unit: Map, problems: Problems) -> None:
    """Report versions of a unit that are empty, overlap, or reach into today's version."""
    versions = list(maps_of(unit, "versions"))
    today_from = _day(unit, "valid_from")
    for version in versions:
        if version.get("valid_to") is None:
            spot = version.spot().field("valid_to")
            problems.add(spot, "the day on which this former version ended", "nothing")
        ended = _day(version, "valid_to")
        if ended is not None and today_from is not None and ended > today_from:
            expected = f"an end up to {today_from}, when today's version began"
            problems.add(version.value_spot("valid_to"), expected, str(ended))
    _check_periods(versions, problems)


def check_calendar(calendar: Map, problems: Problems) -> None:
    """Report unknown weekdays and holidays, sessions that are empty, backward or overlap."""
    sessions = calendar.get("sessions")
    if isinstance(sessions, Map):
        for weekday in sessions:
            if weekday not in WEEKDAYS:
                spot = sessions.key_spot(weekday)
                problems.add(spot, one_of(WEEKDAYS), quoted(weekday), near(weekday, WEEKDAYS))
            _check_sessions(list(maps_of(sessions, weekday)), problems)
    _check_worked(calendar, problems)
    holidays = calendar.get("holidays")
    if isinstance(holidays, str) and holidays not in HOLIDAYS:
        hint = near(holidays, HOLIDAYS)
        problems.add(calendar.value_spot("holidays"), one_of(HOLIDAYS), quoted(holidays), hint)


def check_changed_day(changed: Map, problems: Problems) -> None:
    """Report a day that is neither off nor worked, or both."""
    is_off, weekday = changed.get("off") is True, changed.get("worked_as")
    if is_off and weekday is not None:
        problems.add(
            changed.key_spot("worked_as").field("worked_as"), "a day either worked or off", "both"
        )
    elif (
        changed.get("off") in {None, False}
        and weekday is None
        and not may_lack(changed, ChangedDay)
    ):
        problems.add(changed.spot(), "off: true or a weekday as worked_as", "neither")


def _check_worked(calendar: Map, problems: Problems) -> None:
    worked = calendar.get("worked")
    off = calendar.get("off")
    for day in worked if isinstance(worked, Map) else ():
        if not isinstance(worked, Map):
            continue
        if _as_day(day) is None:
            problems.add(worked.key_spot(day), "a date like 2026-05-04", quoted(day))
        elif isinstance(off, Seq) and day in off:
            problems.add(worked.key_spot(day), "a day either worked or off", f"{day} as both")
        weekday = worked[day]
        if isinstance(weekday, str) and weekday not in WEEKDAYS:
            hint = near(weekday, WEEKDAYS)
            problems.add(worked.value_spot(day), one_of(WEEKDAYS), quoted(weekday), hint)


def _check_sessions(sessions: Sequence[Map], problems: Problems) -> None:
    """Report sessions of one day that end before they start, or overlap."""
    good: list[Map] = []
    for session in sessions:
        start, end = session.get("start"), session.get("end")
        if not _is_time(start) or not _is_time(end):
            continue
        if end <= start:
            problems.add(session.value_spot("end"), f"an end after {start}", quoted(end))
        else:
            good.append(session)
    good.sort(key=lambda one: str(one["start"]))
    for earlier, later in pairwise(good):
        if later["start"] < earlier["end"]:
            expected = f"a start from {earlier['end']}, when the session before ends"
            problems.add(later.value_spot("start"), expected, quoted(later["start"]))


def _is_time(value: object) -> TypeGuard[str]:
    """Return whether a value is HH:MM, which sorts as text."""
    return isinstance(value, str) and re.fullmatch(r"[0-9]{2}:[0-9]{2}", value) is not None


def _check_periods(periods: Sequence[Map], problems: Problems) -> None:
    """Report periods that are empty or backward, and those that overlap the one before."""
    good: list[tuple[date, date, Map]] = []
    for period in periods:
        start = _day(period, "valid_from") or date.min
        end = _day(period, "valid_to") or date.max
        if end <= start:
            problems.add(period.value_spot("valid_to"), f"a day after {start}", str(end))
        else:
            good.append((start, end, period))
    good.sort(key=lambda one: one[:2])
    for (_, ended, earlier), (started, _, later) in pairwise(good):
        if started < ended:
            line = earlier.spot().place.line
            until = "has no valid_to" if ended == date.max else f"ends {ended}"
            got = "an open beginning" if started == date.min else str(started)
            expected = f"a valid_from after the period in line {line}, which {until}"
            problems.add(later.value_spot("valid_from"), expected, got)


def _day(holder: Map, key: str) -> date | None:
    value = holder.get(key)
    return _as_day(value) if isinstance(value, str) else None


def _as_day(text: str) -> date | None:
    """Return the date of an ISO text, None for anything else (`explain` says so)."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
