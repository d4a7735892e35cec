"""Readings of modules in Huawei devices, whose numbers do not say what they count.

Sources: HUAWEI-ENTITY-EXTENT-MIB, recordings of S5720, S12704, NE8000 and CloudEngine S6750.
"""

from agent.devices.conversion import Convert, Row
from agent.devices.light import BRIGHTEST_DBM, dbm, lanes
from agent.devices.values import number, whole_text
from agent.probe.snmp import Value

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


def huawei_lane(which: int) -> Convert:
    """Return the reading of one lane, counted from 0, of a module that has several."""

    def read(value: Value, _row: Row) -> float | None:
        each = lanes(value)
        if not which < len(each) > 1:
            return None
        in_dbm = all(_LOWEST_LANE_DBM <= lane <= BRIGHTEST_DBM for lane in each)
        return each[which] / (1 if in_dbm else 100)

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


def milliamperes_lane(which: int) -> Convert:
    """Return the bias of one lane, counted from 0, of a module that has several."""

    def read(value: Value, _row: Row) -> float | None:
        each = lanes(value)
        return each[which] / 1000 if which < len(each) > 1 else None

    return read
