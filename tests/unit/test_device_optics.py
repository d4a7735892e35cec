"""Optical readings in dBm: what each maker's numbers mean, and that no word for nothing is one."""

import pytest

from agent.devices.conversion import Row
from agent.devices.units import UNITS, convert
from agent.probe.snmp import Value

YUNSHAN = b"Huawei YunShan OS Version 1.24.0.1 (S6700 V600R024C00SPC100)"
VRP = b"Huawei Versatile Routing Platform Software VRP (R) software,Version 5.170"


@pytest.mark.parametrize(
    ("raw", "lanes", "description", "expected"),
    [
        pytest.param(536, b"-270.19", VRP, -2.708, id="S5720: µW, the lane in hundredths"),
        pytest.param(46, b"-1333.00", b"S12704", -13.372, id="S12704: µW"),
        pytest.param(70, b"0.70,1.23,1.54,1.05", YUNSHAN, 0.7, id="YunShan: positive hundredths"),
        pytest.param(70, b"0.70", b"", 0.7, id="the lane decides before sysDescr"),
        pytest.param(-290, b"", VRP, -2.9, id="NE8000 and AR: negative is hundredths"),
        pytest.param(604, b"", VRP, -2.19, id="VRP without lanes: positive is µW"),
        pytest.param(70, b"", YUNSHAN, 0.7, id="YunShan without lanes"),
        pytest.param(1000, b"0.00\0\0", VRP, 0.0, id="1 mW, the lane padded with NUL"),
        pytest.param(1000, b"10.00", YUNSHAN, 10.0, id="10 dBm is not 1 mW"),
        pytest.param(1, b"-2920.00", VRP, -30.0, id="1 µW is rounded more than a lane can prove"),
        pytest.param(0, b"0.00", YUNSHAN, 0.0, id="0 dBm of a lane that says so"),
        pytest.param(0, b"", YUNSHAN, None, id="0 without a lane"),
        pytest.param(0, b"-4000.00", VRP, None, id="no light"),
        pytest.param(-4000, b"-40.00,-40.00", YUNSHAN, None, id="a laser that is off"),
        pytest.param(-1, b"", VRP, None, id="-1"),
        pytest.param(-255, b"", VRP, None, id="-255"),
        pytest.param(2147483647, b"", VRP, None, id="2147483647"),
        pytest.param(b"536", b"-270.19", VRP, None, id="a text"),
    ],
)
def test_a_huawei_reading_is_what_its_lane_says(
    raw: Value, lanes: bytes, description: bytes, expected: float | None
) -> None:
    assert expected == convert("huawei_power", raw, {"lanes": lanes, "description": description})


@pytest.mark.parametrize(
    ("unit", "raw", "expected", "light"),
    [
        ("dbm_hundredths", -881, -8.81, 1),
        ("dbm_hundredths", -4000, None, 0),
        ("dbm_hundredths", -3999, -39.99, 1),
        ("dbm_hundredths", 2147483647, None, None),
        ("dbm_thousandths", -5673, -5.673, 1),
        ("dbm_thousandths", -99999999, None, None),
        ("procurve_dbm", -99999999, None, 0),
        ("procurve_dbm", -3763, -3.763, 1),
        ("microwatts", 1000, 0.0, 1),
        ("microwatts", 0, None, 0),
        ("microwatts", -1, None, None),
        ("tenth_microwatts", 229, -16.402, 1),
        ("tenth_microwatts", 0, None, 0),
        ("milliwatts_text", b"0.051300", -12.899, 1),
        ("milliwatts_text", b"0.0513 mW", -12.899, 1),
        ("milliwatts_text", b"0.000000", None, 0),
        ("milliwatts_text", b"N/A", None, None),
        ("milliwatts_text", b"nan", None, None),
        ("milliwatts_text", b"", None, None),
        ("xpon_olt_receive", 7830, -21.7, 1),
        ("xpon_olt_receive", 2147483647, None, None),
        ("zte_onu", 4675, -20.65, 1),
        ("zte_onu", 65535, None, None),
        ("zte_onu", 0, None, None),
        ("huawei_lane_2", b"-1.25,-1.39,-2.47,-1.34", -1.39, 1),
        ("huawei_lane_2", b"-125.00,-139.00,-6100.00", -1.39, 1),
        ("huawei_lane_2", b"-270.19", None, None),
        ("huawei_lane_4", b"-1.25,-1.39", None, None),
    ],
)
def test_a_reading_is_power_or_darkness_or_nothing(
    unit: str, raw: Value, expected: float | None, light: float | None
) -> None:
    assert (expected, light) == (convert(unit, raw, {}), convert(f"{unit}_light", raw, {}))


