"""What agents measure is what the collector publishes: nothing is refused, nothing is missing."""

import random
import subprocess
from pathlib import Path

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from agent.checks.table import CHECKS
from agent.checks.table import load as check_named
from collector.derivation.derive import Derivation
from collector.metrics.discovery import assign_shards
from collector.metrics.exposition import Exposition
from collector.metrics.selfmetrics import SelfMetrics
from collector.series.labels import MEASURED, Place, Targets, sample_series
from collector.series.state import State
from collector.verdict.coverage import measure
from collector.verdict.evidence.evidence import Evidence
from collector.verdict.judge import Judge
from collector.verdict.verdicts import Verdicts
from collector.wire import AgentIdentity, Received, decode_report
from govnet.report import Report, encode_report
from inventory.coverage.separable import is_blind
from inventory.load import load
from inventory.model import Inventory, Lifecycle
from simulator.faults import FaultKind, Faults
from simulator.moment import Moment
from simulator.values import results
from tests.credentials import credentials_for

TESTS = Path(__file__).parents[1]
PROVINCE = TESTS.parent / "inventory.yaml"
NOW = 1_790_000_000.0


def simulated(
    derivation: Derivation,
    identity: AgentIdentity,
    faults: Faults,
    seed: int = 0,
    at: float = NOW,
) -> Received:
    """Return the report that a simulated agent makes at that moment."""
    settings = derivation.settings(identity)
    moment = Moment(settings, faults, at, 5_000.0, random.Random(seed))
    report = Report(seed + 1, at, 1.0, "b", 60.0, "", results(moment))
    return Received(
        identity=identity,
        incarnation="0" * 16,
        report=decode_report(msgspec.Raw(encode_report(report))),
        at=at,
        received_at=at,
        skew_seconds=0.0,
    )


def judged(inventory: Inventory, evidence: Evidence) -> Verdicts:
    """Return what is said of everything a second later, by a collector that ran before."""
    evidence.listen(NOW - 1_000)
    evidence.listen_until(NOW + 1)
    judge = Judge(inventory, evidence, NOW - 1_000)
    verdicts = judge.judge(NOW + 1)
    while judge.waiting:
        verdicts = judge.judge(NOW + 1)
    return verdicts


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_every_metric_of_a_check_is_published_under_that_check(name: str) -> None:
    check = check_named(name)

    assert {MEASURED[metric.name].check for metric in check.metrics} == {name}


def test_no_sample_of_a_recorded_case_is_refused() -> None:
    refused = set()
    files = [*TESTS.glob("cases/*/*/expected.prom"), *TESTS.glob("families/*/expected.prom")]
    for file in files:
        for family in text_string_to_metric_families(file.read_text("utf-8")):
            for sample in family.samples:
                measured = MEASURED[sample.name]
                given = {k: v for k, v in sample.labels.items() if k in measured.sample_labels}
                place = Place("s", measured.check, "t", "")
                if isinstance(sample_series(sample.name, given, place), str):
                    refused.add((sample.name, *given.items()))

    assert len(files) > 100
    assert refused == set()


def test_nothing_that_the_simulated_province_reports_is_refused() -> None:
    inventory = load(PROVINCE)
    sites = [site for site in inventory.sites.values() if site.lifecycle is Lifecycle.ACTIVE]
    enrolled = [AgentIdentity(site.id, site.id, f"{site.id}/may-01") for site in sites]
    derivation = Derivation(inventory, enrolled, credentials=credentials_for(inventory))
    targets = Targets(inventory)
    state, evidence = State(targets, assign_shards(inventory, {})), Evidence(targets)

    for number, identity in enumerate(enrolled):
        received = simulated(derivation, identity, Faults(frozenset()), number)
        evidence.apply(received)

        assert state.apply(received) == {}

    verdicts = judged(inventory, evidence)
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
    evidence = Evidence(Targets(inventory))
    derivation = Derivation(inventory, [agent], credentials=credentials_for(inventory))
    for seq, at in enumerate((NOW - 120, NOW - 60, NOW)):
        evidence.apply(simulated(derivation, agent, faults, seq, at))

    verdicts = judged(inventory, evidence)
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
            assert codes[site.id] & {"target_answers", "point_answers"}
    assert verdicts.items["ttdl/csdl-01"].status == "down"
    assert verdicts.items["ttdl/csdl-02"].status == "up"
