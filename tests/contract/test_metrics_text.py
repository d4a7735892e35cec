"""The text of /metrics is valid for Prometheus and prometheus_client, and recorded byte by byte."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from collector.alerts.told import Teller
from collector.discovery import counted as counted_of
from collector.discovery.differences import Differences, NeverSeen, Undeclared
from collector.metrics.exposition import Exposition, Part
from collector.metrics.selfmetrics import SelfMetrics
from collector.readiness.board import Rows, rows_of
from collector.readiness.board import Standing as Rehearsed
from collector.readiness.records import (
    Aspect,
    AspectKind,
    Judged,
    Meeting,
    PointState,
    Standing,
)
from collector.series.labels import MEASURED, Targets
from collector.series.state import State
from collector.verdict import coverage
from collector.verdict.evidence.evidence import Evidence
from collector.verdict.judge import Judge
from collector.verdict.notes import EvidenceNote
from collector.verdict.outages.records import Case, Handling, Outage, Phase
from collector.verdict.shared.records import Event
from collector.verdict.spans import SpanKind
from collector.verdict.verdicts import Verdicts
from collector.wire import AgentIdentity, Received
from govnet.catalogue import CATALOGUE, Kind, Source
from inventory.model import Inventory

GOLDEN = Path(__file__).parents[1] / "golden" / "metrics"
START = 1_790_000_000.0
CHECKS = {
    "agent": "xa-a/pc-1",
    "machine": "xa-a/pc-1",
    "lan": "xa-a/pc-1",
    "link": "xa-a/tslcd",
    "always_on": "xa-a/cpe",
    "conference": "xa-a/diem-cau",
    "service": "thu",
    "facts": "xa-a/pc-1",
    "reflector": "xa-a/pc-1",
    "path": "xa-a/tslcd",
    "device": "xa-a/cpe",
    "trap": "xa-a/cpe",
    "registrar": "thu",
}
OF_THE_CENTRE = ("trap", "registrar")


class Scene:
    """A collector's pure parts at a fixed time, for one inventory."""

    def __init__(self, inventory: Inventory) -> None:
        targets = Targets(inventory)
        self.inventory = inventory
        self.state = State(targets, {})
        self.evidence = Evidence(targets)
        self.evidence.listen(START - 1_000)
        self.judgement = Judge(inventory, self.evidence, START - 1_000)
        metrics = SelfMetrics("0.1.0")
        metrics.clock(is_synchronised=True)
        metrics.certificate_expires(START + 397 * 86_400)
        self.exposition = Exposition(self.state, metrics)
        self.teller = Teller()
        self.events: tuple[Event, ...] = ()
        self.outages: tuple[Case, ...] = ()
        self.conferences: Mapping[str, Rows] = {}
        self.differences = counted_of.NOTHING

    def apply(self, *reports: Received) -> None:
        for report in reports:
            self.state.apply(report)
            self.evidence.apply(report)

    def verdicts(self, now: float) -> Verdicts:
        self.evidence.listen_until(now)
        judged = self.judgement.judge(now)
        return msgspec.structs.replace(judged, events=self.events)

    def text(self, now: float, part: Part = Part.ALL) -> str:
        enrolled = [
            AgentIdentity("a", "xa-a", "xa-a/pc-1"),
            AgentIdentity("b", "xa-b", "xa-b/pc-9"),
        ]
        counted = coverage.measure(self.inventory, enrolled, self.state, now)
        verdicts = self.verdicts(now)
        told = self.teller.tell(self.inventory, verdicts)
        stream = self.exposition.stream(
            verdicts,
            counted,
            part,
            told,
            self.outages,
            conferences=self.conferences,
            differences=self.differences,
        )
        return b"".join(stream).decode()


@pytest.fixture
def full(small_province: Inventory, received: Callable[..., Received]) -> Scene:
    """Make a scene in which every family of the catalogue has a series."""
    scene = Scene(small_province)
    scene.events = (Event("e1", START, None, "power", "", "khu-1", ("xa-b", "xa-c"), ("xa-b",)),)
    scene.outages = tuple(
        Case(
            Outage(
                number,
                item,
                "xa-b",
                kind,
                START - 7200,
                end,
                1,
                (Phase(START - 7200, end, "link"),),
            ),
            is_corrected=end is not None,
            handling=handling,
        )
        for number, item, kind, end, handling in (
            (17, "xa-b", SpanKind.SITE, START - 60, Handling(cause="carrier")),
            (18, "xa-b/tslcd", SpanKind.LINK, None, Handling()),
        )
    )
    point = Aspect(AspectKind.SITE, Standing.BAD, EvidenceNote("verdict_stale"))
    standing = Judged("xa-a/diem-cau", "xa-a", PointState.NOT_READY, (point,), START)
    meeting = Meeting(
        id="giao-ban", title="", starts_at=START + 1_800, ends_at=START + 3_600, points=()
    )
    scene.conferences = rows_of([Rehearsed(meeting, (standing,), START)], START)
    scene.differences = counted_of.counted(
        Differences(
            START,
            (
                Undeclared("", "agent_waiting", "a1", "PC-01", "198.19.77.9", ""),
                Undeclared("xa-a", "station", "station", "", "", "", 5),
            ),
            (NeverSeen("xa-b", "site", "xa-b", "Trụ sở xã B"),),
        ),
        small_province.sites,
    )
    results: dict[tuple[str, str], list[tuple[object, ...]]] = {}
    for check, target in CHECKS.items():
        results[check, target] = [
            (
                name,
                float(index) / 7,
                {
                    label: min(fixed) if fixed else 'C:\\ "ổ đĩa"'
                    for label, fixed in zip(row.sample_labels, row.fixed, strict=True)
                },
            )
            for index, (name, row) in enumerate(MEASURED.items())
            if row.check == check
        ]
    of_the_centre = {key: results.pop(key) for key in list(results) if key[0] in OF_THE_CENTRE}
    scene.apply(
        received("xa-a/pc-1", START, results, skew_seconds=400.0),
        *(
            received(
                "trung-tam/giam-sat",
                START + 1.25 - 60.0 * before,
                {
                    ("link", "xa-b/tslcd"): [("govnet_link_reachable", 0, {"end": "site"})],
                    ("always_on", "xa-b/cpe"): [("govnet_target_reachable", 0)],
                }
                | of_the_centre,
                seq=9 - before,
            )
            for before in (3, 2, 1, 0)
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
        timeout=60,
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
