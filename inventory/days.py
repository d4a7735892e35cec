"""The days of a time zone as Unix seconds, and what is remembered about each. Pure."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

END_OF_DAY = "24:00"
_DAY_SECONDS = 86_400
_ONE_DAY = timedelta(days=1)
_REMEMBERED = 4000
"""Days that are remembered at most, some ten years."""


class Day(msgspec.Struct):
    """One local day from `start` up to `end` (Unix seconds), and what was asked about it so far."""

    day: date
    start: float
    end: float
    people: dict[str, str | None]
    """Site whose unit changes -> the calendar of its people; None if no unit uses the site."""
    plans: dict[str, tuple[tuple[tuple[float, float], ...], bool]]
    """Calendar -> its sessions, and whether the day is off by law or decision."""


class Days:
    """The days of one time zone, each made when it is first asked for."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._days: dict[date, Day] = {}
        self._around: dict[int, tuple[Day, ...]] = {}

    def of(self, day: date) -> Day:
        """Return a day of the calendar."""
        found = self._days.get(day)
        if found is None:
            if len(self._days) >= _REMEMBERED:
                self._days.clear()
            start, end = (
                datetime.combine(one, time(), self._zone).timestamp()
                for one in (day, day + _ONE_DAY)
            )
            found = self._days[day] = Day(day, start, end, {}, {})
        return found

    def at(self, moment: float) -> Day:
        """Return the day of a moment (Unix seconds)."""
        number = int(moment // _DAY_SECONDS)
        days = self._around.get(number)
        if days is None:
            days = self._touched(number)
        for day in days:
            if moment < day.end:
                return day
        return days[-1]

    def moment(self, day: Day, text: str) -> float:
        """Return the Unix seconds of a time of that day, HH:MM up to 24:00."""
        if text == END_OF_DAY:
            return day.end
        return datetime.combine(day.day, time.fromisoformat(text), self._zone).timestamp()

    def _touched(self, number: int) -> tuple[Day, ...]:
        """Return the local days that a day of UTC touches: two, seldom one or three."""
        first, last = (
            datetime.fromtimestamp(moment, self._zone).date()
            for moment in (number * _DAY_SECONDS, (number + 1) * _DAY_SECONDS)
        )
        count = (last - first).days + 1
        found = tuple(self.of(first + timedelta(days=n)) for n in range(count))
        if len(self._around) >= _REMEMBERED:
            self._around.clear()
        self._around[number] = found
        return found
