"""One raw cell -> its typed value, or what was expected of it. Pure.

Accepted is whatever can mean one thing only: numbers as text and text as numbers, days in any
usual form, coordinates with ° or N, telephones without their first 0, `+1` that Excel made 1.
Names of records (`CellKind.CHOICE`) are looked up in `inventory.workbook.choices`.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from inventory.explain import expectation
from inventory.model import Id
from inventory.names import slug
from inventory.problems import HIDDEN, quoted, shown
from inventory.workbook.columns import CellKind
from inventory.workbook.reading.numbers import AmbiguousError, count, day_of_serial, day_of_text
from inventory.workbook.reading.numbers import degrees as degrees_of_text
from inventory.workbook.reading.numbers import number as number_of_text
from inventory.workbook.reading.package import Fault, Raw
from inventory.workbook.reading.texts import plain, tidied

Value = str | int | float | bool | date | tuple[str, ...]

_ID: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_ID_CHARACTERS: Final = 60
"""Of an id that is proposed."""
_YES: Final = frozenset(("có", "co", "x", "✓", "✔", "yes", "y", "true", "1", "đúng", "v"))
_NO: Final = frozenset(("không", "khong", "ko", "k", "no", "n", "false", "0", "sai"))
_MOST_EXACT: Final = 999_999_999_999_999
"""Excel keeps 15 digits; of a longer number the last ones are lost."""
_MOST: Final = 1_000_000_000
"""More than any count or bandwidth (Mbps) of a building."""
_LOST_DIGITS: Final = re.compile(r"[0-9][.,][0-9]+E\+?[0-9]+", re.IGNORECASE)
_SEPARATORS: Final = re.compile(r"[,;\n\r]+")
_UNIT_OF_COUNT: Final = re.compile(r"(?i) *(máy|bộ|cái|chiếc)\.?\Z")
_RATE: Final = re.compile(r"(?i) *(mbps|mb/s|mbit/s|mb|m|gbps|gb/s|gbit/s|gb|g)\.?\Z")
_COUNTED: Final = re.compile(r"\+? ?([0-9]{1,5})")
_HOTLINES: Final = ("1800", "1900")
_TELEPHONE: Final = range(3, 16)
"""Digits of a number (ITU-T E.164 has 15 at most)."""


class UnreadableError(Exception):
    """A cell does not hold what its column is for."""

    def __init__(self, expected: str, hint: str = "") -> None:
        self.expected = expected
        self.hint = hint
        super().__init__(expected)


def read_cell(kind: CellKind, raw: Raw, epoch: datetime) -> Value:
    """Return the value of a cell of that kind. Raises UnreadableError.

    `epoch` is what the workbook's serial numbers of days count from. Texts, words and choices are
    texts; networks and words are tuples.
    """
    if isinstance(raw, Fault):
        raise UnreadableError(*_fault(raw))
    if kind is CellKind.DATE:
        return _day(raw, epoch)
    return _READERS[kind](raw)


def got(raw: Raw) -> str:
    """Return what stands in a cell as one short phrase."""
    if isinstance(raw, Fault):
        return f"the formula {quoted(raw.text)} without a result" if raw.is_formula else raw.text
    if isinstance(raw, datetime | date):
        return f"the date {raw:%d/%m/%Y}"
    if isinstance(raw, time | timedelta):
        return f"the time {raw}"
    if isinstance(raw, bool):
        return str(raw).upper()
    return shown(raw)


def text_of(raw: Raw) -> str:
    """Return a cell's text, for looking at; numbers as short as they are."""
    if isinstance(raw, float) and raw.is_integer() and abs(raw) <= _MOST_EXACT:
        return str(int(raw))
    return tidied(str(raw)) if not isinstance(raw, Fault) else raw.text


def _fault(raw: Fault) -> tuple[str, str]:
    if raw.is_formula:
        return "a value", "open the workbook in Excel or LibreOffice, save it, and import it again"
    return "a value", "the formula in this cell fails"


