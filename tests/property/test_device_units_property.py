"""Whatever a device answers, a conversion gives a finite number within reason, or nothing."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.devices.light import BRIGHTEST_DBM, DARKEST_DBM
from agent.devices.optics import BIAS_AMPERES, OPTICS, POWER
from agent.devices.printer import errors
from agent.devices.units import UNITS, convert
from agent.probe.snmp import Value

NUMBERS = st.one_of(
    st.integers(-(1 << 31), (1 << 64) - 1),
    st.sampled_from([0, -1, -255, -4000, -10000, -65535, -99999999, 65535, 2147483647, 4294967295]),
    st.integers(-5000, 5000),
)
TEXTS = st.one_of(
    st.binary(max_size=40),
    st.text("0123456789.,-+ eENnaAiIf/\0", max_size=40).map(str.encode),
)
VALUES = st.one_of(NUMBERS, TEXTS, st.text(max_size=10))
BIAS = sorted(name for name in OPTICS if "bias" in name)
OPERANDS = ("lanes", "module", "whole", "unit", "scale", "precision", "status", "description")
ROWS = st.dictionaries(st.sampled_from(OPERANDS), VALUES)


@settings(max_examples=1000)
@given(name=st.sampled_from(sorted(UNITS)), value=VALUES, row=ROWS)
def test_no_conversion_raises_or_gives_what_is_no_number(
    name: str, value: Value, row: dict[str, Value]
) -> None:
    found = convert(name, value, row)

    assert found is None or math.isfinite(found)


@settings(max_examples=500)
@given(name=st.sampled_from(sorted(POWER)), value=VALUES, row=ROWS)
def test_power_is_between_darkness_and_what_a_module_can_give(
    name: str, value: Value, row: dict[str, Value]
) -> None:
    power, light = convert(name, value, row), convert(f"{name}_light", value, row)

    assert power is None or (DARKEST_DBM < power <= BRIGHTEST_DBM and light == 1)
    assert light != 1 or power is not None


@settings(max_examples=300)
@given(name=st.sampled_from(BIAS), value=VALUES, row=ROWS)
def test_bias_is_no_more_than_a_laser_bears(name: str, value: Value, row: dict[str, Value]) -> None:
    found = convert(name, value, row)

    assert found is None or BIAS_AMPERES[0] <= found <= BIAS_AMPERES[1]


@pytest.mark.parametrize("sentinel", [2147483647, -2147483648, 4294967295, -65535])
@pytest.mark.parametrize("name", sorted(OPTICS))
def test_words_for_nothing_are_never_a_value(name: str, sentinel: int) -> None:
    assert convert(name, sentinel, {}) is None


@given(state=st.binary(max_size=4), status=st.one_of(st.none(), st.integers(0, 6)))
def test_errors_of_a_printer_are_those_of_one_of_the_two_orders(
    state: bytes, status: int | None
) -> None:
    flipped = bytes(int(f"{octet:08b}"[::-1], 2) for octet in state)

    assert errors(state, status) in (errors(state, None), errors(flipped, None))
