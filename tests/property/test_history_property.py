"""History holds what /metrics showed, and a picky receiver loses only what it refuses."""

import math
import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.history.messages import decode_request, encode_labels, encode_request, labels_of
from collector.history.pusher import Pusher
from collector.history.receiver import Answer
from collector.history.samples import Layout, Row
from collector.metrics.exposition import Exposition, Part
from collector.metrics.selfmetrics import SelfMetrics
from collector.series.columns import series_text
from collector.series.labels import MEASURED, Targets
from collector.series.state import State
from collector.verdict.coverage import Coverage
from collector.verdict.verdicts import Verdicts
from collector.wire import Received, WireReport, WireResult, WireSample
from inventory.model import Inventory

QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
NOTHING = Verdicts(0.0, {}, {}, frozenset())
NOW = 1_790_000_000.0
TARGETS = [
    ("machine", "xa-a/pc-1"),
    ("machine", "xa-b/pc-1"),
    ("link", "xa-a/tslcd"),
    ("link", "xa-a/khong-co"),
    ("service", "thu"),
    ("device", "xa-a/cpe"),
    ("trap", "xa-a/cpe"),
    ("nothing", "thu"),
]
NAMES = [
    "govnet_machine_uptime_seconds",
    "govnet_machine_disk_free_bytes",
    "govnet_machine_cpu_seconds_total",
    "govnet_link_reachable",
    "govnet_service_up",
    "govnet_port_up",
    "govnet_ups_on_mains",
    "govnet_trap_received_total",
    "govnet_unheard_of",
]
assert any(name in MEASURED for name in NAMES)
LABELS = st.dictionaries(
    st.sampled_from(["disk", "mode", "end", "site", "phase", "port", "trap"]),
    st.sampled_from(["C:", 'a "b"\\', "x\ny", "near", "far", "other", "", "Ổ đĩa" * 30]),
    max_size=2,
)
VALUES = st.one_of(st.floats(allow_nan=False), st.sampled_from([0.0, -1.0, math.inf]))
RESULTS = st.lists(
    st.tuples(
        st.sampled_from(TARGETS),
        st.lists(st.tuples(st.sampled_from(NAMES), VALUES, LABELS), max_size=5),
        st.booleans(),
    ),
    max_size=4,
)
STREAM = st.lists(st.tuples(RESULTS, st.floats(0.0004, 100.0)), min_size=1, max_size=6)


def _report(base: WireReport, seq: int, results: list[Any]) -> WireReport:
    made = [
        WireResult(
            check=check,
            target=target,
            duration_seconds=0.25,
            age_seconds=0.5,
            error=None if is_good else "boom",
            samples=[WireSample(*sample) for sample in samples],
        )
        for (check, target), samples, is_good in results
    ]
    return msgspec.structs.replace(base, seq=seq, results=made)


def _scraped(state: State, inventory: Inventory) -> set[tuple[str, float, int]]:
    """Return (series, value, ms) of all measurements in the text of /metrics."""
    exposition = Exposition(state, SelfMetrics("1"))
    coverage = Coverage({}, {}, (), {}, inventory)
    text = b"".join(exposition.stream(NOTHING, coverage, Part(verdicts=False))).decode()
    found = set()
    for line in text.split("\n"):
        match = re.fullmatch(r"(\S+\{.*\}) (\S+) (\d+)", line)
        if match:
            found.add((match[1], float(match[2]), int(match[3])))
    return found


@pytest.mark.parametrize("machine", ["xa-a/pc-1", "trung-tam/giam-sat"])
@QUICK
@given(stream=STREAM)
def test_history_holds_every_sample_that_metrics_showed(
    small_province: Inventory,
    received: Callable[..., Received],
    machine: str,
    stream: list[tuple[list[Any], float]],
):
    targets = Targets(small_province)
    state = State(targets, {})
    layout: Layout[str] = Layout(targets, lambda series: series.decode())
    shown: set[tuple[str, float, int]] = set()
    sent: set[tuple[str, float, int]] = set()
    at = NOW
    for seq, (results, seconds) in enumerate(stream, start=1):
        at = round(at + seconds, 3)
        one = received(machine, at)
        one = msgspec.structs.replace(one, report=_report(one.report, seq, results))
        state.apply(one)
        shown |= _scraped(state, small_province)
        row = layout.row(one.identity, one.report, round(one.at * 1000))
        sent |= {
            (series, value, row.at_ms) for series, value in zip(row.series, row.values, strict=True)
        }

    assert shown <= sent


@QUICK
@given(
    labels=st.dictionaries(
        st.from_regex(r"[a-z_]{1,8}", fullmatch=True), st.text(max_size=12), max_size=4
    )
)
def test_labels_are_read_back_from_the_text_of_a_series(labels: dict[str, str]):
    given_labels = {name: value for name, value in labels.items() if value and "_" not in name[:2]}
    series = series_text("govnet_x", given_labels.items())

    assert dict(labels_of(series)) == given_labels | {"__name__": "govnet_x"}
    (found,) = decode_request(encode_request({encode_labels(series, "g"): [(1, 2.0), (3, -0.5)]}))
    assert found == (given_labels | {"__name__": "govnet_x", "job": "g"}, [(1, 2.0), (3, -0.5)])


class _Picky:
    """A receiver that takes a request only if it likes all of it."""

    def __init__(self, refuse: Callable[[str, int], str | None]) -> None:
        self._refuse = refuse
        self.held: dict[tuple[str, int], float] = {}
        self.requests = 0

    def push(self, body: bytes, now: float) -> Answer:
        del now
        self.requests += 1
        series = decode_request(body)
        points = {
            (labels["__name__"], at_ms): value
            for labels, points in series
            for at_ms, value in points
        }
        for name, at_ms in points:
            if (reason := self._refuse(name, at_ms)) is not None:
                return Answer(refused=reason)
        self.held |= points
        return Answer()


@QUICK
@given(
    points=st.sets(st.tuples(st.sampled_from("abcd"), st.integers(1, 60)), min_size=1),
    bad=st.sets(st.tuples(st.sampled_from("abcd"), st.integers(1, 60)), max_size=6),
    oldest=st.integers(0, 40),
)
def test_of_a_refused_batch_only_what_is_refused_is_dropped(
    points: set[tuple[str, int]], bad: set[tuple[str, int]], oldest: int
):
    def refuse(name: str, at_ms: int) -> str | None:
        if at_ms < (NOW - 60 + oldest) * 1000:
            return "too_old"
        return "out_of_order" if (name, at_ms) in refused else None

    def place(point: tuple[str, int]) -> tuple[str, int]:
        return point[0], int(NOW - 60 + point[1]) * 1000

    refused = {place(point) for point in bad}
    receiver = _Picky(refuse)
    pusher = Pusher(receiver, 3600.0, wall=lambda: NOW, wait=lambda _: None)
    rows = [
        Row(at_ms, [encode_labels(name.encode(), "g")], [1.0]) for name, at_ms in map(place, points)
    ]
    pusher.deliver(rows)

    wanted = {point for point in map(place, points) if refuse(*point) is None}
    assert receiver.held.keys() == wanted
    assert pusher.counts.pushed == len(wanted)
    assert sum(pusher.counts.dropped.values()) == len(points) - len(wanted)
