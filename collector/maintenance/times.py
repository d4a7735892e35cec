"""Times as people and the utility write them, in the province's own zone. Pure."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from inventory.names import search_key

_CLOCK: Final = r"(?P<hour>[0-9]{1,2}) ?[:hg] ?(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2}))?"
_ISO_DAY: Final = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
_DAY: Final = r"(?P<day>[0-9]{1,2})[/-](?P<month>[0-9]{1,2})[/-](?P<year>[0-9]{4})"
_FORMS: Final = (
    re.compile(rf"{_ISO_DAY}[t ]{_CLOCK}"),
    re.compile(rf"{_DAY},? {_CLOCK}"),
    # As notices have it: "07:30:00 ngày 01/12/2026", "7h30, ngày 1/12/2026".
    re.compile(rf"{_CLOCK},? (ngay )?{_DAY}"),
)


def read_time(text: str, zone: ZoneInfo) -> float | None:
    """Return a local time as Unix seconds, None if it is none.

    Taken are `2026-12-01 08:00`, `01/12/2026 08:00` and `08:00 [ngày] 01/12/2026`, the hours also
    as `8h00`, with or without seconds.
    """
    plain = search_key(text)
    for form in _FORMS:
        found = form.fullmatch(plain)
        if found is not None:
            return _moment(found.groupdict(), zone)
    return None


def _moment(parts: Mapping[str, str | None], zone: ZoneInfo) -> float | None:
    number = {name: int(text or 0) for name, text in parts.items()}
    try:
        local = datetime(
            number["year"],
            number["month"],
            number["day"],
            number["hour"],
            number["minute"],
            number["second"],
            tzinfo=zone,
        )
        return local.timestamp()
    except (ValueError, OverflowError):
        return None


def shown(at: float, zone: ZoneInfo) -> str:
    """Return a moment as dd/mm/yyyy HH:MM."""
    return datetime.fromtimestamp(at, zone).strftime("%d/%m/%Y %H:%M")
