"""Shards keep their sites; coverage has an honest denominator; own metrics start at zero."""

from collections.abc import Callable
from datetime import date

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from collector.metrics.discovery import (
    SHARD_AGENTS,
    assign_shards,
    capacity,
    scrape_url,
    target_groups,
)
from collector.metrics.exposition import Exposition
from collector.metrics.selfmetrics import SelfMetrics
from collector.series.labels import Targets
from collector.series.state import State
from collector.verdict import coverage
from collector.verdict.coverage import SiteCoverage
from collector.verdict.verdicts import Verdicts
from collector.wire import AgentIdentity, Received
from govnet.catalogue import CATALOGUE, Source
from inventory.model import ConferencePoint, Inventory, MachineCount, PointKind, Site


def resized(inventory: Inventory, machines: dict[str, int]) -> Inventory:
    """Return the inventory with these numbers of machines by site."""
    sites: dict[str, Site] = {}
    for name, number in machines.items():
        count = MachineCount(profile="pc", count=number, as_of=date(2026, 10, 1), source="x")
        site = inventory.sites["xa-b"]
        sites[name] = msgspec.structs.replace(site, id=name, machine_counts=(count,))
    return msgspec.structs.replace(inventory, sites=sites)


def test_new_sites_go_to_the_first_shard_with_room(small_province: Inventory) -> None:
    inventory = resized(small_province, {"a": 600, "b": 500, "c": 400, "d": 500, "e": 1_500})

    assert assign_shards(inventory, {}) == {"a": 0, "b": 1, "c": 0, "d": 1, "e": 2}


def test_a_site_keeps_its_shard_whatever_happens_around_it(small_province: Inventory) -> None:
    before = assign_shards(resized(small_province, {"a": 600, "b": 500, "c": 400}), {})
    grown = resized(small_province, {"z": 900, "c": 900, "b": 10})

    after = assign_shards(grown, before)

    assert {name: after[name] for name in before} == before
    assert after["z"] == 1


def test_no_shard_is_planned_beyond_its_limit(small_province: Inventory) -> None:
    inventory = resized(small_province, {f"s{n}": 1 + n * 37 % 300 for n in range(150)})

    shards = assign_shards(inventory, {})

    filled: dict[int, int] = {}
    for name, shard in shards.items():
        filled[shard] = filled.get(shard, 0) + capacity(inventory.sites[name])
    assert max(filled.values()) <= SHARD_AGENTS


def test_prometheus_is_given_one_target_per_shard_and_one_for_verdicts() -> None:
    assert target_groups({"a": 0, "b": 2}, "https://127.0.0.1:8080") == [
        {
            "targets": ["127.0.0.1:8080"],
            "labels": {"instance": instance, "__metrics_path__": path, "__scheme__": "https"},
        }
        for instance, path in (
            ("shard-0", "/metrics/shards/0"),
            ("shard-2", "/metrics/shards/2"),
            ("verdicts", "/metrics/verdicts"),
        )
    ]


@pytest.mark.parametrize(
    ("scrape_address", "url", "server", "expected"),
    [
        ("198.18.0.9:1", "https://govnet.example", ("127.0.0.1", 2), "http://198.18.0.9:1"),
        (None, "https://govnet.example", ("127.0.0.1", 2), "https://govnet.example:443"),
        (None, "https://govnet.example:8443", ("127.0.0.1", 2), "https://govnet.example:8443"),
        (None, "http://[2001:db8::1]", ("127.0.0.1", 2), "http://[2001:db8::1]:80"),
        (None, None, ("198.18.0.1", 8470), "http://198.18.0.1:8470"),
        (None, None, ("::1", 8470), "http://[::1]:8470"),
    ],
)
def test_prometheus_is_sent_where_the_collector_is(
    scrape_address: str | None, url: str | None, server: tuple[str, int], expected: str
) -> None:
    assert scrape_url(scrape_address, url, server) == expected


def test_a_collector_with_tls_is_scraped_over_it() -> None:
    assert scrape_url("198.18.0.9:1", None, ("x", 1), "https") == "https://198.18.0.9:1"
    assert scrape_url(None, None, ("198.18.0.1", 8470), "https") == "https://198.18.0.1:8470"


