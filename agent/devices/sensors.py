"""Optics that a device tells as sensors: ENTITY-SENSOR-MIB (RFC 3433), CISCO-ENTITY-SENSOR-MIB.

Both have one row for each value, with its type, scale and precision. Which port a sensor is in
tells ENTITY-MIB; what it measures there, only its name or description does: "Receive Power
Sensor", "DOM RX Power Sensor for Ethernet5", "Lane 2 Transceiver Transmit Power Sensor". Power
comes in dBm from Cisco, whose MIB has a type for it, and in watts from the others.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from agent.devices.entities import ENTITY_QUESTIONS, NAME, entity_ports
from agent.devices.light import BRIGHTEST_DBM, DARK, DARKEST_DBM, NO_READING_DBM, dbm
from agent.devices.optics import BIAS_AMPERES, MODULE_CELSIUS, MODULE_VOLTS
from agent.devices.ports import NAME_QUESTIONS, port_names, sorted_indexes
from agent.devices.question import Question, Reader, Subject
from agent.devices.units import entity_sensor
from agent.devices.values import Answers, number, text
from agent.probe.snmp import Value
from govnet.catalogue import SENSOR_LEVELS
from govnet.report import Sample

_DESCRIPTION = "1.3.6.1.2.1.47.1.1.1.1.2"

_VOLTS_AC, _VOLTS, _AMPERES, _WATTS, _CELSIUS, _DBM = 3, 4, 5, 6, 8, 14
"""EntitySensorDataType; 14 only in Cisco's. NX-OS calls the DC voltage of a module AC."""

_WORKS = 1

_BROKEN_PRECISION = 1_615_384_784
"""What some releases of IOS answer instead of a precision; the value has no decimals then."""

