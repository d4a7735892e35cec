"""CPU and memory of rendering /metrics beside a prometheus_client custom collector, same text.

Each side runs in a process of its own, holds the newest report of every agent, and renders.
"""

import gc
import io
import random
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from statistics import median
from typing import NamedTuple, TypeAlias

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as PeerMetric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from bench.agent_footprint import sample_lines
from bench.figures import Comparison, Figure
from bench.isolated import isolated
from bench.reports import CHECK_SERIES, CHECKS, results
from collector.metrics.exposition import Exposition, Part
from collector.metrics.selfmetrics import SelfMetrics
from collector.series.labels import Targets
from collector.series.state import State
from collector.verdict.coverage import Coverage
from collector.verdict.verdicts import Verdicts
from collector.wire import AgentIdentity, Received, WireReport, WireResult, WireSample
from govnet.catalogue import CATALOGUE, Kind
from govnet.report import Result
from inventory.model import (
    Assignment,
    Inventory,
    Province,
    Site,
    SiteKind,
    Unit,
    UnitKind,
)

SERIES = 60
"""Series of one agent, those made from the heads of its results among them."""
SITE_AGENTS = 25
REPORTED_AT = 1_790_000_000.0
MIB = 1 << 20

Render: TypeAlias = Callable[[], Iterable[bytes]]
Found: TypeAlias = frozenset[tuple[str, frozenset[tuple[str, str]], float, float]]


class Cost(NamedTuple):
    """One side's cost: CPU seconds of the first and of a later rendering, bytes of memory."""

    first_seconds: float
    seconds: float
    held_bytes: int
    extra_bytes: int
    peak_bytes: int
    samples: int


def compare(rounds: int, *, quick: bool) -> list[Comparison]:
    """Compare at several sizes; before that, hold both texts to each other sample by sample."""
    if parsed(our_text(SITE_AGENTS)) != parsed(their_text(SITE_AGENTS)):
        raise AssertionError("the two texts differ")
    return [_compared(agents, rounds) for agents in ((40,) if quick else (1_000, 10_000))]


def _compared(agents: int, rounds: int) -> Comparison:
    ours = isolated(measure, columns, agents, rounds)
    theirs = isolated(measure, custom_collector, agents, rounds)
    assert ours.samples == theirs.samples == agents * SERIES, (ours, theirs)
    memory = [(cost.extra_bytes / MIB, cost.peak_bytes / MIB) for cost in (ours, theirs)]
    return Comparison(
        f"Rendering {agents:,} agents x {SERIES} series",
        "prometheus_client",
        (
            Figure("CPU", "ms", ours.seconds * 1e3, theirs.seconds * 1e3, 1 / 40),
            Figure("CPU, first time", "ms", ours.first_seconds * 1e3, theirs.first_seconds * 1e3),
            Figure("CPU per series", "ns", *_per_series(ours, theirs, agents)),
            Figure("memory added while rendering", "MiB", memory[0][0], memory[1][0], most=5.0),
            Figure("peak RSS of the process", "MiB", memory[0][1], memory[1][1]),
        ),
        (
            (
                f"{rounds} later renderings, each side in a process of its own; {ours.samples:,} "
                "samples in both texts, found equal with prometheus_client's parser on "
                f"{SITE_AGENTS} agents."
            ),
            (
                "The peer keeps label values and numbers ready in lists and makes its families at "
                "each scrape, as its documentation shows; it builds the text as a whole, ours is "
                "taken piece by piece."
            ),
        ),
    )


def _per_series(ours: Cost, theirs: Cost, agents: int) -> tuple[float, float]:
    series = agents * SERIES
    return ours.seconds / series * 1e9, theirs.seconds / series * 1e9


def measure(made: Callable[[int], Render], agents: int, rounds: int) -> Cost:
    """Build one side in this process and render it `rounds` times after a first time."""
    render = made(agents)
    gc.collect()
    first, samples = _timed(render)
    held = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # Forget the peak so far.
    seconds = median(_timed(render)[0] for _ in range(rounds))
    peak = _memory("VmHWM")
    return Cost(first, seconds, held, peak - held, peak, samples)


def _timed(render: Render) -> tuple[float, int]:
    """Return the CPU seconds of one rendering, and its samples (counted outside the time)."""
    seconds, samples = 0.0, 0
    pieces = iter(render())
    while True:
        started = time.process_time()
        piece = next(pieces, None)
        seconds += time.process_time() - started
        if piece is None:
            return seconds, samples
        samples += piece.count(b"\n") - piece.count(b"\n#") - piece.startswith(b"#")


