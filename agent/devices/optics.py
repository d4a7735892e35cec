"""Conversions of optical readings: received and sent power to dBm, and what else a module tells.

Every kind of power reading makes two conversions: `NAME` gives dBm, and `NAME_light` gives 1 where
there is light and 0 where the device says that there is none (`agent.devices.light`).

A reading that no module can have (sentinels like 2147483647, and those nobody has met yet) gives
nothing. Where a row has the operand `module`, a column that is 0 without a module or without
digital diagnostics, a 0 there makes the whole row say nothing: 0 dBm alone could be a reading.

Sources: HH3C-TRANSCEIVER-INFO-MIB, MIKROTIK-MIB, JUNIPER-DOM-MIB, HP-ICF-TRANSCEIVER-MIB,
CISCOSB-PHY-MIB, HUAWEI-XPON-MIB, and recordings of such devices.
"""

from collections.abc import Callable

from agent.devices.conversion import Convert, Row, Unit
from agent.devices.light import (
    BRIGHTEST_DBM,
    DARK,
    DARKEST_DBM,
    NO_READING_DBM,
    dbm,
    number_in_text,
)
from agent.devices.optics_huawei import huawei_bias, huawei_lane, huawei_power, milliamperes_lane
from agent.devices.values import number
from agent.probe.snmp import Value

MODULE_CELSIUS = (-60.0, 150.0)
MODULE_VOLTS = (0.1, 20.0)
BIAS_AMPERES = (0.0, 1.0)


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
    "huawei_lane_1": (huawei_lane(0), ()),
    "huawei_lane_2": (huawei_lane(1), ()),
    "huawei_lane_3": (huawei_lane(2), ()),
    "huawei_lane_4": (huawei_lane(3), ()),
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
    "bias_milliamperes_lane_1": Unit(_within(BIAS_AMPERES, milliamperes_lane(0))),
    "bias_milliamperes_lane_2": Unit(_within(BIAS_AMPERES, milliamperes_lane(1))),
    "bias_milliamperes_lane_3": Unit(_within(BIAS_AMPERES, milliamperes_lane(2))),
    "bias_milliamperes_lane_4": Unit(_within(BIAS_AMPERES, milliamperes_lane(3))),
    "mikrotik_light": Unit(mikrotik_light, ("module",)),
}
"""The conversions of optics by name."""
