"""Conversions of optical readings: received and sent power to dBm, and what else a module tells.

Every kind of power reading makes two conversions: `NAME` gives dBm, and `NAME_light` gives 1 where
there is light and 0 where the device says that there is none. "No light" is never a number of dBm:
SFF-8472 (table 9-16) counts power in steps of 0.1 µW, so that -40 dBm is its smallest step and
what devices write when they mean nothing at all; 0 µW has no logarithm.

A reading that no module can have (sentinels like 2147483647, and those nobody has met yet) gives
nothing. Where a row has the operand `module`, a column that is 0 without a module or without
digital diagnostics, a 0 there makes the whole row say nothing: 0 dBm alone could be a reading.

Sources: HUAWEI-ENTITY-EXTENT-MIB, HH3C-TRANSCEIVER-INFO-MIB, MIKROTIK-MIB, JUNIPER-DOM-MIB,
HP-ICF-TRANSCEIVER-MIB, CISCOSB-PHY-MIB, HUAWEI-XPON-MIB, and recordings of such devices.
"""

import math
from collections.abc import Callable

from agent.devices.conversion import Convert, Row, Unit
from agent.devices.values import number, whole_text
from agent.probe.snmp import Value

DARK = -math.inf
"""What a reading of no light is in dBm."""

DARKEST_DBM = -40.0
NO_READING_DBM = -60.0
"""Below that a number is a word for "nothing known" and not a word for darkness."""
BRIGHTEST_DBM = 35.0
"""A module gives less than 3 W; an amplifier of a carrier is no module in a port."""

_DBM_DIGITS = 3

MODULE_CELSIUS = (-60.0, 150.0)
MODULE_VOLTS = (0.1, 20.0)
BIAS_AMPERES = (0.0, 1.0)


def dbm(milliwatts: float) -> float:
    """Return a power in dBm, to the thousandth; 0 mW and less is DARK.

    >>> dbm(0.536), dbm(0)
    (-2.708, -inf)
    """
    return round(10 * math.log10(milliwatts), _DBM_DIGITS) if milliwatts > 0 else DARK


def number_in_text(value: Value | None) -> float | None:
    """Return the number that a text begins with: b"-2.71 dBm" is -2.71, b"N/A" is none."""
    try:
        found = float(whole_text(value).split()[0])
    except (ValueError, IndexError):
        return None
    return found if math.isfinite(found) else None


def lanes(value: Value | None) -> tuple[float, ...]:
    """Return the numbers of a text with one for each lane, separated by commas or NUL.

    >>> lanes(b"-1.25,-1.39,-2.47,-1.34")
    (-1.25, -1.39, -2.47, -1.34)
    """
    plain = value if isinstance(value, bytes) else str(value or "").encode()
    found = (number_in_text(piece) for piece in plain.replace(b"\0", b",").split(b","))
    return tuple(each for each in found if each is not None)


def without_module(row: Row) -> bool:
    """Return whether the row says that there is no module that measures."""
    return row.get("module") == 0


# Power readings: a raw value in dBm, DARK without light, None without a value.


def _divided_dbm(divisor: int) -> Convert:
    def read(value: Value, row: Row) -> float | None:
        raw = number(value)
        return None if raw is None or without_module(row) else raw / divisor

    return read


def _divided_milliwatts(divisor: int) -> Convert:
    def read(value: Value, row: Row) -> float | None:
        raw = number(value)
        return None if raw is None or raw < 0 or without_module(row) else dbm(raw / divisor)

    return read


_PROCURVE_NO_LIGHT = -99_999_999


def _procurve_dbm(value: Value, row: Row) -> float | None:
    """Return what hpicfXcvrRxPower or -TxPower says; it has a number of its own for 0 µW."""
    return DARK if value == _PROCURVE_NO_LIGHT else _divided_dbm(1000)(value, row)


def _milliwatts_text(value: Value, row: Row) -> float | None:
    milliwatts = number_in_text(value)
    return None if milliwatts is None or milliwatts < 0 or without_module(row) else dbm(milliwatts)


_NO_HUAWEI_READING = (-1, -255, 2147483647)
_LANE_AGREES_DB = 0.3
_LOWEST_LANE_DBM = -60.0


