"""What one addition would help a site's outages to be told apart most. Pure.

For every site each addition is tried: the site as it would be with it is looked at among the
province as it is (`separable.Surroundings`), and what turns most "never" into something is
proposed. Of equals the cheapest is: what only has to be written down comes before what has to
be bought. What would make any cause harder to tell is not proposed, nor what is there already.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from inventory.coverage.separable import Facts, Hours, SiteCauses, Surroundings, When, facts
from inventory.model import Inventory

MAIN: Final = ("power", "link", "lan")
"""The causes that decide whom to call: the power company, the carrier, or the office itself."""
BLIND_WEIGHT: Final = 1000
"""A site that nobody sees comes before everything that could be told about it."""
WEIGHTS: Final[Mapping[Hours, Mapping[str, int]]] = {
    Hours.WORKING: {"power": 100, "link": 60, "lan": 40},
    Hours.OFF: {"power": 10, "link": 6, "lan": 4},
}
"""What it is worth to tell a cause at all. All of those outside working hours together are worth
less than any one within: then people wait for the line."""
OTHER_WEIGHTS: Final[Mapping[Hours, int]] = {Hours.WORKING: 10, Hours.OFF: 1}
"""The same for each of the other causes."""
_RANK: Final = {When.NEVER: 0, When.AFTER: 1, When.AT_ONCE: 2}


class Help(StrEnum):
    """What could be added to a site, the cheapest first."""

    NEXT_HOP = "next_hop"
    """The first hop beyond the gateway, or the address of the far end, written down."""
    POWER_AREA = "power_area"
    """Its feeder written down, if a site of another carrier hangs on it too."""
    TARGET = "always_on_target"
    """A device that is always on and that the centre can ask."""
    SWITCH = "always_on_switch"
    """A second such device, behind the first."""
    UPS_ACCESS = "ups_access"
    """An access to the UPS that stands there."""
    AGENT = "agent"
    """One more machine with an agent."""
    MACHINE_ON = "machine_always_on"
    """A machine with an agent that stays on day and night, and asks the site's devices."""
    UPS = "ups"
    """A UPS that says whether it has mains."""
    CIRCUIT = "second_circuit"
    """A circuit of another carrier."""


class Blind(StrEnum):
    """When nobody would see that a site fell silent."""

    ALWAYS = "always"
    OFF = "off"
    """Outside working hours, when its machines are rightly off."""
    NEVER = "never"


class Step(msgspec.Struct, frozen=True):
    """One addition, and what can be told before and after it."""

    help: Help
    before: SiteCauses
    after: SiteCauses

    def improved(self) -> dict[tuple[str, Hours], When]:
        """Return what is told sooner, or at all, and when."""
        was = self.before.when
        return {cell: now for cell, now in self.after.when.items() if _RANK[now] > _RANK[was[cell]]}

    @property
    def ends_blindness(self) -> bool:
        """Return whether the centre sees the site from then on."""
        return self.before.is_blind and not self.after.is_blind


class Helped(msgspec.Struct, frozen=True):
    """One site: what can be told, when it is blind, and what would help most."""

    site: str
    causes: SiteCauses
    blind: Blind
    best: Step | None

    @property
    def badness(self) -> int:
        """Return how much cannot be told about the site, by the weights above."""
        blind = {Blind.ALWAYS: 2 * BLIND_WEIGHT, Blind.OFF: BLIND_WEIGHT, Blind.NEVER: 0}
        missing = (cell for cell, when in self.causes.when.items() if when is When.NEVER)
        return blind[self.blind] + sum(_weight(cell) for cell in missing)


def helped(inventory: Inventory) -> list[Helped]:
    """Return every active site but the centre, the worst first, else in the inventory's order."""
    sites = facts(inventory)
    surroundings = Surroundings(sites.values())
    found = []
    for site in sites.values():
        causes = surroundings.causes(site)
        best = _best(surroundings, site, site, causes)
        found.append(Helped(site.site, causes, _blind(site), best and best[0]))
    return sorted(found, key=lambda one: -one.badness)


def helped_site(inventory: Inventory, site: str) -> Helped | None:
    """Return what `helped` says of one site, None for one that is not judged, or the centre."""
    sites = facts(inventory)
    if site not in sites:
        return None
    one, surroundings = sites[site], Surroundings(sites.values())
    causes = surroundings.causes(one)
    best = _best(surroundings, one, one, causes)
    return Helped(site, causes, _blind(one), best and best[0])


