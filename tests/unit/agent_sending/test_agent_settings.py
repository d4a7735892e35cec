"""Settings that a collector announces: fetched, believed, kept, and followed by a whole agent."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from agent.config import Config, SpoolLimits
from agent.measuring.alive import read_previous_run
from agent.sending.last_sent import read_last_sent
from agent.sending.orders import read_orders
from agent.service import Service
from govnet.settings import MachineSettings, Settings, digest, encode
from tests.unit.agent_sending.bench import (
    IDENTITY,
    KEY,
    SETTINGS,
    Bench,
    MadeUpCollector,
    accept_all,
)
from tests.unit.deadlines import HANG_SECONDS


def announce(collector: MadeUpCollector, settings: Settings) -> str:
    """Let the collector offer these settings; return their digest."""
    collector.settings_body = encode(settings)
    announced = digest(collector.settings_body)
    collector.on_batch = lambda batch: accept_all(batch, announced)
    return announced


def test_new_settings_are_fetched_believed_and_kept(
    collector: MadeUpCollector, start_bench: Callable[..., Bench]
):
    bench = start_bench(collector.address)
    announced = announce(collector, SETTINGS)
    bench.add_reports(1)
    bench.step()

    (orders,) = bench.orders
    assert orders.settings == SETTINGS
    assert orders.digest == announced
    assert read_orders(bench.state_dir, "pc-1-agent") == orders
    assert read_orders(bench.state_dir, "another-agent") is None

    bench.add_reports(1)
    bench.step()
    assert len(bench.orders) == 1


@pytest.mark.parametrize("forgery", ["signed by another key", "of another agent", "not settings"])
def test_settings_that_cannot_be_believed_are_not_taken(
    collector: MadeUpCollector, start_bench: Callable[..., Bench], forgery: str
):
    bench = start_bench(collector.address)
    announce(collector, SETTINGS)
    if forgery == "signed by another key":
        collector.settings_key = b"x" * 32
    elif forgery == "of another agent":
        collector.settings_body = encode(Settings(agent="pc-2", site="s", machine="m"))
    else:
        collector.settings_body = b"<html></html>"
    bench.add_reports(1)

    assert bench.step() == 0

    assert bench.orders == []
    assert read_orders(bench.state_dir, "pc-1-agent") is None
    assert bench.spool.waiting == 0


def test_settings_that_failed_are_asked_for_again_after_a_while(
    collector: MadeUpCollector, start_bench: Callable[..., Bench]
):
    bench = start_bench(collector.address)
    announce(collector, SETTINGS)
    collector.settings_key = b"x" * 32
    bench.add_reports(1)
    bench.step()
    collector.settings_key = KEY
    bench.add_reports(1)
    bench.step()
    assert bench.orders == []

    bench.clock.elapsed = 31
    bench.add_reports(1)
    bench.step()

    assert [orders.settings for orders in bench.orders] == [SETTINGS]


# --- the whole agent ------------------------------------------------------------------------------


def test_an_agent_starts_bare_learns_its_settings_measures_and_stops_in_order(
    collector: MadeUpCollector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("agent.service.STOP_WITHIN_SECONDS", HANG_SECONDS)
    machine = MachineSettings(target="pc-1", interval_seconds=0.5)
    # Only the first report waits for the usual interval: nobody has told it another one.
    ordered = Settings(
        agent="pc-1-agent",
        site="xa-a",
        machine="pc-1",
        report_interval_seconds=0.2,
        checks=(machine,),
    )
    state_dir = tmp_path / "state"
    state_dir.mkdir()
    (state_dir / "settings.json").write_bytes(encode(SETTINGS))
    announced = announce(collector, ordered)
    config = Config((collector.address,), IDENTITY, None, state_dir, SpoolLimits(1, 1.0))
    service = Service(config)
    running = threading.Thread(target=service.run)
    running.start()

    def measured() -> bool:
        checks = {result["check"] for result in collector.batches[-1]["reports"][0]["results"]}
        return checks == {"agent", "machine"}

    try:
        assert collector.wait_for(lambda: bool(collector.batches) and measured())
    finally:
        service.stop()
        running.join(HANG_SECONDS)

    assert not running.is_alive()
    report = collector.batches[-1]["reports"][0]
    assert report["settings"] == announced
    own = next(result for result in report["results"] if result["check"] == "agent")
    assert own["target"] == "pc-1"
    assert "govnet_agent_resident_memory_bytes" in {sample[0] for sample in own["samples"]}
    previous = read_previous_run(state_dir)
    assert previous is not None
    assert previous.clean_stop
    sent = read_last_sent(state_dir)
    assert sent is not None
    assert sent.decoded() == collector.batches[-1]
