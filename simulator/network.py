"""What still runs and reaches what under the faults of one moment. Pure.

Every office has the same plan: its machines, points and devices hang on one switch, the switch on
the router, the router on the carrier's first hop, and the circuit ends in the centre.
"""

from enum import Enum, auto
from functools import cached_property

from simulator.faults import CLOCK_ERROR_SECONDS, FaultKind, Faults

ROUTERS = frozenset({"cpe", "modem", "router"})
"""Devices of these names are their site's router; everything else stands behind the switch."""


class Stop(Enum):
    """Why a machine makes no report."""

    POWER = auto()
    SWITCHED_OFF = auto()
    CRASH = auto()


class Network:
    """The province's machines and lines at one moment."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    @cached_property
    def _centres(self) -> frozenset[str]:
        """Centres that are cut off from everybody else."""
        return self._faults.items(FaultKind.CENTRE_UPLINK_CUT)

    @cached_property
    def _without_main_circuit(self) -> frozenset[str]:
        circuits = self._faults.items(FaultKind.MAIN_CIRCUIT_CUT)
        return frozenset(circuit.partition("/")[0] for circuit in circuits)

    def _has(self, kind: FaultKind, item: str) -> bool:
        return self._faults.has(kind, item)

    def stop_of(self, site: str, machine: str) -> Stop | None:
        """Return why the agent of a machine does not work, None if it does."""
        if self._has(FaultKind.MACHINE_OFF, machine):
            return Stop.SWITCHED_OFF
        if not self._has_power(site, machine):
            return Stop.POWER
        return Stop.CRASH if self._has(FaultKind.AGENT_CRASH, machine) else None

    def is_dark(self, site: str, item: str) -> bool:
        """Whether a machine, device or point is off."""
        return self._is_off(item) or not self._has_power(site, item)

    def is_on_mains(self, site: str, machine: str) -> bool:
        """Whether a machine that runs is fed by the mains."""
        on_battery = self._has(FaultKind.ON_BATTERY, machine)
        return not on_battery and not self._has(FaultKind.POWER_CUT, site)

    def clock_error_seconds(self, machine: str) -> float:
        """Return how far a machine's clock is ahead."""
        return CLOCK_ERROR_SECONDS if self._has(FaultKind.CLOCK_WRONG, machine) else 0.0

    def lan_works(self, site: str) -> bool:
        """Whether the machines of a site reach each other."""
        return self._has_power(site, site) and not self._has(FaultKind.SWITCH_DEAD, site)

    def router_runs(self, site: str) -> bool:
        """Whether the router of a site works."""
        return self._has_power(site, site) and not self._has(FaultKind.CPE_DEAD, site)

    def ends_reached(self, site: str, link: str) -> frozenset[str]:
        """Return the ends of a link that the machines of its own site reach."""
        ends = set()
        if self.lan_works(site) and self.router_runs(site):
            ends.add("gateway")
            circuit_cut = self._has(FaultKind.MAIN_CIRCUIT_CUT, link)
            if not self._has(FaultKind.LINK_CUT, site) and not circuit_cut:
                ends.add("next_hop")
                if not self._has(FaultKind.CARRIER_DOWN, site) and not self._is_far(site):
                    ends.add("far")
        return frozenset(ends)

    def reaches_centre(self, site: str) -> bool:
        """Whether the machines of a site reach the centre, by any of its circuits."""
        return self.lan_works(site) and self.router_runs(site) and self._is_line_open(site)

    def can_send(self, site: str) -> bool:
        """Whether the agents of a site reach the collector."""
        return self.reaches_centre(site) and not self._has(FaultKind.SENDING_BLOCKED, site)

    def names_work(self, site: str) -> bool:
        """Whether a name server answers the machines of a site."""
        return self.reaches_centre(site) and not self._has(FaultKind.DNS_BROKEN, site)

    def centre_reaches(self, site: str, item: str) -> bool:
        """Whether something in a site that runs answers the centre."""
        if site in self._without_main_circuit or not self._is_line_open(site):
            return False
        if item.partition("/")[2] in ROUTERS:
            return self.router_runs(site) and not self._is_off(item)
        return self.router_runs(site) and self.lan_works(site) and not self.is_dark(site, item)

    def answers_within(self, site: str, item: str) -> bool:
        """Whether something in a site answers the machines there."""
        if item.partition("/")[2] in ROUTERS and not self.router_runs(site):
            return False
        return self.lan_works(site) and not self.is_dark(site, item)

    def _is_off(self, item: str) -> bool:
        return self._has(FaultKind.MACHINE_OFF, item) or self._has(FaultKind.DEVICE_DOWN, item)

    def _has_power(self, site: str, item: str) -> bool:
        return not self._has(FaultKind.POWER_CUT, site) or self._has(FaultKind.ON_UPS, item)

    def _is_far(self, site: str) -> bool:
        """Whether the centre has no line to this site, though the site's own is whole."""
        return bool(self._centres) and site not in self._centres

    def _is_line_open(self, site: str) -> bool:
        cut = (FaultKind.LINK_CUT, FaultKind.CARRIER_DOWN)
        return not self._is_far(site) and not any(self._has(kind, site) for kind in cut)