def test_coverage_counts_declared_exempt_enrolled_and_reporting(
    small_province: Inventory, received: Callable[..., Received]
) -> None:
    state = State(Targets(small_province), {})
    for machine, at in (("xa-a/pc-1", 100.0), ("xa-a/pc-2", 500.0), ("xa-b/pc-9", 500.0)):
        state.apply(received(machine, at))
    enrolled = [
        AgentIdentity("1", "xa-a", "xa-a/pc-1"),
        AgentIdentity("2", "xa-a", "xa-a/pc-2"),
        AgentIdentity("3", "xa-a", "xa-a/may-chu"),
        AgentIdentity("9", "xa-b", "xa-b/pc-9"),
    ]

    found = coverage.measure(small_province, enrolled, state, 510.0)

    assert found.sites["xa-a"] == SiteCoverage(declared=7, exempt=1, enrolled=3, reporting=1)
    assert found.sites["xa-b"] == SiteCoverage(declared=0, exempt=0, enrolled=1, reporting=1)
    assert {name: agent.up for name, agent in found.agents.items()} == {
        "xa-a/pc-1": False,
        "xa-a/pc-2": True,
        "xa-a/may-chu": False,
        "xa-b/pc-9": True,
    }
    assert found.agents["xa-a/may-chu"].live is None


def test_facts_come_from_the_site_its_unit_and_its_main_link(small_province: Inventory) -> None:
    found = coverage.measure(small_province, (), State(Targets(small_province), {}), 500.0)

    facts = {fact.site: fact for fact in found.facts}
    assert (facts["xa-a"].latitude, facts["xa-b"].latitude) == (11.75, 12.0)
    assert (facts["xa-b"].unit, facts["xa-b"].unit_name, facts["xa-b"].unit_kind) == (
        "xa",
        "Xã",
        "commune",
    )
    assert (facts["xa-b"].carrier, facts["xa-f"].carrier) == ("vnpt", "")


def test_causes_are_worked_out_once_for_each_inventory(small_province: Inventory) -> None:
    state = State(Targets(small_province), {})
    other = msgspec.structs.replace(small_province, sites={})

    first = coverage.measure(small_province, (), state, 500.0)
    second = coverage.measure(small_province, (), state, 501.0, first)
    third = coverage.measure(other, (), state, 502.0, second)

    assert first.causes
    assert second.causes is first.causes
    assert third.causes == {}


def test_blind_sites_and_causes_are_exposed_as_the_inventory_says(
    small_province: Inventory,
) -> None:
    def text_of(inventory: Inventory) -> str:
        found = coverage.measure(inventory, (), state, 500.0)
        verdicts = Verdicts(500.0, {}, {}, frozenset())
        return b"".join(exposition.stream(verdicts, found)).decode()

    state = State(Targets(small_province), {})
    exposition = Exposition(state, SelfMetrics("1"))
    site = small_province.sites["xa-f"]
    codec = ConferencePoint(id="xa-f/vc", kind=PointKind.CODEC, address="198.18.9.9")
    seen = msgspec.structs.replace(site, conference_points=(codec,))
    changed = msgspec.structs.replace(
        small_province, sites=dict(small_province.sites) | {"xa-f": seen}
    )

    for _ in range(2):
        assert 'govnet_site_blind{site="xa-f"} 1.0\n' in text_of(small_province)
        assert 'govnet_site_blind{site="xa-f"} 0.0\n' in text_of(changed)
    assert (
        'govnet_site_cause_separable{site="xa-a",cause="power",hours="working"} 0.5\n'
        in text_of(small_province)
    )


def test_the_collectors_own_metrics_are_those_of_the_catalogue_from_the_start() -> None:
    text = SelfMetrics("0.1.0").render().decode()

    names = {line.split(" ")[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    expected = {name for name, row in CATALOGUE.items() if row.source is Source.COLLECTOR}
    # Told only where there is a certificate, and where the system says how its clock is set.
    unknown = {
        "govnet_collector_certificate_expiry_timestamp_seconds",
        "govnet_collector_clock_synchronised",
    }
    assert names == expected - unknown
    values = [s.value for f in text_string_to_metric_families(text) for s in f.samples]
    assert set(values) == {0.0, 1.0}


def test_the_end_of_the_certificate_is_exposed_once_there_is_one() -> None:
    metrics = SelfMetrics("1")
    assert b"certificate_expiry" not in metrics.render()
    for at in (1.9e9, 2e9):
        metrics.certificate_expires(at)

    assert b"\ngovnet_collector_certificate_expiry_timestamp_seconds 2e+09\n" in metrics.render()


def test_two_collectors_in_one_process_count_apart() -> None:
    one, other = SelfMetrics("1"), SelfMetrics("1")
    one.reports.labels("accepted").inc()

    assert b'reports_total{result="accepted"} 1.0' in one.render()
    assert b'reports_total{result="accepted"} 0.0' in other.render()