def steps(inventory: Inventory, site: str) -> list[Step]:
    """Return what would help the site most, then what most after that, until nothing does.

    Raises KeyError for a site that is not judged.
    """
    sites = facts(inventory)
    surroundings = Surroundings(sites.values())
    before = now = sites[site]
    taken = []
    while found := _best(surroundings, before, now, surroundings.causes(now, before)):
        step, now = found
        taken.append(step)
    return taken


def _best(
    surroundings: Surroundings, declared: Facts, now: Facts, causes: SiteCauses
) -> tuple[Step, Facts] | None:
    """Return the best addition to a site, and the site with it; None if nothing helps."""
    best: tuple[tuple[int, int], Step, Facts] | None = None
    for kind, addition in _ADDITIONS.items():
        then = addition(now, surroundings)
        if then is None:
            continue
        step = Step(kind, causes, surroundings.causes(then, declared))
        value = _value(step, now)
        # Additions come in the order of their cost: an equal one that comes later loses.
        if any(value) and (best is None or value > best[0]):
            best = value, step, then
    return best and best[1:]


def _value(step: Step, now: Facts) -> tuple[int, int]:
    """Return what an addition is worth: what is told at all then; and sooner, if nothing is.

    Nothing if any cause would be told later or no more.
    """
    was = step.before.when
    if any(_RANK[when] < _RANK[was[cell]] for cell, when in step.after.when.items()):
        return 0, 0
    improved = step.improved()
    told = sum(_weight(cell) for cell in improved if was[cell] is When.NEVER)
    if step.ends_blindness and _blind(now) is not Blind.NEVER:
        told += BLIND_WEIGHT
    sooner = sum(_weight(cell) for cell in improved if was[cell] is not When.NEVER)
    return (told, 0) if told else (0, sooner)


def _weight(cell: tuple[str, Hours]) -> int:
    cause, hours = cell
    return WEIGHTS[hours].get(cause, OTHER_WEIGHTS[hours])


def _blind(site: Facts) -> Blind:
    if site.is_watched(Hours.OFF):
        return Blind.NEVER
    return Blind.OFF if site.is_watched(Hours.WORKING) else Blind.ALWAYS


def _next_hop(site: Facts, _: Surroundings) -> Facts | None:
    if site.carrier is None or site.knows_next_hop:
        return None
    return msgspec.structs.replace(site, knows_next_hop=True)


def _power_area(site: Facts, around: Surroundings) -> Facts | None:
    # A feeder that no site of another carrier shares would tell nothing.
    area = around.area_beside(site.carrier) if site.power_area is None else None
    return None if area is None else msgspec.structs.replace(site, power_area=area)


def _target(site: Facts, _: Surroundings) -> Facts | None:
    if not site.is_blind:
        return None
    return msgspec.structs.replace(site, is_blind=False, sees_device=True)


def _switch(site: Facts, _: Surroundings) -> Facts | None:
    if not site.sees_device or site.sees_switch or not site.has_lan:
        return None
    return msgspec.structs.replace(site, sees_switch=True)


def _ups_access(site: Facts, _: Surroundings) -> Facts | None:
    if not site.has_ups or site.ups_answers:
        return None
    return msgspec.structs.replace(site, ups_answers=True)


def _agent(site: Facts, _: Surroundings) -> Facts | None:
    return msgspec.structs.replace(site, pcs=site.pcs + 1)


def _machine_on(site: Facts, _: Surroundings) -> Facts | None:
    # It ends no blindness: a PC that somebody switches off would look like an outage.
    if site.vantage_stays_on:
        return None
    return msgspec.structs.replace(
        site, always=site.always + 1, has_vantage=True, vantage_stays_on=True
    )


def _ups(site: Facts, _: Surroundings) -> Facts | None:
    if site.has_ups:
        return None
    return msgspec.structs.replace(site, has_ups=True, ups_answers=True)


def _circuit(site: Facts, _: Surroundings) -> Facts | None:
    # A site without any circuit hangs on that of another building, by decision.
    if site.carrier is None or site.has_other_carrier:
        return None
    return msgspec.structs.replace(site, has_other_carrier=True)


_ADDITIONS: Final[Mapping[Help, Callable[[Facts, Surroundings], Facts | None]]] = {
    Help.NEXT_HOP: _next_hop,
    Help.POWER_AREA: _power_area,
    Help.TARGET: _target,
    Help.SWITCH: _switch,
    Help.UPS_ACCESS: _ups_access,
    Help.AGENT: _agent,
    Help.MACHINE_ON: _machine_on,
    Help.UPS: _ups,
    Help.CIRCUIT: _circuit,
}
