"""kill -9 at any moment: what was acknowledged is there after the restart, and only once."""

import http.client
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from govnet.report import Clock, Report, Result, Sample, encode_batch, encode_report

pytestmark = pytest.mark.e2e

SENDERS = 4
ROUNDS = 3


def _body(collector: Any, incarnation: int, seq: int) -> bytes:
    identity = collector.key.identity
    result = Result(
        "machine",
        identity.machine,
        0.1,
        0.0,
        None,
        (Sample("govnet_machine_uptime_seconds", float(seq)),),
    )
    now = time.time()
    report = Report(seq, now, float(seq), "boot", 60.0, "", (result,))
    clock = Clock(now, float(seq), "boot")
    return encode_batch(identity.agent, f"{incarnation:016x}", clock, [encode_report(report)]).body


def _send_until_killed(
    collector: Any, incarnation: int, first: int, acknowledged: dict[tuple[int, int], bytes]
) -> None:
    seq = first
    while True:
        body = _body(collector, incarnation, seq)
        try:
            status, answer = collector.post(body)
        except (OSError, http.client.HTTPException):
            return
        assert status == 200
        assert answer["accepted"] == [seq]
        acknowledged[incarnation, seq] = body
        seq += 1


def test_what_was_acknowledged_before_kill_9_is_known_after_it(
    collector_process: Callable[..., Any], tmp_path: Path
):
    config = tmp_path / "collector.toml"
    config.write_text("agent_batches_per_minute = 1_000_000\n")
    collector = collector_process("--config", str(config))
    acknowledged: dict[tuple[int, int], bytes] = {}
    for turn in range(ROUNDS):
        senders = [
            threading.Thread(
                target=_send_until_killed,
                args=(collector, sender, 1 + turn * 1_000_000, acknowledged),
            )
            for sender in range(SENDERS)
        ]
        before = len(acknowledged)
        for sender in senders:
            sender.start()
        while len(acknowledged) < before + 100 * (turn + 1):
            time.sleep(0.01)
        collector.kill()
        for sender in senders:
            sender.join()
        collector.start()

    for (_, seq), body in acknowledged.items():
        assert collector.post(body)[1]["duplicate"] == [seq]


def test_live_values_are_back_after_kill_9(collector_process: Callable[..., Any]):
    collector = collector_process()
    collector.post(_body(collector, 1, 41))
    collector.post(_body(collector, 1, 42))
    collector.kill()
    collector.start()

    text = collector.get("/metrics")[1].decode()
    (line,) = [row for row in text.splitlines() if row.startswith("govnet_machine_uptime_seconds{")]
    assert float(line.split()[1]) == 42


def test_sigterm_saves_and_ends_with_status_0(collector_process: Callable[..., Any]):
    collector = collector_process()
    body = _body(collector, 1, 1)
    collector.post(body)

    assert collector.stop() == 0
    collector.start()
    assert collector.post(body)[1]["duplicate"] == [1]


def test_after_kill_9_every_report_keeps_the_time_that_was_shown(
    collector_process: Callable[..., Any],
):
    """Its monotonic clock says when it was made; the collector's clock at its arrival decides."""
    collector = collector_process()
    identity = collector.key.identity

    def post(seq: int, seconds_ago: float) -> None:
        sample = Sample("govnet_machine_uptime_seconds", float(seq))
        result = Result("machine", identity.machine, 0.1, 0.0, None, (sample,))
        report = Report(seq, 5.0, 1000.0 - seconds_ago, "boot", 60.0, "", (result,))
        clock = Clock(time.time() - 1e6, 1000.0, "boot")
        batch = encode_batch(identity.agent, "0" * 16, clock, [encode_report(report)])
        assert collector.post(batch.body)[0] == 200

    def shown() -> list[str]:
        text = collector.get("/metrics")[1].decode()
        return [
            row for row in text.splitlines() if row.startswith("govnet_machine_uptime_seconds{")
        ]

    post(1, 33.25)
    # Longer ago than it can be: it is not earlier than the one before it.
    post(2, 50.0)
    before = shown()
    collector.kill()
    collector.start()

    assert len(before) == 1
    assert shown() == before
    post(3, 51.0)
    collector.kill()
    collector.start()
    # Number 3 too is as late as number 2 was.
    assert shown()[0].split()[-1] == before[0].split()[-1]
