"""The centre alone sees every site that can be seen, and no office agent looks beyond its own."""

from pathlib import Path

import pytest

from collector.derive import Derivation
from collector.labels import Targets
from collector.wire import AgentIdentity
from govnet.settings import AlwaysOnSettings, LinkSettings, Settings, decode
from inventory.load import load
from inventory.model import Inventory, Lifecycle
from inventory.summary import is_blind

INVENTORY = Path(__file__).parents[2] / "inventory.yaml"


@pytest.fixture(scope="module")
def province() -> Inventory:
    return load(INVENTORY)


@pytest.fixture(scope="module")
def told(province: Inventory) -> dict[AgentIdentity, Settings]:
    """Return the settings of two agents per site, as they travel."""
    agents = [
        AgentIdentity(f"{site}-{number}", site, f"{site}/pc-{number:03d}")
        for site in province.sites
        for number in (900, 901)
    ]
    derivation = Derivation(province, agents)
    return {agent: decode(derivation.encoded(agent)) for agent in agents}


def test_the_centre_asks_every_always_on_item_of_every_active_site(
    province: Inventory, told: dict[AgentIdentity, Settings]
):
    declared = {
        item.id
        for site in province.sites.values()
        if site.lifecycle is Lifecycle.ACTIVE
        for item in (*site.devices, *site.machines)
        if item.always_on and item.lifecycle is Lifecycle.ACTIVE
    }
    asked = [
        check.target
        for settings in told.values()
        for check in settings.checks
        if isinstance(check, AlwaysOnSettings)
    ]

    assert len(asked) == len(declared)
    assert set(asked) == declared


def test_every_active_site_is_asked_by_the_centre_or_listed_as_blind(
    province: Inventory, told: dict[AgentIdentity, Settings]
):
    asked = {
        check.target.partition("/")[0]
        for agent, settings in told.items()
        if agent.site == province.province.centre
        for check in settings.checks
        if isinstance(check, AlwaysOnSettings)
    }
    active = {s.id for s in province.sites.values() if s.lifecycle is Lifecycle.ACTIVE}
    blind = {site.id for site in province.sites.values() if is_blind(site)}

    assert asked == active - blind
    assert len(asked) > 10 * len(blind)


def test_the_centre_measures_every_circuit_that_leads_to_something_always_on(
    province: Inventory, told: dict[AgentIdentity, Settings]
):
    measured = {
        check.target.partition("/")[0]
        for agent, settings in told.items()
        if agent.site == province.province.centre
        for check in settings.checks
        if isinstance(check, LinkSettings) and check.ends[0].end == "site"
    }

    assert measured == {
        site.id
        for site in province.sites.values()
        if site.always_on() and any(link.lifecycle is Lifecycle.ACTIVE for link in site.links)
    }
    assert len(measured) >= 200


def test_what_an_agent_is_told_to_measure_it_may_report(
    province: Inventory, told: dict[AgentIdentity, Settings]
):
    targets = Targets(province)
    for agent, settings in told.items():
        for check in settings.checks:
            assert not isinstance(targets.place(agent, check.check, check.target), str)


def test_one_agent_of_a_site_uses_the_line(told: dict[AgentIdentity, Settings]):
    for agent, settings in told.items():
        if agent.machine.endswith("901"):
            assert {check.check for check in settings.checks} <= {"machine", "lan"}
