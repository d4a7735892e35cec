"""Public holidays of Viet Nam and the days worked instead, from the package `holidays`. Pure.

What the package does not know (a day swapped by a decision made after its release) is written
down in the inventory as `changed_days`. Tết of years without an official notice is an estimate.
"""

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from holidays import country_holidays

WORKED_LIKE_WHEN_UNKNOWN = 0
"""Monday, where the package does not say which day off a worked Saturday replaces."""
_REPLACED = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
"""How the Vietnamese name of a day off says which day is worked instead."""


@lru_cache(maxsize=64)
def days_off(year: int) -> Mapping[date, str]:
    """Return the public holidays of a year with their Vietnamese names, observed days included."""
    found = country_holidays("VN", years=year, expand=False, language="vi")
    return {day: name for day, name in found.items() if day.year == year}


@lru_cache(maxsize=64)
def worked_days(year: int) -> Mapping[date, int]:
    """Return the days off of a year that are worked -> the weekday they replace (Monday is 0)."""
    replaced: dict[date, int] = {}
    # The day that is worked may lie in the year before or after the day off.
    years = range(year - 1, year + 2)
    for day, name in ((day, name) for one in years for day, name in days_off(one).items()):
        if said := _REPLACED.search(name):
            replaced[date(int(said[3]), int(said[2]), int(said[1]))] = day.weekday()
    known = country_holidays("VN", years=years, expand=False).weekend_workdays
    return {day: replaced.get(day, WORKED_LIKE_WHEN_UNKNOWN) for day in known if day.year == year}
