"""`python -m bench.durable_cost`: what keeping every report costs; prints figures, judges nothing.

- bytes a day in the inbox for 6,000 agents, and of the samples in it
- how fast the history of a cut goes to a receiver: 200 agents, four hours, 80 samples a minute
- how long a collector with 10,000 agents takes to start after a crash
"""

import argparse
import gc
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from bench.reports import results
from collector.config import Config
from collector.history.channel import Go, Start, done_decoder, line
from collector.history.options import RemoteWrite
from collector.intake.checkpoint import Checkpoint, LastReport, save
from collector.intake.inbox import SEGMENT_BYTES
from collector.intake.records import InboxRecord, Settled, SettledReport, encode_record
from collector.intake.sequence import Seen
from collector.intake.timing import Moment
from collector.process import Collector
from collector.series.labels import Targets
from collector.store import open_store
from collector.store.registry import enrol_all
from govnet.journal import Journal
from govnet.report import Clock, Report, encode_batch, encode_report
from inventory.load import load

INVENTORY = Path("inventory.yaml")
SAMPLES = 80
INTERVAL_SECONDS = 60
PROVINCE_AGENTS = 6_000
_INCARNATION = "0123456789abcdef"


class Office:
    """An agent whose reports differ as real ones do, made from a few real ones."""

    def __init__(self, agent: str, site: str, machine: str, rng: random.Random) -> None:
        self.agent, self.site, self.machine = agent, site, machine
        made = Report(1, 1.5, 2.5, "boot", 60.0, "0" * 16, results(machine, SAMPLES, rng))
        self._plain = json.loads(encode_report(made))

    def record(self, seqs: range, ends_at: float) -> tuple[InboxRecord, list[SettledReport]]:
        """Return a batch of reports, one a minute up to `ends_at`, and their times."""
        reports, settled = [], []
        for seq in seqs:
            at = ends_at - INTERVAL_SECONDS * (seqs[-1] - seq)
            plain = self._plain | {"seq": seq, "created_at": at, "monotonic_seconds": at - 1.7e9}
            for result in plain["results"]:
                for sample in result["samples"]:
                    sample[1] = round(sample[1] + seq % 7 + 0.25, 2)
            reports.append(json.dumps(plain, separators=(",", ":")).encode())
            settled.append(SettledReport(seq, round(at * 1000), is_timed=True))
        clock = Clock(ends_at, ends_at - 1.7e9, "boot")
        body = encode_batch(self.agent, _INCARNATION, clock, reports).body
        return (
            InboxRecord(
                *(self.agent, self.site, self.machine, "k1", _INCARNATION),
                *(ends_at, "0" * 64, "gzip", body),
            ),
            settled,
        )


def _fill(folder: Path, batches: Iterator[tuple[InboxRecord, list[SettledReport]]]) -> list[int]:
    """Write batches into an inbox; return where each stands, and the end."""
    positions = []
    journal = Journal(folder / "inbox", segment_bytes=SEGMENT_BYTES)
    for record, settled in batches:
        positions.append(journal.append(encode_record(record)))
        journal.append(encode_record(Settled(positions[-1], settled)))
    journal.sync()
    positions.append(journal.end_position)
    journal.close()
    return positions


def _offices(count: int) -> list[Office]:
    rng = random.Random(1)
    sites = tuple(load(INVENTORY).sites)
    return [
        Office(f"{number:016x}", site := sites[number % len(sites)], f"{site}/pc-{number}", rng)
        for number in range(count)
    ]


def inbox_bytes(folder: Path) -> None:
    """Print what the inbox grows by in a day."""
    offices = _offices(50)
    *_, end = _fill(folder, (office.record(range(9, 10), time.time()) for office in offices))
    report = end / len(offices)
    day = report * PROVINCE_AGENTS * 86_400 / INTERVAL_SECONDS
    print(
        f"inbox: {report:,.0f} bytes a report of {SAMPLES} samples, each in a batch of its own; "
        f"{PROVINCE_AGENTS:,} agents: {day / 1e9:.1f} GB a day, {8 * day / 2**20:,.0f} MiB in 8 "
        "days"
    )
    *_, end = _fill(folder / "b", (office.record(range(10, 30), time.time()) for office in offices))
    print(f"inbox: {end / len(offices) / 20:,.0f} bytes a report in batches of 20")


