"""CPU of the collector for one report, beside Pushgateway given the same samples.

Ours is the whole of it: authentication, decompression, decoding, order and duplicates, a journal
flushed to disk before the answer, live state, and the verdicts judged meanwhile.
"""

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from bench.collector_server import Server, collector, get
from bench.figures import Comparison, Figure, middle
from bench.http_load import post
from bench.processes import Child, free_port, listens, program, running, until, until_quiet
from bench.reports import Sender, push, request, split
from inventory.load import load

SHIPPED = Path("inventory.yaml")
SAMPLES = 80
PROVINCE_RATE = 100.0
"""Reports a second of 6,000 agents."""


class _Peer:
    """A Pushgateway process, or our collector: where to send and what it cost."""

    def __init__(
        self, child: Child, port: int, message: Callable[[Sender, int], bytes], senders: int
    ) -> None:
        self.child = child
        self.port = port
        self.message = message
        self.senders = senders
        self.empty_bytes = child.memory()[0]
        self.cpu_us: list[float] = []
        self.paced_us: list[float] = []
        self.rate: list[float] = []
        self.scrape_ms: list[float] = []

    def load(self, senders: Sequence[Sender], turns: range, rate: float | None = None) -> None:
        """Send one report of every sender for each turn and note what each cost."""
        used = senders[: self.senders]
        requests = [self.message(sender, turn) for turn in turns for sender in used]
        until_quiet([self.child])
        before = self.child.cpu_seconds()
        sent = post(self.port, split(requests, len(used)), rate)
        until_quiet([self.child])
        cost = (self.child.cpu_seconds() - before) / len(requests) * 1e6
        assert sent.done == len(requests), sent.statuses
        if rate is None:
            self.cpu_us.append(cost)
            self.rate.append(len(requests) / sent.seconds)
        else:
            self.paced_us.append(cost)

    def scrape(self) -> None:
        """Read all metrics once and note the CPU time."""
        before = self.child.cpu_seconds()
        get(self.port, "/metrics")
        until_quiet([self.child])
        self.scrape_ms.append((self.child.cpu_seconds() - before) * 1000)


def compare(rounds: int, *, quick: bool) -> list[Comparison]:
    """Load all three in turn, round after round."""
    agents, reports, few = (20, 2, 10) if quick else (500, 10, 100)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(collector(SHIPPED, _machines(agents), folder, 60.0))
        senders = [
            Sender(key.identity.agent, key.identity.machine, key.key, key.secret)
            for key in server.keys
        ]
        ours = _ours(server, agents)
        unchecked = _pushgateway(stack, agents, "--push.disable-consistency-check")
        default = _pushgateway(stack, few)
        idle = _idle_ms(server, 2.0 if quick else 10.0)
        turn = 1
        for number in range(rounds + 1):
            for peer in (ours, unchecked):
                peer.load(senders, range(turn, turn + reports))
                peer.load(senders, range(turn + reports, turn + reports + 1), PROVINCE_RATE)
                peer.scrape()
            default.load(senders, range(turn, turn + 1))
            turn += reports + 1
            if number == 0:  # Series are new only once: the first round warms up.
                for peer in (ours, unchecked, default):
                    peer.cpu_us, peer.paced_us, peer.rate, peer.scrape_ms = [], [], [], []
        return [
            _comparison(ours, unchecked, agents, rounds * reports * agents, idle),
            Comparison(
                "Ingest, Pushgateway as it comes",
                f"Pushgateway, {few} groups",
                (
                    Figure("CPU per report", "us", middle(ours.cpu_us), middle(default.cpu_us)),
                    Figure("reports a second", "", middle(ours.rate), middle(default.rate)),
                ),
                ("Its default consistency check reads every group at every push.",),
            ),
        ]


def _comparison(ours: _Peer, theirs: _Peer, agents: int, reports: int, idle: float) -> Comparison:
    held = agents * SAMPLES
    our_bytes, their_bytes = (
        (peer.child.memory()[0] - peer.empty_bytes) / held for peer in (ours, theirs)
    )
    return Comparison(
        "Ingest",
        "Pushgateway, check off",
        (
            Figure("CPU per report", "us", middle(ours.cpu_us), middle(theirs.cpu_us), 1 / 7),
            Figure(
                f"CPU per report at {PROVINCE_RATE:g}/s",
                "us",
                middle(ours.paced_us),
                middle(theirs.paced_us),
            ),
            Figure("reports a second", "", middle(ours.rate), middle(theirs.rate)),
            Figure("CPU of GET /metrics", "ms", middle(ours.scrape_ms), middle(theirs.scrape_ms)),
            Figure("RSS grown per sample held", "bytes", our_bytes, their_bytes, 1 / 4),
            Figure("CPU without any report", "ms/s", idle),
        ),
        (
            (
                f"{agents} agents on as many keep-alive connections, {SAMPLES} samples a report, "
                f"{reports:,} reports of each in the counted rounds."
            ),
            (
                "Ours is gzip JSON, authenticated, checked for order and duplicates, and on disk "
                "(fdatasync) before the answer; verdicts of the shipped province are judged "
                "meanwhile, which the last row shows alone. Pushgateway gets bare plain text, "
                "authenticates nothing and keeps everything in memory only."
            ),
            "Our /metrics holds verdicts and coverage of the whole province too.",
            (
                "The load generator shares the two cores, so reports a second are no server's "
                "limit; Pushgateway runs with GOMAXPROCS=1."
            ),
        ),
    )


def _ours(server: Server, agents: int) -> _Peer:
    def message(sender: Sender, turn: int) -> bytes:
        return request(sender, turn, time.time(), SAMPLES)

    return _Peer(server.child, server.port, message, agents)


def _pushgateway(stack: ExitStack, senders: int, *options: str) -> _Peer:
    port = free_port()
    child = stack.enter_context(
        running(
            [program("prometheus-pushgateway"), f"--web.listen-address=127.0.0.1:{port}", *options],
            os.environ | {"GOMAXPROCS": "1"},
        )
    )
    until(lambda: child.ended() or listens(port), "Pushgateway")
    return _Peer(child, port, lambda sender, turn: push(sender, turn, SAMPLES), senders)


def _idle_ms(server: Server, seconds: float) -> float:
    """Return the CPU time that the collector takes in a second in which nothing arrives."""
    before = server.child.cpu_seconds()
    time.sleep(seconds)
    return (server.child.cpu_seconds() - before) / seconds * 1000


def _machines(count: int) -> list[tuple[str, str]]:
    """Spread machines over all sites of the shipped province."""
    sites = tuple(load(SHIPPED).sites)
    names = ((site, f"do-{turn:03d}") for turn in range(1, count) for site in sites)
    return list(islice(names, count))
