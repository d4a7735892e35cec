"""The centre alone sees every site that can be seen, and no office agent looks beyond its own."""

from pathlib import Path

import pytest

from collector.derive import Derivation, always_on
from collector.labels import Targets
from collector.wire import AgentIdentity
from govnet.settings import LinkSettings, Settings, decode
from inventory.load import load
from inventory.model import Inventory, Lifecycle

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


def test_the_centre_looks_at_every_always_on_target(
    province: Inventory, told: dict[AgentIdentity, Settings]
):
    centre = province.province.centre
    looked = {
        check.target.partition("/")[0]
        for agent, settings in told.items()
        if agent.site == centre
        for check in settings.checks
        if isinstance(check, LinkSettings)
        if any(end.end == "site" for end in check.ends)
    }
    seen = {
        site.id
        for site in province.sites.values()
        if always_on(site) and any(link.lifecycle is Lifecycle.ACTIVE for link in site.links)
    }

    assert seen - {centre} == looked - {centre}
    assert len(seen) >= 200


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
