"""The days of a year on which offices work differently, as lines for the person who checks them.

Whoever gets the notice of a swapped day compares it with this, and writes down what differs.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from inventory.model import WEEKDAYS, Calendar, Inventory
from inventory.public_holidays import days_off, worked_days
from inventory.worked import FOLLOWS_VIET_NAM, worked_as

_WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_ALL = Calendar(id="(all)", sessions={})
"""Stands for every calendar that follows the holidays of Viet Nam and says nothing itself."""


def year_lines(inventory: Inventory, year: int) -> Iterator[str]:
    """Yield every day off and every day worked instead, then what single calendars say."""
    yield f"{year}: ngày nghỉ và ngày làm bù / days off, and days worked instead"
    day = date(year, 1, 1)
    while day.year == year:
        weekday, _ = worked_as(_ALL, inventory.changed_days, day)
        if weekday != WEEKDAYS[day.weekday()] or day in inventory.changed_days:
            yield f"  {_line(day, weekday)}  {_why(inventory, day)}"
        day += timedelta(days=1)
    for calendar in inventory.calendars.values():
        yield from _own_lines(calendar, year)


def _own_lines(calendar: Calendar, year: int) -> Iterator[str]:
    own: dict[date, str | None] = dict.fromkeys(calendar.off)
    own |= {date.fromisoformat(day): weekday for day, weekday in calendar.worked.items()}
    follows = calendar.holidays == FOLLOWS_VIET_NAM
    days = [f"  {_line(day, own[day])}" for day in sorted(own) if day.year == year]
    if not follows:
        yield f"{calendar.id}: không theo ngày nghỉ lễ / follows no holidays"
    elif days:
        yield f"{calendar.id}: ngày riêng / days of its own"
    yield from days


def _line(day: date, weekday: str | None) -> str:
    name = _WEEKDAYS[day.weekday()]
    if weekday is None:
        said = "nghỉ / off"
    else:
        said = f"làm theo {_WEEKDAYS[WEEKDAYS.index(weekday)]} / worked as {weekday}"
    return f"{day:%d/%m/%Y}  {name:<8}  {said:<35}"


def _why(inventory: Inventory, day: date) -> str:
    changed = inventory.changed_days.get(day)
    if changed is not None:
        return changed.reason
    if day in worked_days(day.year):
        return "Ngày làm bù"
    return days_off(day.year)[day]
