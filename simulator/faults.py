"""Scripted faults: what is broken in the simulated province, and when. Pure.

A script is JSON, a list of faults:

    [{"kind": "link_cut", "item": "duc-trong", "from_seconds": 30, "to_seconds": 300}, ...]

`item` is an inventory id: what each kind of fault takes is said at `FaultKind`. Seconds count from
the simulator's start; without `to_seconds` the fault stays. What then still reaches what is decided
in `simulator.network`.
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
    """What can break, and what `item` names."""

    LINK_CUT = "link_cut"
    """Site: its machines run and keep their reports; beyond its router nothing passes."""
    POWER_CUT = "power_cut"
    """Site: everything in it is dark, but for what is `on_ups`; no report is made."""
    SLOW_LINK = "slow_link"
    """Site: its circuits lose and delay packets."""
    CARRIER_DOWN = "carrier_down"
    """Site: the carrier's first hop still answers, nothing behind it does."""
    MAIN_CIRCUIT_CUT = "main_circuit_cut"
    """Link: nothing passes it; the site's reports take another way, the centre's packets do not."""
    CPE_DEAD = "cpe_dead"
    """Site: its router is dead; the office's own network works."""
    SWITCH_DEAD = "switch_dead"
    """Site: nobody in the office reaches anybody; the router answers the centre."""
    SENDING_BLOCKED = "sending_blocked"
    """Site: everything works, but its agents cannot reach the collector."""
    DNS_BROKEN = "dns_broken"
    """Site: no name server answers it; whoever needs names cannot work."""
    CENTRE_UPLINK_CUT = "centre_uplink_cut"
    """Site of the centre: its agent and the collector see each other and nobody else."""
    MACHINE_OFF = "machine_off"
    """Machine: somebody switched it off, in order."""
    AGENT_CRASH = "agent_crash"
    """Machine: it runs, its agent does not."""
    ON_BATTERY = "on_battery"
    """Machine: it runs on its battery."""
    ON_UPS = "on_ups"
    """Machine, device or point: a power cut does not darken it. Site: its router and switch."""
    CLOCK_WRONG = "clock_wrong"
    """Machine: its clock is two years slow."""
    DEVICE_DOWN = "device_down"
    """Device: it answers nobody."""
    POINT_DOWN = "point_down"
    SERVICE_DOWN = "service_down"
    CERTIFICATE_EXPIRING = "certificate_expiring"
    DISK_FULL = "disk_full"


CLOCK_ERROR_SECONDS = -2 * 365 * 86_400.0
"""By how much a wrong clock is off."""


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

    def items(self, kind: FaultKind) -> frozenset[str]:
        """Return all items that have that fault now."""
        return frozenset(item for found, item in self.active if found is kind)


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
