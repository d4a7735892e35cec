"""The whole province is cut and the centre's agent still says so in time: threads, no fakes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Protocol

import pytest

pytestmark = pytest.mark.e2e

TARGETS = 300
INTERVAL_SECONDS = 10.0
ROUNDS = 4

# Prints every report, then the process's memory in bytes.
CENTRE = f"""\
import json, sys, threading
from pathlib import Path
import psutil
from agent.checks.table import load
from agent.clock import SystemClock
from agent.sending.orders import Orders
from agent.measuring.runner import Runner
from agent.spool.spool import Spool
from govnet.settings import AlwaysOnSettings, Settings, digest, encode

checks = tuple(
    AlwaysOnSettings(
        target=f"site-{{number}}/cpe",
        address=f"198.51.{{100 + number // 250}}.{{1 + number % 250}}",
        tcp_ports=(22, 80, 443),
        interval_seconds={INTERVAL_SECONDS},
        timeout_seconds=4.0,
    )
    for number in range({TARGETS})
)
settings = Settings(
    agent="c", site="c", machine="c/m", report_interval_seconds={INTERVAL_SECONDS}, checks=checks
)
encoded = encode(settings)
folder, clock = Path(sys.argv[1]), SystemClock()
spool = Spool(folder / "spool", clock=clock.time)
runner = Runner(
    agent="c", orders=Orders(settings, encoded, digest(encoded)), load=load, spool=spool,
    state_dir=folder, previous_run=None, clock=clock, boot_id="b", health=tuple,
    clock_offset=lambda: None, on_report=lambda: None,
)
timer = threading.Timer({ROUNDS * INTERVAL_SECONDS}, runner.stop)
timer.start()
runner.run()
for entry in spool.oldest(1 << 30, 1000):
    print(entry.report.decode())
print(json.dumps(psutil.Process().memory_info().rss))
"""


class Network(Protocol):
    prefix: str

    def inside(self, room: str, *command: str) -> str: ...
    def end(self, index: int, side: str) -> str: ...


@pytest.fixture
def nowhere(network: Network) -> Network:
    """Give the office a route to a machine that is not there: everything vanishes in silence."""
    hole = ("198.18.0.99", "lladdr", "02:00:00:00:00:99", "dev", network.end(0, "a"))
    network.inside("office", "ip", "neigh", "add", *hole, "nud", "permanent")
    network.inside("office", "ip", "route", "add", "198.51.96.0/20", "via", "198.18.0.99")
    return network


def reports_of(network: Network, folder: Path) -> tuple[list[dict[str, Any]], int]:
    command = ["ip", "netns", "exec", f"{network.prefix}office", sys.executable, "-c", CENTRE]
    done = subprocess.run(
        [*command, str(folder)], capture_output=True, text=True, timeout=200, check=True
    )
    *reports, memory_bytes = map(json.loads, done.stdout.splitlines())
    return reports, memory_bytes


def test_every_finding_stays_fresh_while_everything_is_silent(
    nowhere: Network, tmp_path: Path
) -> None:
    reports, memory_bytes = reports_of(nowhere, tmp_path)
    results = [
        result
        for report in reports
        for result in report["results"]
        if result["check"] == "always_on"
    ]

    assert len(reports[-1]["results"]) == TARGETS + 1
    assert {result.get("error") for result in results} == {None}
    assert {
        sample["value"] if isinstance(sample, dict) else sample[1]
        for result in results
        for sample in result["samples"]
    } == {0}
    assert max(result["age_seconds"] for result in results) <= 2 * INTERVAL_SECONDS
    assert memory_bytes < 100 * 2**20
