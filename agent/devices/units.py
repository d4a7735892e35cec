"""Named conversions of raw values, which profiles use by name: one function each, pure.

A conversion is given the raw value and the other columns of its row by the names of the profile's
`with`; `description` (sysDescr) is always among them. What is not there is missing from the row.
It returns None where the device says that there is no value, and never NaN or an infinity.
"""

import math
import re

from agent.devices.conversion import Row, Unit
from agent.devices.optics import OPTICS
from agent.devices.printer import PRINTER
from agent.devices.ups import UPS
from agent.devices.values import number, whole_text
from agent.probe.snmp import Value


def convert(name: str, value: Value, row: Row) -> float | None:
    """Return the value by the conversion of that name; None = absent.

    Raises KeyError if there is no such conversion; profiles are checked for that when loaded.
    """
    converted = UNITS[name].convert(value, row)
    return converted if converted is not None and math.isfinite(converted) else None


def scaled(value: float, factor: float) -> float:
    """Return value * factor; a hundredth divides by 100, so that no false digits travel.

    >>> scaled(57, 0.01), 57 * 0.01
    (0.57, 0.5700000000000001)
    """
    divisor = round(1 / factor) if 0 < factor < 1 else 0
    if divisor and math.isclose(divisor * factor, 1, rel_tol=1e-12):
        return value / divisor
    return value * factor


def _number_in_text(value: Value, _row: Row) -> float | None:
    """Return the number that a text is: "41.5", " -3 "."""
    try:
        return float(whole_text(value).strip())
    except ValueError:
        return None


_PERCENT = re.compile(r"(\d{1,3})\s*(%|PERCENT)")


def _percent_in_text(value: Value, _row: Row) -> float | None:
    """Return the share that a text is: "52 PERCENT"."""
    found = _PERCENT.match(whole_text(value))
    return min(int(found[1]), 100) / 100 if found else None


_SHARE_DIGITS = 4  # More than any device measures, and every digit is sent every minute.


def _share(value: Value, row: Row) -> float | None:
    """Return used / whole, 0-1."""
    used, whole = number(value), number(row.get("whole"))
    if used is None or whole is None or not 0 <= used <= whole or whole == 0:
        return None
    return round(used / whole, _SHARE_DIGITS)


def _share_beside_free(value: Value, row: Row) -> float | None:
    """Return used / (used + free), 0-1."""
    used, free = number(value), number(row.get("free"))
    if used is None or free is None or used < 0 or free < 0 or used + free == 0:
        return None
    return round(used / (used + free), _SHARE_DIGITS)


def _share_not_free(value: Value, row: Row) -> float | None:
    """Return the used share of what is `value` free of `whole`, 0-1."""
    free, whole = number(value), number(row.get("whole"))
    if free is None or whole is None or not 0 <= free <= whole or whole == 0:
        return None
    return round(1 - free / whole, _SHARE_DIGITS)


_SENSOR_WORKS = 1
_SENSOR_SCALE_OF_UNITS = 9


def entity_sensor(value: Value, row: Row) -> float | None:
    """Return a sensor's value in its own unit (RFC 3433: EntitySensorDataScale and Precision).

    `scale` 9 is units, 8 milli, 10 kilo; `precision` is the number of decimal places (below 0 it
    speaks of accuracy and moves no point), and `status` 1 means that the sensor works.
    """
    raw = number(value)
    status = number(row.get("status"))
    if raw is None or status not in (None, _SENSOR_WORKS):
        return None
    scale = number(row.get("scale"))
    precision = number(row.get("precision")) or 0
    exponent = 3 * ((_SENSOR_SCALE_OF_UNITS if scale is None else scale) - _SENSOR_SCALE_OF_UNITS)
    if not -24 <= exponent <= 24 or not -8 <= precision <= 9:  # noqa: PLR2004 - the MIB's own ranges
        return None
    return scaled(raw, 10.0 ** (exponent - max(0, precision)))


UNITS: dict[str, Unit] = {
    "number_in_text": Unit(_number_in_text),
    "percent_in_text": Unit(_percent_in_text),
    "share": Unit(_share, ("whole",), ("whole",)),
    "share_beside_free": Unit(_share_beside_free, ("free",), ("free",)),
    "share_not_free": Unit(_share_not_free, ("whole",), ("whole",)),
    "entity_sensor": Unit(entity_sensor, ("scale", "precision", "status")),
    **OPTICS,
    **UPS,
    **PRINTER,
}
"""Every conversion by its name."""
