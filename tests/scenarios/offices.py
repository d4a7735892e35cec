"""A scenario's offices: simulated agents, and the people who switch their PCs on and off."""

import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time

from agent.identity.keys import Identity
from agent.transport.channel import Channel
from inventory.model import Inventory, MachineRole
from simulator import faults
from simulator.faults import Fault, FaultKind, Faults
from simulator.office import SimulatedAgent
from simulator.province import turn
from tests.scenarios import local_time
from tests.scenarios.scenario import People, Scenario

_ARRIVAL_MINUTES = (7 * 60 + 14, 15)
_LEAVING_MINUTES = (17 * 60 + 1, 10)
_LUNCH_MINUTES = (11 * 60 + 32, 13 * 60 + 20)
"""Earliest minute of the day, and over how many it is spread; of lunch from and to."""


class Offices:
    """All agents, each with its next turn."""

    def __init__(
        self, scenario: Scenario, inventory: Inventory, agents: Iterable[tuple[Identity, str]]
    ) -> None:
        self._interval_seconds = scenario.interval_seconds
        self._start = scenario.begins.timestamp()
        self._script = [_fault(scenario, *each) for each in _breakdowns(scenario)]
        self._people = scenario.people
        self._pcs = frozenset(_pcs(inventory)) - frozenset(scenario.people.stay)
        self._agents = [SimulatedAgent(identity, machine) for identity, machine in agents]
        share = self._interval_seconds / max(1, len(self._agents))
        self._due = [self._start + index * share for index in range(len(self._agents))]

    def turns(self, start: float, end: float) -> Iterator[tuple[float, SimulatedAgent, Faults]]:
        """Yield who has its turn when, from `start` to before `end`, under which faults."""
        moment = self._faults(start)
        due = []
        for index, at in enumerate(self._due):
            while self._due[index] < end:
                due.append((self._due[index], index))
                self._due[index] += self._interval_seconds
            del at
        for at, index in sorted(due):
            yield at, self._agents[index], moment

    def let(self, agent: SimulatedAgent, moment: Faults, line: Channel, at: float) -> None:
        """Let an agent do what it does each interval."""
        turn(agent, moment, line, at, at - self._start)

    def _faults(self, at: float) -> Faults:
        broken = faults.at(self._script, at - self._start).active
        moment = local_time.moment_of(at)
        off = (pc for pc in self._pcs if not is_on(pc, moment, self._people))
        return Faults(broken | {(FaultKind.MACHINE_OFF, pc) for pc in off})


def is_on(machine: str, moment: datetime, people: People) -> bool:
    """Whether people have a PC on at that time."""
    if not is_worked(moment.date(), people):
        return False
    minute = moment.hour * 60 + moment.minute
    spread = zlib.crc32(machine.encode())
    arrival = _ARRIVAL_MINUTES[0] + spread % _ARRIVAL_MINUTES[1]
    leaving = _LEAVING_MINUTES[0] + spread % _LEAVING_MINUTES[1]
    at_lunch = people.lunch and _LUNCH_MINUTES[0] <= minute < _LUNCH_MINUTES[1] + spread % 5
    return arrival <= minute < leaving and not at_lunch


def is_worked(day: date, people: People) -> bool:
    """Whether people come on that day."""
    saturday = 5
    usual = day.weekday() < saturday and day.isoformat() not in people.away
    return usual or day.isoformat() in people.extra


def midnight(day: date) -> float:
    """Return when a day begins, in Unix seconds."""
    return datetime.combine(day, time(), local_time.ZONE).timestamp()


def _pcs(inventory: Inventory) -> Iterator[str]:
    for site in inventory.sites.values():
        for machine in site.active_machines():
            profile = inventory.machine_profiles[machine.profile]
            if profile.role is MachineRole.PC and not machine.always_on:
                yield machine.id


def _breakdowns(scenario: Scenario) -> Iterator[tuple[FaultKind, str, str, str | None]]:
    for fault in scenario.faults:
        for item in fault.items:
            yield fault.kind, item, fault.start, fault.end


def _fault(scenario: Scenario, kind: FaultKind, item: str, start: str, end: str | None) -> Fault:
    begins = scenario.begins.timestamp()
    first = scenario.at(start) - begins
    if end is None:
        return Fault(kind, item, first)
    return Fault(kind, item, first, scenario.at(end) - begins)
