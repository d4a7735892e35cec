"""The text of /metrics is valid for Prometheus and prometheus_client, and recorded byte by byte."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from collector.alerts.told import Teller
from collector.metrics.exposition import Exposition, Part
from collector.metrics.selfmetrics import SelfMetrics
from collector.series.labels import MEASURED, Targets
from collector.series.state import State
from collector.verdict import coverage
from collector.verdict.judge import judge
from collector.verdict.lastseen import Evidence
from collector.verdict.shared.records import Event
from collector.verdict.verdicts import Verdicts
from collector.wire import AgentIdentity, Received
from govnet.catalogue import CATALOGUE, Kind, Source
from inventory.model import Inventory

GOLDEN = Path(__file__).parents[1] / "golden" / "metrics"
START = 1_790_000_000.0
FREE_LABELS = {
    "end": "far",
    "protocol": "sip_udp",
    "phase": "tls",
    "path": "internet",
    "what": "backlog",
}
CHECKS = {
    "agent": "xa-a/pc-1",
    "machine": "xa-a/pc-1",
    "lan": "xa-a/pc-1",
    "link": "xa-a/tslcd",
    "always_on": "xa-a/cpe",
    "conference": "xa-a/diem-cau",
    "service": "thu",
}


class Scene:
    """A collector's pure parts at a fixed time, for one inventory."""

    def __init__(self, inventory: Inventory) -> None:
        targets = Targets(inventory)
        self.inventory = inventory
        self.state = State(targets, {})
        self.evidence = Evidence(targets, START - 1_000)
        metrics = SelfMetrics("0.1.0")
        metrics.certificate_expires(START + 397 * 86_400)
        self.exposition = Exposition(self.state, metrics)
        self.teller = Teller()

    def apply(self, *reports: Received) -> None:
        for report in reports:
            self.state.apply(report)
            self.evidence.apply(report)

    def verdicts(self, now: float) -> Verdicts:
        judged = judge(self.inventory, self.evidence, now)
        storm = Event(
            id="20260921T1413Z",
            started_at=START,
            ended_at=None,
            cause="power",
            carrier="",
            power_area="khu-1",
            sites=("xa-b", "xa-c"),
            silent=("xa-b",),
        )
        return msgspec.structs.replace(judged, events=(storm,))

    def text(self, now: float, part: Part = Part.ALL) -> str:
        enrolled = [
            AgentIdentity("a", "xa-a", "xa-a/pc-1"),
            AgentIdentity("b", "xa-b", "xa-b/pc-9"),
        ]
        counted = coverage.measure(self.inventory, enrolled, self.state, now)
        verdicts = self.verdicts(now)
        told = self.teller.tell(self.inventory, verdicts)
        return b"".join(self.exposition.stream(verdicts, counted, part, told)).decode()


@pytest.fixture
def full(small_province: Inventory, received: Callable[..., Received]) -> Scene:
    """Make a scene in which every family of the catalogue has a series."""
    scene = Scene(small_province)
    results: dict[tuple[str, str], list[tuple[object, ...]]] = {}
    for check, target in CHECKS.items():
        results[check, target] = [
            (
                name,
                float(index) / 7,
                {label: FREE_LABELS.get(label, 'C:\\ "ổ đĩa"') for label in row.sample_labels},
            )
            for index, (name, row) in enumerate(MEASURED.items())
            if row.check == check
        ]
    scene.apply(
        received("xa-a/pc-1", START, results, skew_seconds=400.0),
        received(
            "trung-tam/giam-sat",
            START + 1.25,
            {
                ("link", "xa-b/tslcd"): [("govnet_link_reachable", 0, {"end": "site"})],
                ("always_on", "xa-b/cpe"): [("govnet_target_reachable", 0)],
            },
        ),
    )
    return scene


def test_promtool_finds_nothing_to_say(full: Scene) -> None:
    run = subprocess.run(
        ["promtool", "check", "metrics"],
        input=full.text(START + 10),
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert (run.returncode, run.stdout + run.stderr) == (0, "")


def test_prometheus_client_reads_every_family_of_the_catalogue(full: Scene) -> None:
    families = {f.name: f for f in text_string_to_metric_families(full.text(START + 10))}

    expected = {
        name.removesuffix("_total") if metric.kind is Kind.COUNTER else name
        for name, metric in CATALOGUE.items()
    }
    assert set(families) == expected
    for name, metric in CATALOGUE.items():
        family = families[name.removesuffix("_total") if metric.kind is Kind.COUNTER else name]
        assert (family.type, family.documentation) == (metric.kind.value, metric.help_en)
        if metric.kind is Kind.HISTOGRAM:
            continue
        for sample in family.samples:
            assert set(sample.labels) <= set(metric.labels)
            assert (sample.timestamp is not None) == (metric.source is Source.MEASUREMENT)


def test_the_parts_together_are_the_whole(full: Scene) -> None:
    whole = full.text(START + 10)

    parts = full.text(START + 10, Part.of_shard(0)) + full.text(START + 10, Part.VERDICTS)
    assert sorted(parts.splitlines()) == sorted(whole.splitlines())
    assert full.text(START + 10, Part.of_shard(7)) == ""


def test_a_small_province_is_exposed_byte_by_byte(
    full: Scene, golden: Callable[[Path, str], None]
) -> None:
    golden(GOLDEN / "small_province.prom", full.text(START + 10))


def test_an_empty_collector_is_exposed_byte_by_byte(
    small_province: Inventory, golden: Callable[[Path, str], None]
) -> None:
    golden(GOLDEN / "nothing_heard.prom", Scene(small_province).text(START))


def test_measurements_of_silent_agents_are_gone_and_their_coverage_stays(full: Scene) -> None:
    full.state.expire(START + 200)

    text = full.text(START + 200)

    assert "govnet_machine_cpus" not in text
    assert 'govnet_agent_up{site="xa-a",machine="xa-a/pc-1"} 0.0\n' in text
    assert "govnet_agent_last_received_timestamp_seconds" in text
