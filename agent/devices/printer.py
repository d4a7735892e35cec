"""Conversions of what printers say by Printer-MIB (RFC 3805) and HOST-RESOURCES-MIB (RFC 2790).

A level of a supply is -1 (no limit), -2 (unknown) or -3 (some is left, it does not know how much)
where it is no level; a capacity likewise. Levels in percent need no capacity. For a receptacle
(waste toner) the MIB counts the space that remains, so that all ratios mean "rest".
"""

from collections.abc import Mapping

from agent.devices.conversion import Row, Unit
from agent.devices.values import number
from agent.probe.snmp import Value

_PERCENT = 19
_SOME_LEFT = -3


def supply_ratio(value: Value, row: Row) -> float | None:
    """Return the rest of a supply, 0-1; `whole` is its capacity, `unit` what both count.

    >>> supply_ratio(30, {"whole": 120}), supply_ratio(-3, {"whole": 100})
    (0.25, None)
    """
    level, whole = number(value), number(row.get("whole"))
    if level is None or level < 0:
        return None
    if whole is None or whole <= 0:
        whole = 100 if row.get("unit") == _PERCENT else None
    return level / whole if whole is not None and level <= whole else None


def supply_left(value: Value, _row: Row) -> float | None:
    """Return 1 if some of a supply is left, 0 if none, None if the printer does not know.

    >>> supply_left(-3, {}), supply_left(0, {}), supply_left(-2, {})
    (1.0, 0.0, None)
    """
    level = number(value)
    if level is None or (level < 0 and level != _SOME_LEFT):
        return None
    return 0.0 if level == 0 else 1.0


ERRORS: Mapping[int, str] = {
    0: "low_paper",
    1: "no_paper",
    2: "low_toner",
    3: "no_toner",
    4: "door_open",
    5: "jammed",
    6: "offline",
    7: "service_requested",
    8: "input_tray_missing",
    9: "output_tray_missing",
    10: "marker_supply_missing",
    11: "output_near_full",
    12: "output_full",
    13: "input_tray_empty",
    14: "overdue_maintenance",
}
"""The bits of hrPrinterDetectedErrorState by RFC 2790, bit 0 the highest of the first octet."""

_STOP = frozenset(("no_paper", "no_toner", "door_open", "jammed", "offline", "service_requested"))
"""Errors with which RFC 2790 calls the device down (5); with the others alone it warns (3)."""

_RUNNING, _WARNING, _DOWN = 2, 3, 5


def errors(state: bytes, device_status: int | None) -> frozenset[str]:
    """Return the errors that hrPrinterDetectedErrorState tells.

    Some printers count bits from the lowest of each octet. RFC 2790 says which errors go with
    which hrDeviceStatus, so that this tells the order: the RFC's own, unless it contradicts the
    device's status and the other order does not.
    """
    by_rfc, reversed_order = _bits(state, highest_first=True), _bits(state, highest_first=False)
    if not _agree(by_rfc, device_status) and _agree(reversed_order, device_status):
        return reversed_order
    return by_rfc


def _bits(state: bytes, *, highest_first: bool) -> frozenset[str]:
    return frozenset(
        word
        for bit, word in ERRORS.items()
        if bit // 8 < len(state)
        and state[bit // 8] >> ((7 - bit % 8) if highest_first else bit % 8) & 1
    )


def _agree(found: frozenset[str], device_status: int | None) -> bool:
    """Return whether RFC 2790 allows those errors with that hrDeviceStatus."""
    if device_status == _RUNNING:
        return not found
    if device_status == _WARNING:
        return bool(found) and not found & _STOP
    if device_status == _DOWN:
        return bool(found & _STOP)
    return True


PRINTER: dict[str, Unit] = {
    "supply_ratio": Unit(supply_ratio, ("whole", "unit"), ("whole",)),
    "supply_left": Unit(supply_left),
}
"""The conversions of printers by name."""