def huawei_power(value: Value, row: Row) -> float | None:
    """Return what hwEntityOpticalRxPower or -TxPower says.

    The MIB says hundredths of dBm, and NE8000, AR and all YunShan devices keep to it; switches
    with VRP V200 (S5720, S12704) write µW. The column with the reading of each lane tells which:
    it is in dBm on the former, in hundredths of dBm on the latter. Without it YunShan in sysDescr
    decides, and otherwise the sign, for µW are never negative.
    """
    raw = number(value)
    each = lanes(row.get("lanes"))
    if raw is None or raw in _NO_HUAWEI_READING or (raw == 0 and not each):
        return None
    as_microwatts, as_hundredths = dbm(raw / 1000), raw / 100
    for lane in each[:1]:
        distance, nearer = min(
            (abs(as_microwatts - lane / 100), as_microwatts),
            (abs(as_hundredths - lane), as_hundredths),
        )
        if distance < _LANE_AGREES_DB:
            return nearer
    if raw < 0 or "YunShan" in whole_text(row.get("description")):
        return as_hundredths
    return as_microwatts


def _huawei_lane(which: int) -> Convert:
    """Return the reading of one lane, counted from 0, of a module that has several."""

    def read(value: Value, _row: Row) -> float | None:
        each = lanes(value)
        if not which < len(each) > 1:
            return None
        in_dbm = all(_LOWEST_LANE_DBM <= lane <= BRIGHTEST_DBM for lane in each)
        return each[which] / (1 if in_dbm else 100)

    return read


_NO_XPON_READING = 2147483647


def _xpon_olt_receive(value: Value, _row: Row) -> float | None:
    """Return what hwGponOntOpticalDdmOltRxOntPower says: hundredths of dBm above -100 dBm."""
    raw = number(value)
    return None if raw is None or raw == _NO_XPON_READING else (raw - 10_000) / 100


_ZTE_STEPS_PER_DB, _ZTE_ZERO_DBM, _ZTE_NO_READING = 500, -30.0, 65_535


def _zte_onu(value: Value, _row: Row) -> float | None:
    """Return a reading of a ZTE OLT: 500 steps for each dB, 0 is -30 dBm. Not verified on one."""
    raw = number(value)
    if raw is None or not 0 < raw < _ZTE_NO_READING:
        return None
    return raw / _ZTE_STEPS_PER_DB + _ZTE_ZERO_DBM


def _power(read: Convert) -> Convert:
    def power(value: Value, row: Row) -> float | None:
        found = read(value, row)
        return found if found is not None and DARKEST_DBM < found <= BRIGHTEST_DBM else None

    return power


def _light(read: Convert) -> Convert:
    def light(value: Value, row: Row) -> float | None:
        found = read(value, row)
        if found is None or found > BRIGHTEST_DBM or DARK < found < NO_READING_DBM:
            return None
        return 1.0 if found > DARKEST_DBM else 0.0

    return light


POWER: dict[str, tuple[Convert, tuple[str, ...]]] = {
    "dbm_hundredths": (_divided_dbm(100), ("module",)),
    "dbm_thousandths": (_divided_dbm(1000), ("module",)),
    "procurve_dbm": (_procurve_dbm, ("module",)),
    "microwatts": (_divided_milliwatts(1000), ("module",)),
    "tenth_microwatts": (_divided_milliwatts(10_000), ("module",)),
    "milliwatts_text": (_milliwatts_text, ("module",)),
    "huawei_power": (huawei_power, ("lanes",)),
    "huawei_lane_1": (_huawei_lane(0), ()),
    "huawei_lane_2": (_huawei_lane(1), ()),
    "huawei_lane_3": (_huawei_lane(2), ()),
    "huawei_lane_4": (_huawei_lane(3), ()),
    "xpon_olt_receive": (_xpon_olt_receive, ()),
    "zte_onu": (_zte_onu, ()),
}
"""Readings of power by name, and the operands that they know."""


# What else a module tells.


