"""The lines of the Network UPS Tools protocol (RFC 9271 §4), and what they say of a UPS; pure.

The names of variables are NUT's own (RFC 9271 §5.1 and Appendix A).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite

from agent.probe.trace import readable

_VALUE_LIMIT = 200


def words(line: bytes) -> tuple[str, ...] | None:
    """Return the words of a line; quoted ones may hold spaces, and a backslash before a character.

    None for a line that is none of this protocol.
    """
    text = readable(line, 1024)
    found: list[str] = []
    position = 0
    while position < len(text):
        if text[position] == " ":
            position += 1
        elif text[position] == '"':
            word, position = _quoted(text, position + 1)
            if position < 0:
                return None
            found.append(word[:_VALUE_LIMIT])
        else:
            end = text.find(" ", position)
            end = len(text) if end < 0 else end
            found.append(text[position:end])
            position = end
    return tuple(found)


def _quoted(text: str, position: int) -> tuple[str, int]:
    """Return the quoted word that begins here and the place after it, -1 if it has no end."""
    word: list[str] = []
    while position < len(text):
        if text[position] == "\\" and position + 1 < len(text):
            word.append(text[position + 1])
            position += 2
        elif text[position] == '"':
            return "".join(word), position + 1
        else:
            word.append(text[position])
            position += 1
    return "", -1


@dataclass(frozen=True, slots=True)
class Line:
    """A phase of input or output; numbers are volts, hertz and 0-1, None where not told."""

    volts: float | None = None
    hertz: float | None = None
    load_ratio: float | None = None


@dataclass(frozen=True, slots=True)
class Ups:
    """What a UPS says of itself; None where it does not say."""

    on_mains: bool | None
    battery_low: bool | None
    battery_replace: bool | None
    battery_charge_ratio: float | None
    battery_runtime_seconds: float | None
    battery_volts: float | None
    inputs: tuple[tuple[str, Line], ...]
    """By line: "1", or "1" to "3" for three phases."""
    outputs: tuple[tuple[str, Line], ...]
    model: str
    firmware: str
    serial: str


def read_ups(variables: Mapping[str, str]) -> Ups:
    """Return what the variables of `LIST VAR` say."""
    # WAIT: the driver has not heard of the UPS yet.
    flags = set(variables.get("ups.status", "").split()) - {"WAIT"}
    told = bool(flags)
    return Ups(
        on_mains=True if "OL" in flags else False if "OB" in flags else None,
        battery_low="LB" in flags if told else None,
        battery_replace="RB" in flags if told else None,
        battery_charge_ratio=_ratio(variables, "battery.charge"),
        battery_runtime_seconds=_number(variables, "battery.runtime"),
        battery_volts=_number(variables, "battery.voltage"),
        inputs=tuple(_lines(variables, "input")),
        outputs=tuple(_lines(variables, "output")),
        model=variables.get("device.model", variables.get("ups.model", "")),
        firmware=variables.get("ups.firmware", ""),
        serial=variables.get("device.serial", variables.get("ups.serial", "")),
    )


def _lines(variables: Mapping[str, str], side: str) -> Iterator[tuple[str, Line]]:
    """Yield every line of one side that says something; three phases come before the sum."""
    phases = [
        Line(
            volts=_number(variables, f"{side}.L{number}-N.voltage"),
            hertz=_number(variables, f"{side}.frequency"),
            load_ratio=_ratio(variables, f"{side}.L{number}.power.percent"),
        )
        for number in (1, 2, 3)
    ]
    if any(line.volts is not None for line in phases):
        yield from ((str(number), line) for number, line in enumerate(phases, 1))
        return
    line = Line(
        volts=_number(variables, f"{side}.voltage"),
        hertz=_number(variables, f"{side}.frequency"),
        load_ratio=_ratio(variables, "ups.load") if side == "output" else None,
    )
    if line != Line():
        yield "1", line


def _number(variables: Mapping[str, str], name: str) -> float | None:
    try:
        number = float(variables[name])
    except (KeyError, ValueError):
        return None
    return number if isfinite(number) and number >= 0 else None


def _ratio(variables: Mapping[str, str], name: str) -> float | None:
    percent = _number(variables, name)
    return None if percent is None else percent / 100
