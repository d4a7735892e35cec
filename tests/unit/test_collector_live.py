from collections.abc import Callable

import msgspec
import pytest

from collector.live import Live
from collector.registry import AgentRow, Registry
from collector.selfmetrics import SelfMetrics
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
    assert bool(live.evidence.signs.get("xa-a")) is is_timed