def _within(limits: tuple[float, float], read: Convert) -> Convert:
    lowest, highest = limits

    def checked(value: Value, row: Row) -> float | None:
        found = None if without_module(row) else read(value, row)
        return found if found is not None and lowest <= found <= highest else None

    return checked


def _divided(divisor: int) -> Convert:
    def read(value: Value, _row: Row) -> float | None:
        raw = number(value)
        return None if raw is None else raw / divisor

    return read


def _text_divided(divisor: int) -> Convert:
    def read(value: Value, _row: Row) -> float | None:
        found = number_in_text(value)
        return None if found is None else found / divisor

    return read


_MOST_MILLIAMPERES = 150
_LEAST_MICROAMPERES = 500
_BIAS_AGREES_RATIO = 0.1


def huawei_bias(value: Value, row: Row) -> float | None:
    """Return hwEntityOpticalBiasCurrent in A: µA by the MIB, mA on NE8000.

    The column of the lanes is in mA on all. Without it the number itself decides: no laser works
    with 150 µA, none in a module with 500 mA; what lies between could be either and is not told.
    """
    raw = number(value)
    if raw is None or raw < 0:
        return None
    for lane in lanes(row.get("lanes"))[:1]:
        if abs(raw / 1000 - lane) <= _BIAS_AGREES_RATIO * lane:
            return raw / 1_000_000
        if abs(raw - lane) <= _BIAS_AGREES_RATIO * lane:
            return raw / 1000
    if raw <= _MOST_MILLIAMPERES:
        return raw / 1000
    return raw / 1_000_000 if raw >= _LEAST_MICROAMPERES else None


def _milliamperes_lane(which: int) -> Convert:
    def read(value: Value, _row: Row) -> float | None:
        each = lanes(value)
        return each[which] / 1000 if which < len(each) > 1 else None

    return read


def mikrotik_light(value: Value, row: Row) -> float | None:
    """Return whether there is light by mtxrOpticalRxLoss: 0 is light, 1 is loss."""
    loss = number(value)
    return None if without_module(row) or loss not in (0, 1) else 1.0 - loss


def _modules() -> dict[str, Unit]:
    kinds: dict[tuple[float, float], dict[str, Convert]] = {
        MODULE_CELSIUS: {
            "module_celsius": _divided(1),
            "module_celsius_thousandths": _divided(1000),
            "module_celsius_256ths": _divided(256),
            "module_celsius_text": _text_divided(1),
        },
        MODULE_VOLTS: {
            "module_volts_hundredths": _divided(100),
            "module_volts_thousandths": _divided(1000),
            "module_volts_100_microvolts": _divided(10_000),
            "module_volts_microvolts": _divided(1_000_000),
            "module_volts_text": _text_divided(1),
        },
        BIAS_AMPERES: {
            "bias_milliamperes": _divided(1000),
            "bias_10_microamperes": _divided(100_000),
            "bias_2_microamperes": _divided(500_000),
            "bias_microamperes": _divided(1_000_000),
            "bias_milliamperes_text": _text_divided(1000),
        },
    }
    return {
        name: Unit(_within(limits, read), ("module",))
        for limits, names in kinds.items()
        for name, read in names.items()
    }


def _units(make: Callable[[Convert], Convert], ending: str) -> dict[str, Unit]:
    return {name + ending: Unit(make(read), operands) for name, (read, operands) in POWER.items()}


OPTICS: dict[str, Unit] = {
    **_units(_power, ""),
    **_units(_light, "_light"),
    **_modules(),
    "huawei_bias": Unit(_within(BIAS_AMPERES, huawei_bias), ("lanes",)),
    "bias_milliamperes_lane_1": Unit(_within(BIAS_AMPERES, _milliamperes_lane(0))),
    "bias_milliamperes_lane_2": Unit(_within(BIAS_AMPERES, _milliamperes_lane(1))),
    "bias_milliamperes_lane_3": Unit(_within(BIAS_AMPERES, _milliamperes_lane(2))),
    "bias_milliamperes_lane_4": Unit(_within(BIAS_AMPERES, _milliamperes_lane(3))),
    "mikrotik_light": Unit(mikrotik_light, ("module",)),
}
"""The conversions of optics by name."""
