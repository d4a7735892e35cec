"""Scripted faults: what is broken in the simulated province, and when. Pure.

A script is JSON, a list of faults:

    [{"kind": "link_cut", "item": "duc-trong", "from_seconds": 30, "to_seconds": 300}, ...]

`item` is an inventory id: a site for `link_cut`, `power_cut` and `slow_link`, otherwise the
machine, conference point or service itself. Seconds count from the simulator's start; without
`to_seconds` the fault stays.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from govnet.errors import ConfigError

TIMES = ("from_seconds", "to_seconds")
FIELDS = ("kind", "item", *TIMES)


class FaultKind(StrEnum):
    """What can break."""

    LINK_CUT = "link_cut"
    """The site's machines run and keep their reports; nothing passes the circuit."""
    POWER_CUT = "power_cut"
    """Everything in the site is dark; no report is made."""
    SLOW_LINK = "slow_link"
    """The circuit loses and delays packets."""
    MACHINE_OFF = "machine_off"
    POINT_DOWN = "point_down"
    SERVICE_DOWN = "service_down"
    CERTIFICATE_EXPIRING = "certificate_expiring"
    DISK_FULL = "disk_full"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: what, where, and from when to when (seconds since the start)."""

    kind: FaultKind
    item: str
    from_seconds: float = 0.0
    to_seconds: float = math.inf


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults of one moment, asked by item."""

    active: frozenset[tuple[FaultKind, str]]

    def has(self, kind: FaultKind, item: str) -> bool:
        """Whether that item has that fault now."""
        return (kind, item) in self.active

    def dark(self, site: str, machine: str) -> bool:
        """Whether the machine has no power and makes no report."""
        return self.has(FaultKind.POWER_CUT, site) or self.has(FaultKind.MACHINE_OFF, machine)

    def cut_off(self, site: str) -> bool:
        """Whether nothing passes between the site and the centre."""
        return self.has(FaultKind.LINK_CUT, site) or self.has(FaultKind.POWER_CUT, site)


def at(script: Iterable[Fault], elapsed_seconds: float) -> Faults:
    """Return the faults that hold at that time."""
    return Faults(
        frozenset(
            (fault.kind, fault.item)
            for fault in script
            if fault.from_seconds <= elapsed_seconds < fault.to_seconds
        )
    )


def load(path: Path) -> tuple[Fault, ...]:
    """Read a script. Raises ConfigError with every mistake found in it."""
    try:
        plain = json.loads(path.read_text("utf-8"))
    except OSError as exc:
        raise ConfigError([f"{path}: cannot be read: {exc.strerror}"]) from exc
    except ValueError as exc:
        raise ConfigError([f"{path}: expected JSON, found: {exc}"]) from exc
    if not isinstance(plain, list):
        raise ConfigError([f"{path}: expected a list of faults, found {type(plain).__name__}"])
    problems = [
        f"{path}: [{index}]: {problem}"
        for index, record in enumerate(plain)
        for problem in _mistakes(record)
    ]
    if problems:
        raise ConfigError(problems)
    return tuple(
        Fault(
            FaultKind(record["kind"]),
            record["item"],
            float(record.get("from_seconds", 0.0)),
            float(record.get("to_seconds", math.inf)),
        )
        for record in plain
    )


def _mistakes(record: object) -> list[str]:
    if not isinstance(record, dict):
        return [f"expected an object, found {record!r}"]
    problems = [f"{name}: unknown field" for name in sorted(record.keys() - set(FIELDS))]
    kind, item = record.get("kind"), record.get("item")
    if kind not in set(FaultKind):
        problems.append(f"kind: expected one of {', '.join(FaultKind)}, found {kind!r}")
    if not isinstance(item, str) or not item:
        problems.append(f"item: expected an inventory id, found {item!r}")
    wrong = [name for name in TIMES if not _is_time(record.get(name, 0.0))]
    problems += [f"{name}: expected seconds from 0, found {record[name]!r}" for name in wrong]
    if not wrong and record.get("to_seconds", math.inf) <= record.get("from_seconds", 0.0):
        problems.append("to_seconds: expected later than from_seconds")
    return problems


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
