"""What agents measure is what the collector publishes: nothing is refused, nothing is missing."""

import random
import subprocess
from pathlib import Path

import msgspec
import pytest

from agent.checks.table import CHECKS
from agent.checks.table import load as check_named
from collector.coverage import measure
from collector.derive import Derivation
from collector.discovery import assign_shards
from collector.exposition import Exposition
from collector.labels import MEASURED, Targets
from collector.selfmetrics import SelfMetrics
from collector.state import State
from collector.verdict.evidence import Evidence
from collector.verdict.judge import judge
from collector.wire import AgentIdentity, Received, decode_report
from govnet.report import Report, encode_report
from inventory.load import load
from inventory.model import Lifecycle
from simulator.faults import Faults
from simulator.values import Moment, results

PROVINCE = Path(__file__).parents[2] / "inventory.yaml"
NOW = 1_790_000_000.0


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
        settings = derivation.settings(identity)
        moment = Moment(settings, Faults(frozenset()), NOW, 5_000.0, random.Random(number))
        report = Report(number + 1, NOW, 1.0, "b", 60.0, "", results(moment))
        received = Received(
            identity=identity,
            incarnation="0" * 16,
            report=decode_report(msgspec.Raw(encode_report(report))),
            at=NOW,
            received_at=NOW,
            skew_seconds=0.0,
        )
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
