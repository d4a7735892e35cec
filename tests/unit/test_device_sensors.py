"""Optics told as sensors: which port, direction and lane, and thresholds by their order."""

import time

import pytest

from agent.devices.ports import IF_NAME
from agent.devices.question import Reader, Subject
from agent.devices.sensors import CISCO_SENSOR_READER, ENTITY_SENSOR_READER
from agent.devices.values import Answers
from agent.probe.snmp import Value

CISCO = "1.3.6.1.4.1.9.9.91.1.1.1.1"
THRESHOLD = "1.3.6.1.4.1.9.9.91.1.2.1.1.4"
STANDARD = "1.3.6.1.2.1.99.1.1.1"
NAMES = {"1": b"Te1/1/1", "2": b"Te1/1/2", "7": b"Gi1/0/7"}
COLUMNS = {"type": 1, "scale": 2, "precision": 3, "value": 4, "status": 5}


def told(
    reader: Reader,
    entry: str,
    sensors: dict[str, tuple[str, dict[str, int]]],
    thresholds: dict[str, int] | None = None,
    descriptions: dict[str, Value] | None = None,
) -> dict[str, float]:
    """Return what the reader says of sensors by name; the words of labels behind each metric."""
    columns: dict[str, dict[str, Value]] = {
        "1.3.6.1.2.1.31.1.1.1.1": dict(NAMES),
        "1.3.6.1.2.1.47.1.1.1.1.7": {index: name.encode() for index, (name, _) in sensors.items()},
        "1.3.6.1.2.1.47.1.1.1.1.2": descriptions or {},
        THRESHOLD: dict(thresholds or {}),
    }
    for index, (_, row) in sensors.items():
        for word, value in row.items():
            columns.setdefault(f"{entry}.{COLUMNS[word]}", {})[index] = value
    samples = reader.read(Answers(columns=columns), Subject())
    return {
        " ".join(
            [sample.name.removeprefix("govnet_optics_"), *(sample.labels or {}).values()]
        ): sample.value
        for sample in samples
    }


def dbm(value: int, *, scale: int = 9, precision: int = 1, status: int = 1) -> dict[str, int]:
    return {"type": 14, "scale": scale, "precision": precision, "value": value, "status": status}


def test_cisco_sensors_are_optics_of_the_port_that_their_names_begin_with() -> None:
    found = told(
        CISCO_SENSOR_READER,
        CISCO,
        {
            "10": ("Te1/1/1 Receive Power Sensor", dbm(-60)),
            "11": ("Te1/1/1 Transmit Power Sensor", dbm(-52)),
            "12": (
                "Te1/1/1 Module Temperature Sensor",
                {"type": 8, "scale": 9, "precision": 1, "value": 419, "status": 1},
            ),
            "13": (
                "Te1/1/1 Supply Voltage Sensor",
                {"type": 4, "scale": 9, "precision": 2, "value": 334, "status": 1},
            ),
            "14": (
                "Te1/1/1 Bias Current Sensor",
                {"type": 5, "scale": 8, "precision": 1, "value": 195, "status": 1},
            ),
            "15": (
                "Gi1/0/7 PHY Temperature",
                {"type": 8, "scale": 9, "precision": 0, "value": 55, "status": 1},
            ),
        },
    )

    assert {
        "receive_power_dbm Te1/1/1 0": -6.0,
        "receive_light Te1/1/1 0": 1.0,
        "transmit_power_dbm Te1/1/1 0": -5.2,
        "temperature_celsius Te1/1/1": 41.9,
        "supply_volts Te1/1/1": 3.34,
        "bias_amperes Te1/1/1 0": 0.0195,
    } == found


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(dbm(-2456, scale=8, precision=0), -2.456, id="NX-OS: thousandths by scale"),
        pytest.param(dbm(-7, precision=1_615_384_784), -7.0, id="the IOS bug: no decimals"),
        pytest.param(dbm(-400), None, id="-40 dBm: no light"),
        pytest.param(dbm(-60, status=2), None, id="unavailable"),
        pytest.param(dbm(-60, status=3), None, id="does not work"),
        pytest.param(dbm(2147483647), None, id="impossible"),
    ],
)
def test_a_cisco_power_is_scaled_as_its_row_says(
    row: dict[str, int], expected: float | None
) -> None:
    found = told(CISCO_SENSOR_READER, CISCO, {"10": ("Te1/1/1 Receive Power Sensor", row)})

    assert expected == found.get("receive_power_dbm Te1/1/1 0")


