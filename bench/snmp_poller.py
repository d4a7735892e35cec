"""`python -m bench.snmp_poller`: one process asks many switches as an agent does; prints JSON.

The real device check, on the agent's own schedule and threads; reports are not made. One line tells
of each interval. Among the addresses are some where nobody ever answers.
"""

import argparse
import json
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from agent.checks.contract import Context
from agent.checks.table import load
from agent.clock import SystemClock
from agent.measuring.execute import execute
from agent.measuring.plan import Task
from agent.measuring.schedule import Schedule
from agent.measuring.workers import Workers, workers_for
from govnet.settings import DeviceSettings, Secret, SnmpAccess

SILENT_PORT = 9161
TIMEOUT_SECONDS = 10.0


@dataclass(slots=True)
class Interval:
    """What was seen since the last line."""

    polls: int = 0
    failed: int = 0
    samples: int = 0
    latest_seconds: float = 0.0
    """How late the latest poll of a live switch began."""
    longest_seconds: float = 0.0
    """How long the longest poll of a live switch took."""
    silent: int = 0


def devices(
    live: int, dead: int, ports: list[int], interval_seconds: float
) -> list[DeviceSettings]:
    """Return the settings of all switches, live ones first; each has an address of its own."""
    return [
        DeviceSettings(
            target=f"switch-{number}",
            address=f"127.{10 if number < live else 20}.{number // 250}.{number % 250 + 1}",
            kind="switch",
            snmp=SnmpAccess(
                community=Secret("public"),
                port=ports[number % len(ports)] if number < live else SILENT_PORT,
            ),
            interval_seconds=interval_seconds,
            timeout_seconds=TIMEOUT_SECONDS,
        )
        for number in range(live + dead)
    ]


def poll(records: list[DeviceSettings], intervals: int, tell: Callable[[Interval], None]) -> None:
    """Ask all devices for so many intervals, and tell of each when it is over."""
    clock = SystemClock()
    interval_seconds = records[0].interval_seconds
    lock = threading.Lock()
    seen = Interval()
    due_at: dict[Task, float] = {}

    def run(task: Task) -> None:
        started_at = clock.monotonic()
        context = Context(
            timeout_seconds=TIMEOUT_SECONDS, deadline=started_at + TIMEOUT_SECONDS, clock=clock
        )
        finding = execute(load, task.settings, context)
        took_seconds = clock.monotonic() - started_at
        settings = task.settings
        assert isinstance(settings, DeviceSettings)
        with lock:
            if settings.snmp is not None and settings.snmp.port == SILENT_PORT:
                seen.silent += len(finding.samples) == 1 and finding.error is None
                return
            seen.polls += 1
            seen.failed += finding.error is not None or len(finding.samples) < 2
            seen.samples += len(finding.samples)
            seen.latest_seconds = max(seen.latest_seconds, started_at - due_at[task])
            seen.longest_seconds = max(seen.longest_seconds, took_seconds)

    workers = Workers(run)
    workers.resize(workers_for(tuple(records)))
    begun_at = clock.monotonic()
    tasks = [
        Task(each, Schedule(f"bench/{each.target}", interval_seconds, begun_at)) for each in records
    ]
    for number in range(1, intervals + 1):
        ends_at = begun_at + number * interval_seconds
        while (now := clock.monotonic()) < ends_at:
            for task in tasks:
                if task.schedule.next_at <= now:
                    due_at[task] = task.schedule.next_at
                    task.schedule.advance(now)
                    workers.submit(task)
            next_at = min(task.schedule.next_at for task in tasks)
            time.sleep(max(0.0, min(next_at, ends_at) - clock.monotonic()))
        with lock:
            tell(seen)
            seen = Interval()


def main() -> None:
    """Poll as the options say."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("live", "dead", "intervals"):
        parser.add_argument(f"--{name}", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--ports", type=int, nargs="+", required=True)
    options = parser.parse_args()
    process = psutil.Process()
    before = process.cpu_times()

    def tell(seen: Interval) -> None:
        nonlocal before
        now = process.cpu_times()
        cpu_seconds = now.user + now.system - before.user - before.system
        before = now
        line = {name: getattr(seen, name) for name in Interval.__slots__}
        line |= {"cpu_seconds": cpu_seconds, "rss_bytes": process.memory_info().rss}
        print(json.dumps(line), flush=True)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1" if not options.dead else "0.0.0.0", SILENT_PORT))
        records = devices(options.live, options.dead, options.ports, options.seconds)
        poll(records, options.intervals, tell)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