def test_a_zero_means_something_only_where_there_is_a_module() -> None:
    for module, expected in ((0, None), (26, 0.0)):
        assert expected == convert("dbm_hundredths", 0, {"module": module})


@pytest.mark.parametrize(
    ("raw", "lanes", "expected"),
    [
        pytest.param(5232, b"5.23", 0.005232, id="S5720: µA"),
        pytest.param(34, b"34.01", 0.034, id="NE8000: mA, the lane agrees"),
        pytest.param(34, b"", 0.034, id="mA by its size"),
        pytest.param(5100, b"", 0.0051, id="µA by its size"),
        pytest.param(300, b"", None, id="could be either"),
        pytest.param(0, b"0.00,0.00", 0.0, id="off"),
        pytest.param(-255, b"", None, id="-255"),
        pytest.param(2147483647, b"", None, id="2147483647"),
    ],
)
def test_a_huawei_bias_is_in_the_unit_that_it_can_be(
    raw: int, lanes: bytes, expected: float | None
) -> None:
    assert expected == convert("huawei_bias", raw, {"lanes": lanes})


@pytest.mark.parametrize(
    ("unit", "raw", "row", "expected"),
    [
        ("module_celsius", 39, {}, 39),
        ("module_celsius", -255, {}, None),
        ("module_celsius_256ths", 9088, {}, 35.5),
        ("module_celsius_256ths", -65535, {}, None),
        ("module_celsius_thousandths", 45398, {"module": 32970}, 45.398),
        ("module_celsius_thousandths", 0, {"module": 0}, None),
        ("module_celsius_text", b"34.566406", {}, 34.566406),
        ("module_volts_hundredths", 331, {}, 3.31),
        ("module_volts_thousandths", 0, {}, None),
        ("module_volts_100_microvolts", 33014, {}, 3.3014),
        ("module_volts_microvolts", 3288000, {}, 3.288),
        ("module_volts_text", b"N/A", {}, None),
        ("bias_10_microamperes", 3108, {}, 0.03108),
        ("bias_2_microamperes", 3405, {}, 0.00681),
        ("bias_microamperes", 2147483647, {}, None),
        ("bias_milliamperes_text", b"6.12", {}, 0.00612),
        ("bias_milliamperes_lane_3", b"7.30,7.31,7.32,7.33", {}, 0.00732),
        ("bias_milliamperes_lane_3", b"7.30", {}, None),
        ("mikrotik_light", 0, {"module": 40}, 1.0),
        ("mikrotik_light", 1, {"module": 40}, 0.0),
        ("mikrotik_light", 0, {"module": 0}, None),
        ("mikrotik_light", b"", {"module": 40}, None),
    ],
)
def test_what_else_a_module_tells_is_told_within_reason(
    unit: str, raw: Value, row: Row, expected: float | None
) -> None:
    found = convert(unit, raw, row)

    assert found == (None if expected is None else pytest.approx(expected))


def test_every_power_has_its_light() -> None:
    powers = {name.removesuffix("_light") for name in UNITS if name.endswith("_light")}

    assert powers - {"mikrotik"} <= set(UNITS)
