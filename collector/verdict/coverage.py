"""Declared, exempt, enrolled, reporting: who should be heard, and who is.

A lost machine leaves the numerator, never the denominator; an exempt one is listed and leaves the
denominator, with its reason in the inventory. Planned and retired sites are not counted.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from collector.series.state import AgentLive, State
from collector.wire import AgentIdentity
from inventory.coverage.separable import SiteCauses, separable
from inventory.former_names import FormerName, former_names
from inventory.model import Inventory, Lifecycle, Site

COUNTED: Final = (Lifecycle.ACTIVE, Lifecycle.EXEMPT)
"""Sites in these states are shown."""


class SiteCoverage(msgspec.Struct, frozen=True):
    """Machines of one site by number."""

    declared: int
    exempt: int
    enrolled: int
    reporting: int


class AgentCoverage(msgspec.Struct, frozen=True):
    """One machine with an agent; `live` is None while it was never heard from."""

    site: str
    machine: str
    up: bool
    live: AgentLive | None


class SiteFacts(msgspec.Struct, frozen=True):
    """Names and groups of a site; an empty text is unknown. Degrees are WGS 84."""

    site: str
    site_name: str
    unit: str
    unit_name: str
    unit_kind: str
    carrier: str
    cluster: str
    power_area: str
    latitude: float | None
    longitude: float | None


class Coverage(msgspec.Struct, frozen=True):
    """Who is expected and who is there, at one moment."""

    sites: dict[str, SiteCoverage]
    agents: dict[str, AgentCoverage]
    """By machine."""
    facts: tuple[SiteFacts, ...]
    causes: dict[str, SiteCauses] = {}
    """By site; the same object as long as the inventory is."""
    inventory: Inventory | None = None
    """That it was compared with."""
    former_names: Mapping[str, tuple[FormerName, ...]] = {}
    """By unit; the same object as long as the inventory is."""


def measure(
    inventory: Inventory,
    enrolled: Iterable[AgentIdentity],
    state: State,
    now: float,
    before: Coverage | None = None,
) -> Coverage:
    """Compare the inventory with those who hold a key and those who report.

    What only the inventory decides is taken from `before`, if that is of the same inventory.
    """
    agents = {
        identity.machine: AgentCoverage(identity.site, identity.machine, up=False, live=None)
        for identity in enrolled
    }
    held = Counter(agent.site for agent in agents.values())
    for live in state.agents.values():
        identity = live.identity
        agents[identity.machine] = AgentCoverage(
            identity.site, identity.machine, live.up(now), live
        )
    reporting = Counter(agent.site for agent in agents.values() if agent.up)
    counted = [site for site in inventory.sites.values() if site.lifecycle in COUNTED]
    today = datetime.fromtimestamp(now, ZoneInfo(inventory.province.timezone)).date()
    same = before if before and before.inventory is inventory else None
    return Coverage(
        sites={site.id: _site(site, held[site.id], reporting[site.id]) for site in counted},
        agents=agents,
        facts=tuple(_facts(inventory, site, today) for site in counted),
        causes=same.causes if same else separable(inventory),
        inventory=inventory,
        former_names=same.former_names if same else former_names(inventory),
    )


def _site(site: Site, enrolled: int, reporting: int) -> SiteCoverage:
    declared, exempt = site.expected_machines(), site.exempt_machines()
    if site.lifecycle is Lifecycle.EXEMPT:
        declared, exempt = 0, declared + exempt
    return SiteCoverage(declared, exempt, enrolled, reporting)


def _facts(inventory: Inventory, site: Site, today: date) -> SiteFacts:
    unit = inventory.units.get(site.unit_on(today) or "")
    link = site.main_link()
    latitude, longitude = site.latitude, site.longitude
    if (latitude is None or longitude is None) and unit is not None:
        latitude, longitude = unit.latitude, unit.longitude
    return SiteFacts(
        site=site.id,
        site_name=site.name,
        unit=unit.id if unit else "",
        unit_name=unit.name if unit else "",
        unit_kind=unit.kind.value if unit else "",
        carrier=link.carrier if link else "",
        cluster=site.cluster or (unit.cluster if unit else None) or "",
        power_area=site.power_area or "",
        latitude=latitude,
        longitude=longitude,
    )
