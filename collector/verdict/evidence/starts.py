"""When machines and their agents began to run, and how they had stopped before.

Every report repeats it, corrected by its own time: the one with the lowest number counts, so any
order of arrival leaves the same.
"""

import math
from bisect import insort
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from collector.wire import Received, WireResult

MAX_STARTS: Final = 1_000
"""Of one machine; 25 a day for 40 days. Of more the oldest go."""

_UPTIME: Final = "govnet_machine_uptime_seconds"
_BOOTED: Final = "govnet_machine_boot_timestamp_seconds"
_ALIVE: Final = "govnet_machine_last_alive_timestamp_seconds"
_CLEAN: Final = "govnet_machine_clean_stop"


class Start(msgspec.Struct, frozen=True, gc=False):
    """That an agent began to run, and how its run before ended. Times are Unix seconds.

    `booted_at` is when the machine began to run; after `last_alive_at` the machine itself had
    stopped, else only the agent. `is_clean` tells whether the run before was ended in order;
    None where nothing is known of it.
    """

    machine: str
    boot_id: str
    booted_at: float
    last_alive_at: float | None
    is_clean: bool | None


class Told(Start, frozen=True, gc=False):
    """A start with the report that counts: its spool and number.

    `alive_clock` is the last sign of life by the machine's own clock: with `boot_id` it tells
    which start this is.
    """

    incarnation: str
    seq: int
    alive_clock: float | None

    @property
    def touches_at(self) -> float:
        """From when on it may change what was judged (Unix seconds)."""
        alive_at = self.last_alive_at
        return self.booted_at if alive_at is None else min(alive_at, self.booted_at)


class Starts:
    """All starts that are known, by machine."""

    def __init__(self) -> None:
        self.by_machine: dict[str, list[Start]] = {}
        """Ascending by `booted_at`."""
        self.unsaved: dict[tuple[str, str, int], Told | None] = {}
        """By machine, spool and number, what changed since it was last saved; None: gone."""
        self._told: dict[str, Told] = {}
        # By machine, the one that its last report told.

    def take(self, received: Received, result: WireResult) -> float:
        """Take in the result of a machine's check of itself.

        Returns from when on that may change what was judged, infinity for nothing.
        """
        report, machine = received.report, received.identity.machine
        values = {sample.name: sample.value for sample in result.samples}
        alive_clock = values.get(_ALIVE)
        known = self._told.get(machine)
        if known is None or known.boot_id != report.boot_id or known.alive_clock != alive_clock:
            known = self._find(machine, report.boot_id, alive_clock)
        if known is not None:
            self._told[machine] = known
            if (received.incarnation, report.seq) >= (known.incarnation, known.seq):
                return math.inf
        told = _told(received, result, values)
        if told is None:
            return math.inf
        self._told[machine] = told
        touched_at = told.touches_at
        if known is not None:
            touched_at = min(touched_at, known.touches_at)
            self._drop(machine, [known])
        self._put(told)
        return touched_at

    def restore(self, starts: Iterable[Told]) -> None:
        """Put back what was saved."""
        for start in starts:
            self.by_machine.setdefault(start.machine, []).append(start)
        for of_machine in self.by_machine.values():
            of_machine.sort(key=_order)

    def forget(self, machine: str) -> None:
        """Drop what is known of a machine."""
        if machine in self.by_machine:
            self._drop(machine, tuple(self.by_machine[machine]))
            del self.by_machine[machine]
        self._told.pop(machine, None)

    def expire(self, before: float) -> None:
        """Drop the starts before that moment, but those of a machine's newest boot.

        Its reports still tell them.
        """
        for machine, starts in self.by_machine.items():
            if starts[0].booted_at < before:
                boot_id = starts[-1].boot_id
                old = [s for s in starts if s.booted_at < before and s.boot_id != boot_id]
                self._drop(machine, old)

    def _find(self, machine: str, boot_id: str, alive_clock: float | None) -> Told | None:
        for start in reversed(self.by_machine.get(machine, ())):
            told = _as_told(start)
            if told.boot_id == boot_id and told.alive_clock == alive_clock:
                return told
        return None

    def _put(self, told: Told) -> None:
        starts = self.by_machine.setdefault(told.machine, [])
        insort(starts, told, key=_order)
        self.unsaved[told.machine, told.incarnation, told.seq] = told
        if len(starts) > MAX_STARTS:
            self._drop(told.machine, starts[:1])

    def _drop(self, machine: str, starts: Iterable[Start]) -> None:
        of_machine = self.by_machine[machine]
        for start in starts:
            told = _as_told(start)
            of_machine.remove(start)
            self.unsaved[machine, told.incarnation, told.seq] = None


def _as_told(start: Start) -> Told:
    assert isinstance(start, Told)  # noqa: S101 - nothing else is ever put in
    return start


def _order(start: Start) -> tuple[float, float, str]:
    alive_at = start.last_alive_at
    return start.booted_at, -math.inf if alive_at is None else alive_at, start.boot_id


def _told(received: Received, result: WireResult, values: Mapping[str, float]) -> Told | None:
    """Return what a report says of its machine's start, None if it does not."""
    report = received.report
    uptime_seconds, boot_clock = values.get(_UPTIME), values.get(_BOOTED)
    # The clock of the machine may have been set since; how long it has run is measured without it.
    ahead_seconds = report.created_at - received.at
    if uptime_seconds is not None:
        booted_at = received.at - result.age_seconds - uptime_seconds
    elif boot_clock is not None:
        booted_at = boot_clock - ahead_seconds
    else:
        return None
    alive_clock, clean = values.get(_ALIVE), values.get(_CLEAN)
    alive_at = None if alive_clock is None else alive_clock - ahead_seconds
    if alive_at is not None and alive_at > received.at:
        alive_at = None  # The clock was ahead when it was written: nobody knows by how much.
    return Told(
        received.identity.machine,
        report.boot_id,
        booted_at,
        alive_at,
        None if clean is None else clean > 0,
        received.incarnation,
        report.seq,
        alive_clock,
    )
