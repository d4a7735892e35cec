from collections.abc import Callable

import msgspec
import pytest

from collector.intake.checkpoint import LastReport
from collector.live import Live
from collector.metrics.selfmetrics import SelfMetrics
from collector.store.registry import AgentRow, Registry
from collector.wire import Received
from inventory.model import Inventory

NOW = 1_790_000_000.0


@pytest.mark.parametrize("is_timed", [True, False])
def test_only_a_report_whose_time_is_known_shows_that_its_agent_lives(
    small_province: Inventory, received: Callable[..., Received], *, is_timed: bool
):
    report = msgspec.structs.replace(received("xa-a/pc-1", NOW), is_timed=is_timed)
    registry = Registry(1, [AgentRow(report.identity, 0.0, None)], {})
    live = Live(small_province, registry, {}, SelfMetrics("1"), NOW)
    live.apply(report)
    live.judge(NOW)

    assert live.coverage.agents["xa-a/pc-1"].up is is_timed
    assert bool(live.evidence.own.get("xa-a")) is is_timed


@pytest.mark.parametrize(
    ("ordered_seconds", "reported_seconds", "believed_seconds"),
    [(60.0, 86_400.0, 60.0), (600.0, 86_400.0, 600.0), (5.0, 60.0, 60.0), (600.0, 5.0, 5.0)],
)
def test_an_agent_is_believed_no_longer_interval_than_was_ordered_or_is_usual(
    small_province: Inventory,
    received: Callable[..., Received],
    ordered_seconds: float,
    reported_seconds: float,
    believed_seconds: float,
):
    """One report with an interval of a day would keep its site up for three days."""
    inventory = msgspec.structs.replace(small_province, report_interval_seconds=ordered_seconds)
    look = {("service", "thu"): [("govnet_service_up", 1.0)]}
    report = received("xa-a/pc-1", NOW, look, interval_seconds=reported_seconds)
    registry = Registry(1, [AgentRow(report.identity, 0.0, None)], {})
    live = Live(inventory, registry, {}, SelfMetrics("1"), NOW)
    live.apply(report)
    fresh_seconds = 3 * believed_seconds

    live.judge(NOW + fresh_seconds)
    assert live.coverage.agents["xa-a/pc-1"].up
    assert live.state.series > 0
    latest = live.evidence.newest.machines["xa-a"]["xa-a/pc-1"]
    tracks = (live.evidence.own["xa-a"]["xa-a/pc-1"], live.evidence.views["thu"]["xa-a/pc-1"])
    assert latest.fresh(NOW + fresh_seconds)
    assert all(track.at(NOW + fresh_seconds) for track in tracks)

    live.judge(NOW + fresh_seconds + 0.1)
    assert not live.coverage.agents["xa-a/pc-1"].up
    assert live.state.series == 0
    assert not latest.fresh(NOW + fresh_seconds + 0.1)
    assert not any(track.at(NOW + fresh_seconds + 0.1) for track in tracks)


def test_what_was_saved_with_a_long_interval_is_not_believed_either(
    small_province: Inventory, received: Callable[..., Received]
):
    identity = received("xa-a/pc-1", NOW).identity
    registry = Registry(1, [AgentRow(identity, 0.0, None)], {})
    live = Live(small_province, registry, {}, SelfMetrics("1"), NOW)
    saved = LastReport(
        agent=identity.agent,
        incarnation="0" * 16,
        seq=1,
        last_report_at=NOW - 200,
        received_at=NOW - 200,
        interval_seconds=86_400.0,
        skew_seconds=0.0,
    )
    live.remember([saved])
    live.judge(NOW)

    assert not live.coverage.agents["xa-a/pc-1"].up


def test_machines_known_by_their_reports_alone_keep_their_status_through_a_restart(
    small_province: Inventory, received: Callable[..., Received]
):
    report = received("xa-a/pc-9", NOW)
    registry = Registry(1, [AgentRow(report.identity, 0.0, None)], {})
    live = Live(small_province, registry, {}, SelfMetrics("1"), NOW)
    live.apply(report)
    live.judge(NOW)
    saved = [span for changed in live.judgement.record.take_spans() for span in changed.spans]

    after = Live(small_province, registry, {}, SelfMetrics("1"), NOW + 600, spans=saved)

    assert after.verdicts.items["xa-a/pc-9"] == live.verdicts.items["xa-a/pc-9"]
