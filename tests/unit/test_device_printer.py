"""What printers and power supplies say, where the number alone could mean two things."""

import pytest

from agent.devices.printer import errors
from agent.devices.units import convert

RUNNING, WARNING, DOWN = 2, 3, 5


@pytest.mark.parametrize(
    ("state", "status", "expected"),
    [
        pytest.param("00", RUNNING, set(), id="nothing"),
        pytest.param("20", WARNING, {"low_toner"}, id="a warning goes with a warning: the RFC"),
        pytest.param("20", DOWN, {"jammed"}, id="low toner stops no printer: the other order"),
        pytest.param("04", DOWN, {"jammed"}, id="a stop goes with a stop: the RFC"),
        pytest.param("04", WARNING, {"low_toner"}, id="a stop with a warning: the other order"),
        pytest.param("20", None, {"low_toner"}, id="no status: the RFC"),
        pytest.param("20", RUNNING, {"low_toner"}, id="neither order agrees: the RFC"),
        pytest.param("4000", DOWN, {"no_paper"}, id="two octets"),
        pytest.param("0008", WARNING, {"output_full"}, id="an error of the second octet"),
        pytest.param("c0", DOWN, {"low_paper", "no_paper"}, id="two errors"),
    ],
)
def test_the_state_of_the_device_tells_the_order_of_the_bits(
    state: str, status: int | None, expected: set[str]
) -> None:
    assert expected == errors(bytes.fromhex(state), status)


@pytest.mark.parametrize(
    ("level", "whole", "unit", "ratio", "left"),
    [
        (2000, 8000, 7, 0.25, 1.0),
        (0, 100, 19, 0.0, 0.0),
        (85, -2, 19, 0.85, 1.0),
        (85, -2, 7, None, 1.0),
        (-3, 100, 19, None, 1.0),
        (-2, 100, 19, None, None),
        (-1, 100, 19, None, None),
        (120, 100, 19, None, 1.0),
        (0, 0, 7, None, 0.0),
    ],
)
def test_a_supply_has_a_ratio_only_where_the_printer_knows_both_numbers(
    level: int, whole: int, unit: int, ratio: float | None, left: float | None
) -> None:
    row = {"whole": whole, "unit": unit}

    assert ratio == convert("supply_ratio", level, row)
    assert left == convert("supply_left", level, row)


@pytest.mark.parametrize(
    ("unit", "raw", "row", "expected"),
    [
        ("ups_hertz", 499, {}, 49.9),
        ("ups_hertz", 4999, {}, 49.99),
        ("ups_hertz", 60, {}, 60.0),
        ("ups_hertz", 0, {}, None),
        ("ups_hertz", 9999, {}, None),
        ("ups_volts", 227, {}, 227.0),
        ("ups_volts", 2369, {}, 236.9),
        ("ups_volts", 0, {}, None),
        ("ups_volts", -1, {}, None),
        ("ups_volts", 2147483647, {}, None),
        ("ups_runtime", 31, {"status": 2}, 1860.0),
        ("ups_runtime", 0, {"status": 2}, None),
        ("ups_runtime", 0, {"status": 3}, 0.0),
        ("ups_runtime", -1, {"status": 2}, None),
        ("percent_in_text", b"52 PERCENT", {}, 0.52),
        ("percent_in_text", b"7%", {}, 0.07),
        ("percent_in_text", b"512 MB", {}, None),
    ],
)
def test_a_number_of_a_power_supply_is_in_the_unit_that_it_can_be(
    unit: str, raw: int | bytes, row: dict[str, int], expected: float | None
) -> None:
    assert expected == convert(unit, raw, row)
