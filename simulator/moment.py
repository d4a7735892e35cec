"""Where and when a simulated agent stands, and what answers it there."""

import random
from dataclasses import dataclass
from functools import cached_property

from agent.checks.contract import PreviousRun
from govnet.settings import Settings
from simulator.faults import Faults
from simulator.network import Network


@dataclass(frozen=True)
class Moment:
    """Where and when a simulated agent stands.

    `at` is Unix seconds by its clock, `uptime_seconds` the machine's; `random` is the agent's own
    generator, `previous_run` what it found of its run before.
    """

    settings: Settings
    faults: Faults
    at: float
    uptime_seconds: float
    random: random.Random
    previous_run: PreviousRun | None = None

    @property
    def site(self) -> str:
        """The agent's own site."""
        return self.settings.site

    @cached_property
    def network(self) -> Network:
        """What runs and reaches what now."""
        return Network(self.faults)

    def answers(self, item: str) -> bool:
        """Whether an item answers: over the office's own network, or by way of the centre."""
        network, site = self.network, site_of(item)
        if site == self.site:
            return network.answers_within(site, item)
        return network.reaches_centre(self.site) and network.centre_reaches(site, item)


def site_of(item: str) -> str:
    """Return the site part of an inventory id."""
    return item.partition("/")[0]


def distance_seconds(site: str) -> float:
    """Return a round-trip time that stays the same for a site: 2 to 14 ms."""
    return 0.002 + random.Random(site).random() * 0.012
