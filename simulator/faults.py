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
    problems: list[str] = []
    script: list[Fault] = []
    for index, record in enumerate(plain):
        try:
            script.append(_fault(record))
        except (TypeError, ValueError, KeyError) as exc:
            problems.append(f"{path}: [{index}]: {exc}")
    if problems:
        raise ConfigError(problems)
    return tuple(script)


def _fault(record: object) -> Fault:
    if not isinstance(record, dict):
        raise TypeError(f"expected an object, found {record!r}")
    unknown = set(record) - {"kind", "item", "from_seconds", "to_seconds"}
    if unknown:
        raise ValueError(f"unknown field {min(unknown)!r}")
    if record.get("kind") not in set(FaultKind):
        raise ValueError(
            f"kind: expected one of {', '.join(FaultKind)}, found {record.get('kind')!r}"
        )
    if not isinstance(record.get("item"), str):
        raise TypeError(f"item: expected an inventory id, found {record.get('item')!r}")
    return Fault(
        FaultKind(record["kind"]),
        record["item"],
        float(record.get("from_seconds", 0.0)),
        float(record.get("to_seconds", math.inf)),
    )