def test_darkness_is_told_and_a_sensor_that_fails_tells_nothing() -> None:
    dark = told(CISCO_SENSOR_READER, CISCO, {"10": ("Te1/1/1 Rx Power", dbm(-400))})
    failed = told(CISCO_SENSOR_READER, CISCO, {"10": ("Te1/1/1 Rx Power", dbm(-60, status=2))})

    assert ({"receive_light Te1/1/1 0": 0.0}, {}) == (dark, failed)


def test_lanes_are_read_out_of_names() -> None:
    found = told(
        CISCO_SENSOR_READER,
        CISCO,
        {
            "10": ("Te1/1/2 Lane 1 Transceiver Receive Power Sensor", dbm(-12)),
            "11": ("Te1/1/2 Lane 4 Transceiver Receive Power Sensor", dbm(-31)),
        },
    )

    assert -1.2 == found["receive_power_dbm Te1/1/2 1"]
    assert -3.1 == found["receive_power_dbm Te1/1/2 4"]


def test_four_thresholds_are_told_apart_by_their_order() -> None:
    """A Nexus writes the same severity and relation into all rows."""
    sensors = {"10": ("Te1/1/1 Receive Power Sensor", dbm(-60))}
    rows = {"10.1": 20, "10.2": -10, "10.3": -139, "10.4": -99, "99.1": 5}

    found = told(CISCO_SENSOR_READER, CISCO, sensors, rows)

    assert {"high_alarm": 2.0, "high_warning": -1.0, "low_warning": -9.9, "low_alarm": -13.9} == {
        key.rpartition(" ")[2]: value for key, value in found.items() if "threshold" in key
    }


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param({"10.1": 20, "10.2": -10}, id="two only"),
        pytest.param({"10.1": 20, "10.2": 20, "10.3": -139, "10.4": -99}, id="two are the same"),
        pytest.param({"10.1": 2147483647, "10.2": -32768, "10.3": -1, "10.4": -2}, id="not set"),
    ],
)
def test_thresholds_that_cannot_be_told_apart_are_not_told(rows: dict[str, int]) -> None:
    sensors = {"10": ("Te1/1/1 Receive Power Sensor", dbm(-60))}

    found = told(CISCO_SENSOR_READER, CISCO, sensors, rows)

    assert [] == [key for key in found if "threshold" in key]


def test_watts_of_the_standard_are_power_of_the_port_that_the_description_ends_with() -> None:
    """An Arista: 0.4025 mW, the sensor without a name."""
    row = {"type": 6, "scale": 8, "precision": 4, "value": 4025, "status": 1}
    dark = {"type": 6, "scale": 8, "precision": 4, "value": 0, "status": 1}

    found = told(
        ENTITY_SENSOR_READER,
        STANDARD,
        {"10": ("", row), "11": ("", dark), "12": ("", row)},
        descriptions={
            "10": b"DOM RX Power Sensor for Te1/1/1",
            "11": b"DOM RX Power Sensor for Te1/1/2",
            "12": b"Power supply 1 power sensor",
        },
    )

    assert {
        "receive_power_dbm Te1/1/1 0": -3.952,
        "receive_light Te1/1/1 0": 1.0,
        "receive_light Te1/1/2 0": 0.0,
    } == found


def test_long_tables_that_fit_nothing_take_no_minutes():
    rows = range(20_000)
    columns: dict[str, dict[str, Value]] = {
        question.column: {str(row): b"part %d" % row for row in rows}
        for question in ENTITY_SENSOR_READER.questions
    }
    columns[IF_NAME] = {str(row): b"port %d" % row for row in rows}
    started_at = time.thread_time()

    found = list(ENTITY_SENSOR_READER.read(Answers({}, columns), Subject()))

    assert found == []
    assert time.thread_time() - started_at < 10  # Every part against every port took 30 s.
