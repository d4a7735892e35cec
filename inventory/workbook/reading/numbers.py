"""Numbers and days as people and Excel write them. Pure.

Separators, of a text: two kinds, the last is the decimal one (`1.700,5`); one kind more than once
separates thousands (`1.700.000`). One alone is decimal (`1,5`, `1.5`), except before exactly three
digits: a dot then separates thousands (`1.700`, as Vietnamese is written), a comma is refused, for
`1,700` is 1.7 to one person and 1700 to another. Of a count, which has no fraction, `24,0` is 24
and `1,700` is 1700; only `24,000` and `24.000`, which may be 24, are refused. Coordinates have no
thousands: either separator is decimal.
"""

import re
from datetime import date, datetime, timedelta
from typing import Final

from openpyxl.utils.datetime import from_excel

_NUMBER: Final = re.compile(r"[-+]?[0-9][0-9., ]*")
_GROUPED: Final = re.compile(r"[0-9]{1,3}([., ])[0-9]{3}(\1[0-9]{3})*")
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4}|[0-9]{2})")
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})[/.\-]([0-9]{1,2})[/.\-]([0-9]{1,2})")
_TIME: Final = re.compile(r"[T ]00:00(:00(\.0+)?)?\Z")
_SERIALS: Final = range(36_526, 73_051)
"""1/1/2000 to 31/12/2099, counted from 1900 as Excel does."""
_DMS: Final = re.compile(r"([0-9]{1,3})°([0-9]{1,2})'(?:([0-9]{1,2}(?:[.,][0-9]+)?)\")?")


class AmbiguousError(ValueError):
    """A text can be read as two numbers."""


def number(text: str) -> float:
    """Return the number in a text. Raises ValueError, AmbiguousError for one that is two."""
    if not _NUMBER.fullmatch(text) or text[-1] in "., ":
        raise ValueError(text)
    sign = -1.0 if text[0] == "-" else 1.0
    body = text.lstrip("+-")
    dots, commas = body.count("."), body.count(",")
    if dots and commas:
        decimal = max(".,", key=body.rfind)
        whole, _, fraction = body.rpartition(decimal)
        if not _GROUPED.fullmatch(whole) or decimal in whole:
            raise ValueError(text)
        return sign * float(f"{_digits(whole)}.{fraction}")
    if _GROUPED.fullmatch(body):
        if "," in body and commas == 1:
            raise AmbiguousError(text)
        return sign * float(_digits(body))
    if dots + commas > 1 or " " in body:
        raise ValueError(text)
    return sign * float(body.replace(",", "."))


def count(text: str) -> int:
    """Return the whole number in a text. Raises ValueError, AmbiguousError as `number` does."""
    if _GROUPED.fullmatch(text):
        if text.count(",") + text.count(".") == 1 and text.endswith((",000", ".000")):
            raise AmbiguousError(text)
        return int(_digits(text))
    found = number(text)
    if not found.is_integer() or found < 0:
        raise ValueError(text)
    return int(found)


def degrees(text: str) -> float:
    """Return decimal degrees of a text like 22,6432°, 105.7512 E or 22°38'35.5"N.

    Raises ValueError.
    """
    shown = text.upper().replace("º", "°").replace("′", "'").replace("’", "'")
    shown = shown.replace("″", '"').replace("”", '"').replace("''", '"').replace(" ", "")
    shown = re.sub(r"^(VĨĐỘ|KINHĐỘ|LAT|LONG?)?[:=]?", "", shown)
    body = re.sub(r"^[NEBĐ]|[NEBĐ]$", "", shown)
    if match := _DMS.fullmatch(body):
        seconds = float((match[3] or "0").replace(",", "."))
        minutes = int(match[2])
        if minutes >= 60 or seconds >= 60:  # noqa: PLR2004 - of an hour or degree
            raise ValueError(text)
        return round(int(match[1]) + minutes / 60 + seconds / 3600, 6)
    body = body.removesuffix("°")
    if not re.fullmatch(r"-?[0-9]{1,3}([.,][0-9]*)?", body):
        raise ValueError(text)
    return float(body.replace(",", "."))


def day_of_text(text: str, epoch: datetime) -> date:
    """Return the day in a text: 01/10/2026, 1-10-2026, 2026-10-01, ngày 1.10.26, or a serial.

    The day stands before the month. Raises ValueError, also for a day that no month has.
    """
    body = _TIME.sub("", re.sub(r"(?i)^ngày ", "", text)).replace(" ", "")
    if match := _DAY_FIRST.fullmatch(body):
        year = int(match[3]) + (2000 if len(match[3]) == 2 else 0)  # noqa: PLR2004 - a short year
        return date(year, int(match[2]), int(match[1]))
    if match := _YEAR_FIRST.fullmatch(body):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if re.fullmatch(r"[0-9]{5}", body):
        return day_of_serial(int(body), epoch)
    raise ValueError(text)


def day_of_serial(serial: float, epoch: datetime) -> date:
    """Return the day that Excel keeps as a number. Raises ValueError outside of this century."""
    if int(serial) not in _SERIALS:
        raise ValueError(str(serial))
    found = from_excel(int(serial), epoch)
    if isinstance(found, datetime):
        return found.date()
    if isinstance(found, timedelta) or not isinstance(found, date):
        raise ValueError(str(serial))  # noqa: TRY004 - what it is does not matter to the caller
    return found


def _digits(text: str) -> str:
    return re.sub(r"[., ]", "", text)