def _text(raw: Raw) -> str:
    if isinstance(raw, datetime | date | time | timedelta):
        expected = "text"
        raise UnreadableError(expected, "Excel made it a date: format the cell as Text, type again")
    if isinstance(raw, bool):
        raise UnreadableError("text")
    too_long = isinstance(raw, int | float) and abs(raw) > _MOST_EXACT
    if too_long or (isinstance(raw, str) and _LOST_DIGITS.fullmatch(raw.strip())):
        expected = "all digits of the number"
        raise UnreadableError(expected, "Excel dropped some: format the cell as Text, type again")
    return _readable(text_of(raw))


def _readable(text: str) -> str:
    """Return a text. Raises UnreadableError for one with control characters."""
    if found := HIDDEN.search(text):
        raise UnreadableError(
            "text that can be read", f"remove the character U+{ord(found[0]):04X}"
        )
    return text


def _id(raw: Raw) -> str:
    text = _text(raw)
    if _ID.fullmatch(text.lower()):
        return text.lower()
    meant = slug(plain(text))[:_ID_CHARACTERS].strip("-")
    hint = f"did you mean {quoted(meant)}?" if meant else ""
    raise UnreadableError(expectation(Id), hint)


def _number(raw: Raw) -> int | float:
    if isinstance(raw, str):
        text, scale = plain(raw), 1
        if match := _RATE.search(text):
            text, scale = text[: match.start()], 1000 if match[1][0] in "gG" else 1
        found = _of_text(number_of_text, text, "a number like 200 or 1,5") * scale
    elif isinstance(raw, int | float) and not isinstance(raw, bool):
        found = raw
    else:
        raise UnreadableError("a number like 200 or 1,5")
    if not 0 <= found <= _MOST:
        raise UnreadableError(f"a number from 0 to {_MOST:,}")
    return int(found) if float(found).is_integer() else float(found)


def _count(raw: Raw) -> int:
    expected = "a whole number like 24"
    found: float = -1
    if isinstance(raw, str):
        found = _of_text(count, _UNIT_OF_COUNT.sub("", plain(raw)), expected)
    elif isinstance(raw, int | float) and not isinstance(raw, bool):
        found = raw
    if not 0 <= found <= _MOST or found != int(found):
        raise UnreadableError(expected)
    return int(found)


def _of_text(read: Callable[[str], float], text: str, expected: str) -> float:
    try:
        return read(text)
    except AmbiguousError:
        small, large = float(text.replace(",", ".")), re.sub("[.,]", "", text)
        hint = f"{text} may be {small:g} or {large}: type it without the separator"
        raise UnreadableError(expected, hint) from None
    except ValueError:
        raise UnreadableError(expected) from None


def _day(raw: Raw, epoch: datetime) -> date:
    expected = "a day like 01/10/2026"
    try:
        if isinstance(raw, datetime):
            return raw.date()
        if isinstance(raw, date):
            return raw
        if isinstance(raw, str):
            return day_of_text(plain(raw), epoch)
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            return day_of_serial(raw, epoch)
    except ValueError as exc:
        of_month = isinstance(raw, str) and re.search(r"day is out of range", str(exc))
        hint = "that month has no such day" if of_month else ""
        if isinstance(raw, str) and "month must be" in str(exc):
            hint = "the day stands before the month"
        raise UnreadableError(expected, hint) from None
    raise UnreadableError(expected)


def _latitude(raw: Raw) -> float:
    return _degrees(raw, "a latitude like 22,6432", 90)


def _longitude(raw: Raw) -> float:
    return _degrees(raw, "a longitude like 105,7512", 180)


