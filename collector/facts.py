"""Facts that reports told and the database has not yet. Pure; used from one event loop."""

from collections.abc import Iterable
from typing import Final

from collector.intake.limits import Buckets
from collector.store.machine_facts import Told
from collector.wire import Received

CHECK = "facts"
"""The one check whose facts are kept."""

SAVES_PER_MINUTE: Final = 1
SAVES_AT_ONCE: Final = 10
"""So often a machine's facts are saved at once; more often only with the next checkpoint. They
change with a repair or an update: a machine that tells others all the time fills no disk."""


class FactsTold:
    """The newest facts of every machine since they were last taken."""

    def __init__(self) -> None:
        self._told: dict[str, Told] = {}
        self._saves: Buckets[str] = Buckets(SAVES_PER_MINUTE, SAVES_AT_ONCE)

    def apply(self, received: Received) -> None:
        """Note the facts in a report; a machine tells of itself only."""
        machine = received.identity.machine
        for result in received.report.results:
            if result.facts is None or result.check != CHECK or result.target != machine:
                continue
            self._note(Told(machine, received.identity.agent, received.at, result.facts))

    def _note(self, told: Told) -> None:
        known = self._told.get(told.machine)
        if known is None or known.at <= told.at:
            self._told[told.machine] = told

    def take(self) -> list[Told]:
        """Return what is to be saved, and forget it."""
        told, self._told = self._told, {}
        return list(told.values())

    def take_due(self, now: float) -> list[Told]:
        """Return what is to be saved at `now` (Unix seconds) already, and forget it."""
        due = [one for one in self._told.values() if not self._saves.wait_seconds(one.machine, now)]
        for one in due:
            self._saves.draw(one.machine, now)
            del self._told[one.machine]
        return due

    def put_back(self, told: Iterable[Told]) -> None:
        """Note again what could not be saved, unless newer facts came meanwhile."""
        for one in told:
            self._note(one)
