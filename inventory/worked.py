"""Which weekday's sessions apply on a day: holidays, swapped days, local decisions. Pure."""

from collections.abc import Mapping
from datetime import date

from inventory.model import WEEKDAYS, Calendar, ChangedDay
from inventory.public_holidays import days_off, worked_days

FOLLOWS_VIET_NAM = "VN"


def worked_as(
    calendar: Calendar, changed: Mapping[date, ChangedDay], day: date
) -> tuple[str | None, bool]:
    """Return the weekday whose sessions apply, None for none; and whether the day is a holiday."""
    if day in calendar.off:
        return None, True
    own = calendar.worked.get(day.isoformat())
    if own is not None:
        return own, False
    if calendar.holidays == FOLLOWS_VIET_NAM:
        decided = changed.get(day)
        if decided is not None:
            return decided.worked_as, decided.off
        replaced = worked_days(day.year).get(day)
        if replaced is not None:
            return WEEKDAYS[replaced], False
        if day in days_off(day.year):
            return None, True
    return WEEKDAYS[day.weekday()], False
