"""Conversions of what power supplies say by UPS-MIB (RFC 1628), as they really say it.

The MIB has whole volts and tenths of Hz. Some write tenths of volts and hundredths of Hz into the
same objects (a Huawei UPS5000: 2369 and 5000), others whole Hz. Mains are between 40 and 70 Hz and
no UPS in an office has more than 999 V on a line, so that the number itself tells its scale.
"""

from agent.devices.conversion import Row, Unit
from agent.devices.values import number
from agent.probe.snmp import Value

_MAINS_HERTZ = (40.0, 70.0)
_HERTZ_DIVISORS = (10, 100, 1)
_MOST_VOLTS = 999
_BATTERY_NORMAL = 2


def hertz(value: Value, _row: Row) -> float | None:
    """Return a frequency of mains; None for 0 and what is none.

    >>> hertz(500, {}), hertz(5000, {}), hertz(50, {}), hertz(0, {})
    (50.0, 50.0, 50.0, None)
    """
    raw = number(value)
    lowest, highest = _MAINS_HERTZ
    for divisor in _HERTZ_DIVISORS:
        if raw is not None and lowest <= raw / divisor <= highest:
            return raw / divisor
    return None


def volts(value: Value, _row: Row) -> float | None:
    """Return a voltage of a line; None for 0, which is a line that is not there as well.

    >>> volts(230, {}), volts(2369, {}), volts(0, {})
    (230.0, 236.9, None)
    """
    raw = number(value)
    if raw is None or not 0 < raw <= _MOST_VOLTS * 10:
        return None
    return float(raw) if raw <= _MOST_VOLTS else raw / 10


def runtime_seconds(value: Value, row: Row) -> float | None:
    """Return the minutes that remain in seconds.

    0 minutes with a battery that is `normal` are those of a UPS that does not count them.
    """
    minutes = number(value)
    if minutes is None or minutes < 0:
        return None
    if minutes == 0 and row.get("status") == _BATTERY_NORMAL:
        return None
    return minutes * 60.0


UPS: dict[str, Unit] = {
    "ups_hertz": Unit(hertz),
    "ups_volts": Unit(volts),
    "ups_runtime": Unit(runtime_seconds, ("status",)),
}
"""The conversions of UPS-MIB by name."""
