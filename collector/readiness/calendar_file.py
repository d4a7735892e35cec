"""Conferences from a calendar file (iCalendar, RFC 5545). Pure.

Of every event its title, time, duration, whom it invites and where it is held are taken. Attendees
and the place are looked for among the points by name or id; who is none of ours is left out.
Recurring events are spread out by the library `recurring-ical-events`; what that does not know is
refused with its own words.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from math import prod
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import msgspec

from collector.maintenance.mistakes import Mistake, MistakesError
from collector.readiness.changes import Entry
from collector.readiness.meetings import Names, is_named, names_of, resolved
from collector.readiness.records import Asked, Meeting, Source
from inventory.model import Inventory

if TYPE_CHECKING:
    import icalendar

HORIZON_SECONDS: Final = 62 * 86_400.0
"""So far ahead recurring events are entered; import the calendar again before that is over."""
BEFORE_SECONDS: Final = 86_400.0
MAX_BYTES: Final = 2 * 2**20
MAX_EVENTS: Final = 1_000
_DEFAULT_MINUTES: Final = 60
_DAYS_APART: Final = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}
"""How far apart occurrences are at least by these rules, without lists of days."""
MAX_TIMES_A_DAY: Final = 24
MAX_SPREAD: Final = 200_000
"""So many occurrences are counted off at most, from the first one of each event on: a second."""
_USED: Final = frozenset(
    {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "SEQUENCE"}
)
_FIELD: Final = "calendar"


class Defaults(msgspec.Struct, frozen=True):
    """What counts for events that do not say it themselves."""

    points: tuple[str, ...] = ()
    all_points: bool = False
    platform: str = ""


def read_calendar(
    content: bytes, inventory: Inventory, now: float, defaults: Defaults | None = None
) -> list[Entry]:
    """Return the conferences of a calendar from yesterday up to the horizon.

    Raises MistakesError with everything that is wrong, each with the event's title.
    """
    zone = ZoneInfo(inventory.province.timezone)
    calendar = _parsed(content)
    is_cancelled = str(calendar.get("METHOD", "")).upper() == "CANCEL"
    recurring = {
        str(event.get("UID", ""))
        for event in calendar.walk("VEVENT")
        if "RRULE" in event or "RDATE" in event or "RECURRENCE-ID" in event
    }
    entries: list[Entry] = []
    mistakes = list(_unusable(calendar, now))
    if mistakes:
        raise MistakesError(mistakes)
    index = names_of(inventory)
    for event in _occurrences(calendar, now):
        if len(entries) >= MAX_EVENTS:
            mistakes.append(Mistake("bad_calendar", _FIELD, f"more than {MAX_EVENTS} events"))
            break
        made = _entry(
            event,
            inventory,
            index,
            zone=zone,
            defaults=defaults or Defaults(),
            recurring=recurring,
        )
        if isinstance(made, Entry):
            called_off = is_cancelled or str(event.get("STATUS", "")).upper() == "CANCELLED"
            entries.append(_called_off(made, now) if called_off else made)
        else:
            mistakes += made
    if mistakes:
        raise MistakesError(dict.fromkeys(mistakes))
    return entries


def _parsed(content: bytes) -> "icalendar.Component":
    import icalendar  # noqa: PLC0415 - 7 MB that only who takes in a calendar needs

    if len(content) > MAX_BYTES:
        raise MistakesError([Mistake("bad_calendar", _FIELD, f"larger than {MAX_BYTES} bytes")])
    try:
        calendar = icalendar.Calendar.from_ical(content)
    except (ValueError, IndexError, KeyError, TypeError) as exc:
        raise MistakesError([Mistake("bad_calendar", _FIELD, f"no iCalendar file: {exc}")]) from exc
    if not isinstance(calendar, icalendar.Component):
        raise MistakesError([Mistake("bad_calendar", _FIELD, "no iCalendar file")])
    return calendar


def _unusable(calendar: "icalendar.Component", now: float) -> Iterator[Mistake]:
    """Yield the events that cannot be read, or whose recurrence would never come to an end.

    The library counts a rule off one by one from the event's first day, and keeps what it finds:
    a rule of a hundred bytes can fill the memory, or find nothing for ever.
    """
    last, spread = datetime.fromtimestamp(now + HORIZON_SECONDS, UTC).date(), 0.0
    for event in calendar.walk("VEVENT"):
        title = str(event.get("SUMMARY", "event"))
        broken = [f"{name}: {why}" for name, why in event.errors if name in _USED]
        if broken:
            yield Mistake("bad_calendar", _FIELD, f"{title}: {'; '.join(broken)}")
            continue
        given, first = event.get("RRULE", []), getattr(event.get("DTSTART"), "dt", last)
        days = max((last - (first.date() if isinstance(first, datetime) else first)).days, 1)
        for rule in given if isinstance(given, list) else [given]:
            if wrong := _wrong(rule):
                yield Mistake("bad_calendar", _FIELD, f"{title}: {wrong}")
            else:
                spread += _spread(rule, days)
    if spread > MAX_SPREAD:
        what = f"recurring events have more than {MAX_SPREAD} occurrences since they began"
        yield Mistake("bad_calendar", _FIELD, what)


def _wrong(rule: "icalendar.vRecur") -> str:
    """Return why a rule is none of a conference, empty if it can be one."""
    often = {str(word).upper() for word in rule.get("FREQ", [])}
    if len(often) != 1 or not often <= _DAYS_APART.keys():
        return f"expected DAILY or less often, got FREQ={', '.join(sorted(often))}"
    if not all(isinstance(one, int) and one > 0 for one in rule.get("INTERVAL", [1])):
        return "INTERVAL: expected 1 or more"
    if _times_a_day(rule) > MAX_TIMES_A_DAY:
        return f"expected at most {MAX_TIMES_A_DAY} times a day"
    return ""


def _times_a_day(rule: "icalendar.vRecur") -> int:
    return prod(max(len(rule.get(name, [])), 1) for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))


def _spread(rule: "icalendar.vRecur", days: int) -> float:
    """Return how often a rule holds at most within so many days."""
    has_days = any(name in rule for name in ("BYDAY", "BYMONTHDAY", "BYYEARDAY"))
    apart = 1 if has_days else _DAYS_APART[str(rule["FREQ"][0]).upper()]
    found = days / apart * _times_a_day(rule)
    return min(found, *rule["COUNT"]) if rule.get("COUNT") else found


def _occurrences(calendar: Any, now: float) -> Iterable[Any]:
    import recurring_ical_events  # noqa: PLC0415 - as icalendar

    start = datetime.fromtimestamp(now - BEFORE_SECONDS, UTC)
    end = datetime.fromtimestamp(now + HORIZON_SECONDS, UTC)
    try:
        found = recurring_ical_events.of(calendar).between(start, end)
    except (ValueError, TypeError, OverflowError) as exc:
        raise MistakesError([Mistake("bad_calendar", _FIELD, f"a recurrence: {exc}")]) from exc
    return sorted(found, key=lambda event: (str(event.get("UID", "")), _key(event)))


def _key(event: Any) -> str:
    """Return what tells the occurrences of one event apart: when it was to be at first."""
    given = event.get("RECURRENCE-ID", event.get("DTSTART"))
    value = getattr(given, "dt", None)
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo is not None else value
        return moment.strftime("%Y%m%dT%H%M%S")
    return str(value)


def _entry(
    event: Any,
    inventory: Inventory,
    index: Names,
    *,
    zone: ZoneInfo,
    defaults: Defaults,
    recurring: set[str],
) -> Entry | list[Mistake]:
    title = str(event.get("SUMMARY", "")).strip()
    uid = str(event.get("UID", ""))
    start = getattr(event.get("DTSTART"), "dt", None)
    if not uid or not isinstance(start, datetime):
        what = "without UID" if not uid else "without a time of day"
        return [Mistake("bad_calendar", _FIELD, f"{title or 'event'}: {what}")]
    begins = start.replace(tzinfo=zone) if start.tzinfo is None else start
    minutes = _minutes(event, start)
    named = tuple(name for name in _invited(event) if name and is_named(index, name))
    everyone = defaults.all_points and not named
    asked = Asked(
        title=title,
        starts_at=begins.timestamp(),
        duration_minutes=minutes,
        points=named or defaults.points,
        all_points=everyone,
        platform=defaults.platform,
    )
    points, platform, mistakes = resolved(inventory, asked, index)
    if mistakes:
        return [
            msgspec.structs.replace(one, field=f"{title or uid}: {one.field}") for one in mistakes
        ]
    meeting = Meeting(
        id="",
        title=title,
        starts_at=asked.starts_at,
        ends_at=asked.starts_at + minutes * 60.0,
        points=points,
        platform=platform,
        source=Source.CALENDAR,
        uid=uid,
        recurrence=_key(event) if uid in recurring else "",
        all_points=everyone,
    )
    return Entry(meeting, int(event.get("SEQUENCE", 0)))


def _minutes(event: Any, start: datetime) -> int:
    end = getattr(event.get("DTEND"), "dt", None)
    length = getattr(event.get("DURATION"), "dt", None)
    if isinstance(end, datetime):
        try:
            length = end - start
        except TypeError:  # One has a zone, the other has none.
            length = end.replace(tzinfo=None) - start.replace(tzinfo=None)
    # The library gives an event without an end that of its start.
    if not isinstance(length, timedelta) or length == timedelta(0):
        return _DEFAULT_MINUTES
    return round(length.total_seconds() / 60)


def _invited(event: Any) -> Iterator[str]:
    """Yield the names of attendees, and the places, which stand apart by semicolons."""
    attendees = event.get("ATTENDEE", [])
    for attendee in attendees if isinstance(attendees, list) else [attendees]:
        yield str(attendee.params.get("CN", "")) or str(attendee).removeprefix("mailto:")
    yield from (part.strip() for part in str(event.get("LOCATION", "")).split(";"))


def _called_off(entry: Entry, now: float) -> Entry:
    return Entry(msgspec.structs.replace(entry.meeting, cancelled_at=now), entry.sequence)