_RECEIVE = re.compile(r"\b(rx|receive[dr]?)\b", re.IGNORECASE)
_TRANSMIT = re.compile(r"\b(tx|transmit(ted|ter)?)\b", re.IGNORECASE)
_LANE = re.compile(r"\blane\W?(\d+)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Mib:
    """Where a MIB has its sensors, and their thresholds if it has any."""

    entry: str
    thresholds: str | None = None

    @property
    def questions(self) -> tuple[Question, ...]:
        slow = [Question(f"{self.entry}.{column}", slow=True) for column in (1, 2, 3)]
        levels = [Question(self.thresholds, slow=True)] if self.thresholds else []
        return (
            *NAME_QUESTIONS,
            *ENTITY_QUESTIONS,
            Question(_DESCRIPTION, slow=True),
            *slow,
            *levels,
            Question(f"{self.entry}.4"),
            Question(f"{self.entry}.5"),
        )


ENTITY_SENSOR = _Mib("1.3.6.1.2.1.99.1.1.1")
CISCO_SENSOR = _Mib("1.3.6.1.4.1.9.9.91.1.1.1.1", "1.3.6.1.4.1.9.9.91.1.2.1.1.4")


@dataclass(frozen=True, slots=True)
class _Sensor:
    """A sensor in a port. `words` is all that the device calls it."""

    index: str
    port: str
    words: str
    kind: int | None
    row: Mapping[str, Value]
    value: float | None

    @property
    def lane(self) -> str:
        found = _LANE.search(self.words)
        return found[1] if found else "0"

    @property
    def power_dbm(self) -> float | None:
        """Return the value as power: -inf without light, None if it is none."""
        return None if self.value is None else self.in_dbm(self.value)

    def in_dbm(self, value: float) -> float | None:
        if self.kind == _DBM:
            return value
        return dbm(value * 1000) if self.kind == _WATTS and value >= 0 else None

    @property
    def direction(self) -> str | None:
        """Return receive or transmit for an optical power, None for anything else."""
        if self.kind not in (_DBM, _WATTS):
            return None
        if _RECEIVE.search(self.words):
            return "receive"
        return "transmit" if _TRANSMIT.search(self.words) else None


def _sensors(mib: _Mib, answers: Answers) -> Iterator[_Sensor]:
    names = port_names(answers)
    entities = entity_ports(answers, names)
    descriptions = answers.column(_DESCRIPTION)
    known = frozenset(names.values())
    columns = {"scale": 2, "precision": 3, "status": 5}
    for index in sorted_indexes(values := answers.column(f"{mib.entry}.4")):
        described = text(descriptions.get(index))
        port = entities.get(index) or _named_in(described, known)
        if port is None:
            continue
        row = {
            name: answers.column(f"{mib.entry}.{column}")[index]
            for name, column in columns.items()
            if index in answers.column(f"{mib.entry}.{column}")
        }
        if row.get("precision") == _BROKEN_PRECISION:
            row["precision"] = 0
        yield _Sensor(
            index,
            port,
            f"{text(answers.column(NAME).get(index))} {described}",
            number(answers.column(f"{mib.entry}.1").get(index)),
            row,
            entity_sensor(values[index], row),
        )


def _named_in(described: str, ports: frozenset[str]) -> str | None:
    """Return the port whose whole name ends the description, the longest: "for Ethernet5"."""
    words = described.split(" ")
    endings = (" ".join(words[start:]) for start in range(1, len(words)))
    return next((ending for ending in endings if ending in ports), None)


def _read(mib: _Mib) -> Callable[[Answers, Subject], Iterator[Sample]]:
    def read(answers: Answers, _subject: Subject) -> Iterator[Sample]:
        sensors = list(_sensors(mib, answers))
        optical = {sensor.port for sensor in sensors if sensor.direction}
        thresholds = _thresholds_by_sensor(mib, answers)
        for sensor in sensors:
            if sensor.direction:
                yield from _power(sensor)
                yield from _thresholds(sensor, thresholds.get(sensor.index, []))
            elif sensor.port in optical:
                yield from _module(sensor)

    return read


def _power(sensor: _Sensor) -> Iterator[Sample]:
    power = sensor.power_dbm
    if power is None or power > BRIGHTEST_DBM or DARK < power < NO_READING_DBM:
        return
    labels = {"port": sensor.port, "lane": sensor.lane}
    light = power > DARKEST_DBM
    if light:
        yield Sample(f"govnet_optics_{sensor.direction}_power_dbm", power, labels)
    if sensor.direction == "receive":
        yield Sample("govnet_optics_receive_light", float(light), labels)


def _module(sensor: _Sensor) -> Iterator[Sample]:
    def within(limits: tuple[float, float]) -> float | None:
        lowest, highest = limits
        value = sensor.value
        return value if value is not None and lowest <= value <= highest else None

    port = {"port": sensor.port}
    if sensor.kind == _CELSIUS and (found := within(MODULE_CELSIUS)) is not None:
        yield Sample("govnet_optics_temperature_celsius", found, port)
    elif sensor.kind in (_VOLTS, _VOLTS_AC) and (found := within(MODULE_VOLTS)) is not None:
        yield Sample("govnet_optics_supply_volts", found, port)
    elif sensor.kind == _AMPERES and (found := within(BIAS_AMPERES)) is not None:
        yield Sample("govnet_optics_bias_amperes", found, {**port, "lane": sensor.lane})


def _thresholds_by_sensor(mib: _Mib, answers: Answers) -> Mapping[str, list[Value]]:
    found: dict[str, list[Value]] = {}
    for index, value in answers.column(mib.thresholds).items() if mib.thresholds else ():
        found.setdefault(index.partition(".")[0], []).append(value)
    return found


def _thresholds(sensor: _Sensor, raw: list[Value]) -> Iterator[Sample]:
    """Yield the four thresholds of a sensor; the order of their values tells which is which.

    Severity and relation, which the MIB has for that, are the same in all rows of some devices.
    Fewer than four, or two that are the same, tell nothing.
    """
    row = {**sensor.row, "status": _WORKS}
    scaled = [entity_sensor(value, row) for value in raw]
    powers = {sensor.in_dbm(value) for value in scaled if value is not None}
    known = sorted(
        each for each in powers if each is not None and DARKEST_DBM < each <= BRIGHTEST_DBM
    )
    if len(raw) == len(known) == len(SENSOR_LEVELS):
        for level, value in zip(SENSOR_LEVELS, known, strict=True):
            yield Sample(
                f"govnet_optics_{sensor.direction}_power_threshold_dbm",
                value,
                {"port": sensor.port, "level": level},
            )


_POWER_METRICS = (
    "govnet_optics_receive_power_dbm",
    "govnet_optics_transmit_power_dbm",
    "govnet_optics_receive_light",
    "govnet_optics_bias_amperes",
    "govnet_optics_temperature_celsius",
    "govnet_optics_supply_volts",
)
_THRESHOLD_METRICS = (
    "govnet_optics_receive_power_threshold_dbm",
    "govnet_optics_transmit_power_threshold_dbm",
)

ENTITY_SENSOR_READER = Reader(ENTITY_SENSOR.questions, _POWER_METRICS, _read(ENTITY_SENSOR))
CISCO_SENSOR_READER = Reader(
    CISCO_SENSOR.questions, (*_POWER_METRICS, *_THRESHOLD_METRICS), _read(CISCO_SENSOR)
)
