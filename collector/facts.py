"""Facts that reports told and the database has not yet. Pure; used from one event loop."""

from collections.abc import Iterable
from typing import Final

from collector.intake.limits import Buckets
from collector.store.machine_facts import Told
from collector.wire import Received

OF_MACHINES: Final = "facts"
OF_DEVICES: Final = "device"
"""The checks whose facts are kept."""

SAVES_PER_MINUTE: Final = 1
SAVES_AT_ONCE: Final = 10
"""So often the facts of one machine or device are saved at once; more often only with the next
checkpoint. They change with a repair or an update: who tells others all the time fills no disk."""


class FactsTold:
    """The newest facts of every machine, or device, since they were last taken."""

    def __init__(self) -> None:
        self._told: dict[str, Told] = {}
        self._saves: Buckets[str] = Buckets(SAVES_PER_MINUTE, SAVES_AT_ONCE)

    def note(self, told: Told) -> None:
        """Note what a report told, unless newer facts are known."""
        known = self._told.get(told.subject)
        if known is None or known.at <= told.at:
            self._told[told.subject] = told

    def take(self) -> list[Told]:
        """Return what is to be saved, and forget it."""
        told, self._told = self._told, {}
        return list(told.values())

    def take_due(self, now: float) -> list[Told]:
        """Return what is to be saved at `now` (Unix seconds) already, and forget it."""
        due = [one for one in self._told.values() if not self._saves.wait_seconds(one.subject, now)]
        for one in due:
            self._saves.draw(one.subject, now)
            del self._told[one.subject]
        return due

    def put_back(self, told: Iterable[Told]) -> None:
        """Note again what could not be saved, unless newer facts came meanwhile."""
        for one in told:
            self.note(one)


def told_in(received: Received, check: str) -> list[Told]:
    """Return the facts that a report tells by that check."""
    return [
        Told(result.target, received.identity.agent, received.at, result.facts)
        for result in received.report.results
        if result.check == check and result.facts is not None
    ]
