"""The centre alone sees every site that can be seen, and no office agent looks beyond its own."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.derivation.derive import Derivation
from collector.series.labels import Targets
from collector.wire import AgentIdentity
from govnet.catalogue import LINK_ENDS
from govnet.settings import (
    CHECK_SETTINGS,
    AlwaysOnSettings,
    ConferenceProtocol,
    LanSettings,
    LinkSettings,
    PathEnd,
    Peer,
    Settings,
    decode,
)
from inventory.coverage.separable import is_blind
from inventory.load import load
from inventory.model import Inventory, Lifecycle
from tests.credentials import credentials_for

INVENTORY = Path(__file__).parents[2] / "inventory.yaml"


@pytest.fixture(scope="module")
def province() -> Inventory:
    return load(INVENTORY)


@pytest.fixture(scope="module")
def told(province: Inventory) -> dict[AgentIdentity, Settings]:
    """Return the settings of two agents per site and the centre's marked one, as they travel."""
    agents = [
        AgentIdentity(f"{site}-{number}", site, f"{site}/pc-{number:03d}")
        for site in province.sites
        for number in (900, 901)
    ]
    agents.append(AgentIdentity("centre", "ttdl", "ttdl/giam-sat"))
    derivation = Derivation(province, agents, credentials=credentials_for(province))
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
            assert {check.check for check in settings.checks} <= {"machine", "lan", "facts"}


BY_HAND = {
    ("LanSettings", "gateway"),
    ("DeviceSettings", "family"),
    ("FactsSettings", "office_suites"),
    ("PathSettings", "test_bytes_per_day"),
    ("ServiceSettings", "certificate"),
    ("ServiceSettings", "issuer"),
}
"""What the agent finds, or nobody wants, unless somebody says otherwise."""
STANDBY = {("DeviceSettings", "preceding")}
"""No site of the example has two vantages."""


def records(settings: Settings) -> Iterator[Any]:
    """Yield every check's record and the records within it."""
    for check in settings.checks:
        yield check
        for field in dataclasses.fields(check):
            value = getattr(check, field.name)
            yield from (
                (one for one in value if dataclasses.is_dataclass(one))
                if isinstance(value, tuple)
                else ()
            )


def test_nothing_that_a_check_needs_is_left_out_of_all_settings(
    told: dict[AgentIdentity, Settings],
):
    """A field that is empty in every agent's settings is a metric that nobody ever measures."""
    may_be_empty = {
        (kind.__name__, field.name)
        for kind in (*CHECK_SETTINGS, PathEnd, Peer, ConferenceProtocol)
        for field in dataclasses.fields(kind)
        if field.default in (None, "", ())
    }
    given = {
        (type(record).__name__, field.name)
        for settings in told.values()
        for record in records(settings)
        for field in dataclasses.fields(record)
        if getattr(record, field.name) not in (None, "", ())
    }

    assert may_be_empty - given == BY_HAND | STANDBY


def test_every_end_of_a_path_is_measured_by_somebody(told: dict[AgentIdentity, Settings]):
    ends = {
        record.end
        for settings in told.values()
        for record in records(settings)
        if isinstance(record, PathEnd)
    }

    assert ends == set(LINK_ENDS)


def test_every_lan_check_asks_the_name_servers_for_a_name_of_the_province(
    told: dict[AgentIdentity, Settings],
):
    asked = {
        check.resolver_name
        for settings in told.values()
        for check in settings.checks
        if isinstance(check, LanSettings)
    }

    assert asked == {"dichvucong.lamdong.example"}


def test_whatever_is_pinged_has_ports_for_where_ping_is_not_allowed(
    told: dict[AgentIdentity, Settings],
):
    without = {
        record
        for settings in told.values()
        for record in records(settings)
        if isinstance(record, PathEnd | AlwaysOnSettings) and not record.tcp_ports
    }

    assert not without
