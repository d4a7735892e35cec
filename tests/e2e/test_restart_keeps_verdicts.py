"""kill -9 while a site is down: after the restart it is down, since when it was, at once."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from collector.store.database import FILE_NAME
from govnet.report import Clock, Report, Result, Sample, encode_batch, encode_report

pytestmark = pytest.mark.e2e

WITHIN_SECONDS = 120.0
INTERVAL_SECONDS = 8.0
"""What was so is held for three of them after a start, on a busy machine too."""


def _look(collector: Any, seq: int) -> bytes:
    """Return a report of the centre: the commune's router does not answer."""
    identity = collector.key.identity
    silent = Sample("govnet_target_reachable", 0.0)
    result = Result("always_on", "xa-a/cpe", 0.1, 0.0, None, (silent,))
    now = time.time()
    report = Report(seq, now, float(seq), "boot", INTERVAL_SECONDS, "", (result,))
    clock = Clock(now, float(seq), "boot")
    return encode_batch(identity.agent, "0" * 16, clock, [encode_report(report)]).body


def _verdict(collector: Any) -> tuple[float, float]:
    """Return whether the commune is down, and since when its status lasts."""
    rows = dict(
        row.rsplit(" ", 1)
        for row in collector.get("/metrics/verdicts")[1].decode().splitlines()
        if row.startswith("govnet_site_status")
    )
    return (
        float(rows['govnet_site_status{site="xa-a",status="down"}']),
        float(rows['govnet_site_status_since_timestamp_seconds{site="xa-a"}']),
    )


def _saved_status(collector: Any) -> str | None:
    """Return what the database holds of the commune, as another process sees it."""
    with closing(sqlite3.connect(collector.data / FILE_NAME)) as database:
        row = database.execute(
            """SELECT status FROM spans WHERE item = 'xa-a' AND "end" IS NULL"""
        ).fetchone()
    return row[0] if row else None


def test_a_site_that_is_down_stays_down_through_kill_9(collector_process: Callable[..., Any]):
    collector = collector_process("--report-interval", f"{INTERVAL_SECONDS:g}")
    ends_at = time.monotonic() + WITHIN_SECONDS
    seq = 0
    begun_at = time.monotonic()
    # A collector that ran for less than three intervals could not say yet who is silent.
    while _verdict(collector)[0] != 1 or time.monotonic() < begun_at + 3.2 * INTERVAL_SECONDS:
        assert time.monotonic() < ends_at, "the site never went down"
        seq += 1
        collector.post(_look(collector, seq))
        time.sleep(0.3)  # The next report; what counts is the condition.
    _, since = _verdict(collector)
    while _saved_status(collector) != "down":
        assert time.monotonic() < ends_at, "the verdict was never saved"
        time.sleep(0.05)  # The next look; what counts is the condition.
    collector.kill()
    collector.start()

    assert _verdict(collector) == (1.0, since)