class _Sink(BaseHTTPRequestHandler):
    """A receiver that takes everything at once."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Read and take."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def history(folder: Path, agents: int, minutes: int, url: str | None) -> None:
    """Send the history of a cut and print how long it took."""
    offices = _offices(agents)
    now = time.time()
    # As a healed province sends it: batch by batch, all agents in turn.
    *_, end = _fill(
        folder,
        (
            office.record(range(start + 1, start + 21), now - 60 * (minutes - start - 20))
            for start in range(0, minutes, 20)
            for office in offices
        ),
    )
    server = HTTPServer(("127.0.0.1", 0), _Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    receiver = RemoteWrite(name="bench", url=url or f"http://127.0.0.1:{server.server_port}/")
    start = Start(
        receiver, str(folder / "inbox"), str(folder / "position"), Targets(load(INVENTORY)).allowed
    )
    started_at = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "collector.history", "bench"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line(start) + line(Go(end)))
    process.stdin.flush()
    pushed, dropped = 0, 0
    for raw in process.stdout:
        done = done_decoder.decode(raw)
        pushed += done.pushed
        dropped += sum(done.dropped.values())
        if done.behind_since is None and json.loads((folder / "position").read_bytes()) == {
            "position": end
        }:
            break
    seconds = time.monotonic() - started_at
    status = Path(f"/proc/{process.pid}/status").read_text()
    peak = next(row for row in status.splitlines() if row.startswith("VmHWM")).split()[1]
    process.stdin.close()
    process.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = used.ru_utime + used.ru_stime
    server.shutdown()
    print(
        f"history: {agents * minutes:,} reports, {pushed:,} samples sent, {dropped:,} dropped; "
        f"{cpu:.1f} s of CPU, {pushed / cpu:,.0f} samples a second of CPU; {seconds:.1f} s in all; "
        f"peak memory {int(peak) / 1024:.0f} MiB"
    )


def start(folder: Path, agents: int, minutes: int) -> None:
    """Start a collector that crashed, and print how long it took."""
    inventory = load(INVENTORY)
    sites = tuple(inventory.sites)
    store = open_store(folder)
    now = time.time()
    keys = enrol_all(
        store,
        inventory,
        [(sites[number % len(sites)], f"do-{number:05d}") for number in range(agents)],
        now,
    )
    rng = random.Random(1)
    offices = [Office(k.identity.agent, k.identity.site, k.identity.machine, rng) for k in keys]
    turns = range(1, minutes + 1)
    positions = _fill(
        folder,
        (
            office.record(range(turn, turn + 1), now - 60 * (minutes - turn))
            for turn in turns
            for office in offices
        ),
    )
    # The checkpoint is half a minute old, the values are of the last quarter of an hour.
    position = positions[-1 - agents // 2]
    seen = {
        office.agent: {_INCARNATION: Seen([(1, minutes)], Moment(minutes, now))}
        for office in offices
    }
    live = [
        LastReport(
            agent=office.agent,
            incarnation=_INCARNATION,
            seq=minutes - 1,
            last_report_at=now - 60,
            received_at=now - 60,
            interval_seconds=60.0,
            skew_seconds=0.0,
        )
        for office in offices
    ]
    save(store, Checkpoint(position, seen, live))
    store.close()
    before = time.process_time()
    started_at = time.monotonic()
    gc.disable()  # As the server does while it starts.
    collector = Collector(Config(inventory=str(INVENTORY), data_dir=str(folder)))
    seconds, cpu = time.monotonic() - started_at, time.process_time() - before
    series = collector._live.state.series  # noqa: SLF001 - nobody else asks
    print(
        f"start: {agents:,} agents, {agents * minutes:,} reports of the last {minutes} min in the "
        f"inbox: {seconds:.1f} s ({cpu:.1f} s of CPU), {series:,} series shown"
    )


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.durable_cost", description=__doc__)
    parser.add_argument("--agents", type=int, default=10_000, help="at the start (default: 10000)")
    parser.add_argument("--minutes", type=int, default=15, help="at the start (default: 15)")
    parser.add_argument("--url", help="a real receiver (default: one that takes everything)")
    parser.add_argument("--only", choices=("inbox", "history", "start"), help="(default: all)")
    options = parser.parse_args()
    for name in ("inbox", "history", "start"):
        if options.only not in (None, name):
            continue
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as made:
            folder = Path(made)
            if name == "inbox":
                inbox_bytes(folder)
            elif name == "history":
                history(folder, 200, 240, options.url)
            else:
                start(folder, options.agents, options.minutes)


if __name__ == "__main__":
    main()
