"""What agents measure is what the collector publishes: nothing is refused, nothing is missing."""

import random
import subprocess
from pathlib import Path

import msgspec
import pytest

from agent.checks.table import CHECKS
from agent.checks.table import load as check_named
from collector.derivation.derive import Derivation
from collector.metrics.discovery import assign_shards
from collector.metrics.exposition import Exposition
from collector.metrics.selfmetrics import SelfMetrics
from collector.series.labels import MEASURED, Targets
from collector.series.state import State
from collector.verdict.coverage import measure
from collector.verdict.lastseen import Evidence
from collector.verdict.oldjudge import judge
from collector.wire import AgentIdentity, Received, decode_report
from govnet.report import Report, encode_report
from inventory.load import load
from inventory.model import Lifecycle
from inventory.separable import is_blind
from simulator.faults import FaultKind, Faults
from simulator.values import Moment, results

PROVINCE = Path(__file__).parents[2] / "inventory.yaml"
NOW = 1_790_000_000.0


def simulated(
    derivation: Derivation, identity: AgentIdentity, faults: Faults, seed: int = 0
) -> Received:
    """Return the report that a simulated agent makes now."""
    settings = derivation.settings(identity)
    moment = Moment(settings, faults, NOW, 5_000.0, random.Random(seed))
    report = Report(seed + 1, NOW, 1.0, "b", 60.0, "", results(moment))
    return Received(
        identity=identity,
        incarnation="0" * 16,
        report=decode_report(msgspec.Raw(encode_report(report))),
        at=NOW,
        received_at=NOW,
        skew_seconds=0.0,
    )


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_every_metric_of_a_check_is_published_under_that_check(name: str) -> None:
    check = check_named(name)

    assert {MEASURED[metric.name].check for metric in check.metrics} == {name}


def test_nothing_that_the_simulated_province_reports_is_refused() -> None:
    inventory = load(PROVINCE)
    sites = [site for site in inventory.sites.values() if site.lifecycle is Lifecycle.ACTIVE]
    enrolled = [AgentIdentity(site.id, site.id, f"{site.id}/may-01") for site in sites]
    derivation = Derivation(inventory, enrolled)
    targets = Targets(inventory)
    state, evidence = State(targets, assign_shards(inventory, {})), Evidence(targets, NOW - 1_000)

    for number, identity in enumerate(enrolled):
        received = simulated(derivation, identity, Faults(frozenset()), number)
        evidence.apply(received)

        assert state.apply(received) == {}

    verdicts = judge(inventory, evidence, NOW + 1)
    assert {v.status for v in verdicts.sites.values()} <= {"up", "exempt"}
    assert {v.status for v in verdicts.items.values() if v.kind == "link"} <= {"up", "exempt"}
    assert {v.status for v in verdicts.items.values() if v.kind == "service"} <= {"up", "exempt"}
    coverage = measure(inventory, enrolled, state, NOW + 1)
    text = b"".join(Exposition(state, SelfMetrics("1")).stream(verdicts, coverage)).decode()
    promtool = subprocess.run(
        ["promtool", "check", "metrics"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (promtool.returncode, promtool.stdout + promtool.stderr) == (0, "")


def test_the_centres_agent_alone_tells_which_sites_live() -> None:
    inventory = load(PROVINCE)
    agent = AgentIdentity("a", "ttdl", "ttdl/giam-sat")
    faults = Faults(
        frozenset(
            (
                (FaultKind.LINK_CUT, "phu-quy"),
                (FaultKind.POWER_CUT, "tthc-so-y-te"),
                (FaultKind.MACHINE_OFF, "ttdl/csdl-01"),
            )
        )
    )
    evidence = Evidence(Targets(inventory), NOW - 1_000)
    evidence.apply(simulated(Derivation(inventory, [agent]), agent, faults))

    verdicts = judge(inventory, evidence, NOW + 1)
    codes = {site: {note.code for note in v.evidence} for site, v in verdicts.sites.items()}
    for site in inventory.sites.values():
        if site.lifecycle is not Lifecycle.ACTIVE or site.id == agent.site:
            continue
        if is_blind(site):
            assert not codes[site.id] & {"target_answers", "target_silent"}
        elif site.id in ("phu-quy", "tthc-so-y-te"):
            assert verdicts.sites[site.id].status == "down"
        else:
            assert verdicts.sites[site.id].status == "up"
            assert "target_answers" in codes[site.id]
    assert verdicts.items["ttdl/csdl-01"].status == "down"
    assert verdicts.items["ttdl/csdl-02"].status == "up"
