"""Times as scenarios write them: the province's own, by day and hour."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_TIME = re.compile(r"(?:\+(\d+)d )?([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
EXPECTED = 'a time like "10:00" or "+1d 07:15:30" (days after the start)'


def start_of(text: str) -> datetime:
    """Read a start like "2026-11-30 07:00". Raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


def is_time(text: str) -> bool:
    """Whether a text is a time of a scenario."""
    return _TIME.fullmatch(text) is not None


def at(start: datetime, text: str) -> float:
    """Return a time of a scenario that starts then, as Unix seconds. Raises ValueError."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"expected {EXPECTED}, found {text!r}")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    day = start.date() + timedelta(days=days)
    moment = datetime(day.year, day.month, day.day, hours, minutes, seconds, tzinfo=ZONE)
    return moment.timestamp()


def moment_of(at: float) -> datetime:
    """Return a moment in the province's own time."""
    return datetime.fromtimestamp(at, ZONE)


def text_of(at: float, day_of_start: date) -> str:
    """Return Unix seconds as scenarios write them."""
    moment = moment_of(at)
    days = (moment.date() - day_of_start).days
    return f"{f'+{days}d ' if days else ''}{moment:%H:%M:%S}"
