"""Times, spans of time and numbers as the pages show them. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

_MINUTE: Final = 60
_HOUR: Final = 60
_DAY: Final = 24


@dataclass(frozen=True, slots=True)
class AsOf:
    """When what a page shows was so: as people and as programs read it."""

    text: str
    iso: str


def as_of(at: float, zone: str) -> AsOf:
    """Return a moment (Unix seconds) with its seconds."""
    moment = datetime.fromtimestamp(at, ZoneInfo(zone))
    return AsOf(moment.strftime("%d/%m/%Y %H:%M:%S"), moment.isoformat(timespec="seconds"))


def lasted(seconds: float) -> str:
    """Return a time rounded to its two largest units: `2 ngày 5 giờ`, `45 phút`, `30 giây`."""
    whole = max(0, round(seconds))
    if whole < _MINUTE:
        return f"{whole} giây"
    minutes = round(whole / _MINUTE)
    if minutes < _HOUR:
        return f"{minutes} phút"
    if minutes < _DAY * _HOUR:
        hours, minute = divmod(minutes, _HOUR)
        return f"{hours} giờ {minute} phút" if minute else f"{hours} giờ"
    days, hour = divmod(round(minutes / _HOUR), _DAY)
    return f"{days} ngày {hour} giờ" if hour else f"{days} ngày"


def decimal(value: float, digits: int = 1) -> str:
    """Return a number with a decimal comma: `12,5`."""
    return f"{value:.{digits}f}".replace(".", ",")


def whole(value: int) -> str:
    """Return a number with points between thousands: `6.054`."""
    return f"{value:,}".replace(",", ".")