def _memory(field: str) -> int:
    """Return a field of /proc/self/status in bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise AssertionError(field)


def columns(agents: int) -> Render:
    """Return our rendering of a state that holds one report of each agent."""
    inventory = _inventory(agents)
    state = State(Targets(inventory), {})
    for identity, made in _reported(agents):
        refused = state.apply(_received(identity, made))
        assert not refused, refused
    exposition = Exposition(state, SelfMetrics("bench"))
    verdicts = Verdicts(REPORTED_AT, {}, {}, frozenset())
    coverage = Coverage({}, {}, (), {}, inventory)
    return lambda: exposition.stream(verdicts, coverage, Part(verdicts=False))


class _CustomCollector(Collector):
    """The same series as a custom collector of prometheus_client."""

    def __init__(self) -> None:
        self.rows: dict[str, list[tuple[list[str], float]]] = {}

    def collect(self) -> Iterator[PeerMetric]:
        for name, rows in self.rows.items():
            metric = CATALOGUE[name]
            kind = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
            family = kind(name, metric.help_en, labels=metric.labels)
            for labels, value in rows:
                family.add_metric(labels, value, timestamp=REPORTED_AT)
            yield family


def custom_collector(agents: int) -> Render:
    """Return the peer's rendering of the same reports."""
    collector = _CustomCollector()
    for identity, made in _reported(agents):
        for result in made:
            head = (1.0, result.duration_seconds, result.age_seconds)
            names = ("success", "duration_seconds", "age_seconds")
            for name, value in zip(names, head, strict=True):
                labels = [identity.site, identity.machine, result.check, result.target]
                collector.rows.setdefault(f"govnet_check_{name}", []).append((labels, value))
            for sample in result.samples:
                own = (sample.labels or {}).values()
                labels = [identity.site, identity.machine, *own]
                collector.rows.setdefault(sample.name, []).append((labels, sample.value))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)

    def render() -> Iterator[bytes]:
        yield generate_latest(registry)

    return render


def our_text(agents: int) -> bytes:
    """Return our whole text."""
    return b"".join(columns(agents)())


def their_text(agents: int) -> bytes:
    """Return the peer's whole text."""
    return b"".join(custom_collector(agents)())


def parsed(text: bytes) -> Found:
    """Return every sample as prometheus_client's parser reads it."""
    found = [
        (one.name, frozenset(one.labels.items()), one.value, float(one.timestamp or 0))
        for family in text_string_to_metric_families(io.StringIO(text.decode()).read())
        for one in family.samples
    ]
    assert len(found) == len(set(found)) == sample_lines(text)
    return frozenset(found)


def _reported(agents: int) -> Iterator[tuple[AgentIdentity, tuple[Result, ...]]]:
    count = SERIES - CHECK_SERIES * len(CHECKS)
    for number in range(agents):
        site = f"xa-{number // SITE_AGENTS:03d}"
        identity = AgentIdentity(f"{number:016x}", site, f"{site}/pc-{number % SITE_AGENTS:03d}")
        yield identity, results(identity.machine, count, random.Random(number))


def _received(identity: AgentIdentity, made: Iterable[Result]) -> Received:
    return Received(
        identity=identity,
        incarnation="0" * 16,
        report=WireReport(
            seq=1,
            created_at=REPORTED_AT,
            monotonic_seconds=1.0,
            boot_id="b",
            interval_seconds=60.0,
            results=[
                WireResult(
                    check=result.check,
                    target=result.target,
                    duration_seconds=result.duration_seconds,
                    age_seconds=result.age_seconds,
                    samples=[
                        WireSample(one.name, one.value, dict(one.labels or {}))
                        for one in result.samples
                    ],
                )
                for result in made
            ],
        ),
        at=REPORTED_AT,
        received_at=REPORTED_AT,
        skew_seconds=0.0,
    )


def _inventory(agents: int) -> Inventory:
    """Return as many bare sites as the agents need."""
    sites = [f"xa-{number:03d}" for number in range((agents - 1) // SITE_AGENTS + 1)]
    return Inventory(
        province=Province(
            id="tinh", code="68", name="Tỉnh", operator="Trung tâm", centre="trung-tam"
        ),
        calendars={},
        carriers={},
        clusters={},
        power_areas={},
        machine_profiles={},
        units={"xa": Unit(id="xa", name="Xã", kind=UnitKind.COMMUNE)},
        sites={
            site: Site(
                id=site,
                name=f"Trụ sở {site}",
                kind=SiteKind.COMMUNE,
                assignments=(Assignment(unit="xa", valid_from=date(2025, 7, 1)),),
            )
            for site in sites
        },
        services={},
        conferences={},
    )