def _degrees(raw: Raw, expected: str, most: int) -> float:
    if isinstance(raw, str):
        text = plain(raw)
        if re.fullmatch(r"\(?[0-9]{1,3}\.[0-9]+[°]?[,; ] ?[0-9]{1,3}\.[0-9]+[°]?\)?", text):
            raise UnreadableError(expected, "both numbers stand in this cell: put each in its own")
        try:
            found = degrees_of_text(text)
        except ValueError:
            raise UnreadableError(expected) from None
    elif isinstance(raw, int | float) and not isinstance(raw, bool):
        found = float(raw)
    else:
        raise UnreadableError(expected)
    if -most <= found <= most:
        return found
    hint = ""
    if most < 180 and found <= 180:  # noqa: PLR2004 - degrees
        hint = "that is a longitude"
    elif found.is_integer() and found > 1000:  # noqa: PLR2004 - no degrees
        hint = "the decimal comma was lost"
    raise UnreadableError(expected, hint)


def _address(raw: Raw) -> str:
    expected = "an address like 10.19.7.1, or +1 within the site's first network"
    text = text_of(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else raw
    if not isinstance(text, str):
        raise UnreadableError(expected)
    text = plain(text)
    if match := _COUNTED.fullmatch(text):
        return f"+{int(match[1])}"  # Excel takes +1 for a number and shows 1.
    if re.fullmatch(r"[0-9]+(, ?[0-9]+){3}", text):
        text = re.sub(", ?", ".", text)
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        hint = ""
        if re.fullmatch(r"[0-9.]+/[0-9]+", text):
            hint = "without the length of the network"
        elif re.fullmatch(r"0*[0-9]+(\.0*[0-9]+){3}", text):
            hint = "without leading zeros, each part at most 255"
        raise UnreadableError(expected, hint) from None


def _networks(raw: Raw) -> tuple[str, ...]:
    expected = "networks like 10.19.7.0/24, separated by commas"
    if not isinstance(raw, str):
        raise UnreadableError(expected)
    found = []
    for part in _SEPARATORS.split(raw):
        text = plain(part).replace(" ", "")
        if not text:
            continue
        try:
            found.append(str(ipaddress.ip_network(text)))
        except ValueError:
            hint = _wide(text)
            raise UnreadableError(expected, hint) from None
    if not found:
        raise UnreadableError(expected)
    return tuple(dict.fromkeys(found))


def _wide(text: str) -> str:
    try:
        return f"did you mean {quoted(str(ipaddress.ip_network(text, strict=False)))}?"
    except ValueError:
        return ""


def _telephone(raw: Raw) -> str:
    expected = "one telephone number like 0263 3822 000"
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise UnreadableError(expected)
    text = plain(text_of(raw)).translate(dict.fromkeys(map(ord, " .-()\u2013")))
    text = re.sub(r"^(\+|00)84", "0", text)
    text = re.sub(r"^00", "0", text)  # +84 (0)263...
    if not re.fullmatch(r"\+?[0-9]+", text) or len(text.lstrip("+")) not in _TELEPHONE:
        hint = "one number in a cell" if re.search(r"[,;/]", text) else ""
        raise UnreadableError(expected, hint)
    if len(text) in (9, 10) and text[0] not in "0+" and not text.startswith(_HOTLINES):
        return f"0{text}"
    return text


def _flag(raw: Raw) -> bool:
    if isinstance(raw, bool):
        return raw
    text = text_of(raw).casefold()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise UnreadableError('"có" or "không"')


def _words(raw: Raw) -> tuple[str, ...]:
    text = raw if isinstance(raw, str) else _text(raw)
    words = (_readable(tidied(part)) for part in _SEPARATORS.split(text))
    return tuple(dict.fromkeys(word for word in words if word))


_READERS: Final[Mapping[CellKind, Callable[[Raw], Value]]] = {
    CellKind.ID: _id,
    CellKind.TEXT: _text,
    CellKind.NUMBER: _number,
    CellKind.COUNT: _count,
    CellKind.LATITUDE: _latitude,
    CellKind.LONGITUDE: _longitude,
    CellKind.ADDRESS: _address,
    CellKind.NETWORKS: _networks,
    CellKind.TELEPHONE: _telephone,
    CellKind.FLAG: _flag,
    CellKind.CHOICE: _text,
    CellKind.WORDS: _words,
}
