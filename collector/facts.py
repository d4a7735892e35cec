"""Facts that reports told and the database has not yet. Pure; used from one event loop."""

from collections.abc import Iterable

from collector.store.machine_facts import Told
from collector.wire import Received

CHECK = "facts"
"""The one check whose facts are kept."""


class FactsTold:
    """The newest facts of every machine since they were last taken."""

    def __init__(self) -> None:
        self._told: dict[str, Told] = {}

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

    def put_back(self, told: Iterable[Told]) -> None:
        """Note again what could not be saved, unless newer facts came meanwhile."""
        for one in told:
            self._note(one)
