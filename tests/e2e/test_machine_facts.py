"""What a machine told of itself: kept over kill -9, shown by the API and by `govnet facts`."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from govnet.report import Clock, Report, Result, encode_batch, encode_report

pytestmark = pytest.mark.e2e

WITHIN_SECONDS = 60.0


def tell(collector: Any, seq: int, facts: dict[str, str], check: str = "facts") -> None:
    """Send a report with facts, `seq` seconds after the boot."""
    identity = collector.key.identity
    result = Result(check, identity.machine, 0.1, 0.0, None, (), facts)
    report = Report(seq, time.time(), float(seq), "boot", 60.0, "", (result,))
    clock = Clock(time.time(), 100.0, "boot")
    body = encode_batch(identity.agent, "0" * 16, clock, [encode_report(report)]).body
    status, answer = collector.post(body)
    assert (status, answer["accepted"]) == (200, [seq])


def known(collector: Any, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Return the facts as soon as they are as wished; a judgement saves them."""
    path = f"/v1/machines/{collector.key.identity.machine}/facts"
    ends_at = time.monotonic() + WITHIN_SECONDS
    while True:
        status, body = collector.get(path)
        found: dict[str, Any] = json.loads(body)
        if status == 200 and until(found):
            return found
        assert time.monotonic() < ends_at, (status, found)
        time.sleep(0.05)


def texts(found: dict[str, Any]) -> dict[str, str]:
    return {key: row["text"] for key, row in found["facts"].items()}


def test_facts_outlive_kill_9_and_keep_since_when_they_are_so(
    collector_process: Callable[..., Any],
):
    collector = collector_process()
    assert collector.get(f"/v1/machines/{collector.key.identity.machine}/facts")[0] == 404
    tell(collector, 10, {"os.name": "Windows 10 Pro", "disk.0.model": "A"})
    collector.kill()
    collector.start()
    first = known(collector, lambda found: "os.name" in found["facts"])

    tell(collector, 20, {"os.name": "Windows 10 Pro", "disk.0.model": "B"})
    second = known(collector, lambda found: texts(found)["disk.0.model"] == "B")
    # Late by the spool: it says nothing about the present.
    tell(collector, 15, {"os.name": "Windows 7"})
    tell(collector, 21, {"os.name": "not of this check"}, check="machine")
    drawn = {"os.build": "22631\x1b[2J\u202e"}
    tell(collector, 30, {"os.name": "Windows 11 Pro", "disk.0.model": "B"} | drawn)
    third = known(collector, lambda found: texts(found)["os.name"] == "Windows 11 Pro")

    assert texts(first) == {"os.name": "Windows 10 Pro", "disk.0.model": "A"}
    assert second["facts"]["os.name"] == first["facts"]["os.name"]
    assert second["facts"]["disk.0.model"]["since"] > first["facts"]["disk.0.model"]["since"]
    assert third["facts"]["disk.0.model"] == second["facts"]["disk.0.model"]
    printed = subprocess.run(
        [
            sys.executable,
            "-m",
            "collector.cli",
            "facts",
            third["machine"],
            "--data",
            collector.data,
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    assert "disk.0.model  B" in printed
    assert "Windows 11 Pro" in printed
    assert all(line.isprintable() for line in printed.splitlines())
