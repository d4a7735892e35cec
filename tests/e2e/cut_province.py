"""The offices of the four-hour cut: what their machines kept meanwhile, and how they send it.

Every report is made here, so the truth is known: of each machine the reports as encoded, with the
time at which they were really made. Real agents find theirs in a spool that was filled through
`agent.spool.spool`; simulated ones hold them in memory and speak the same protocol.
"""

import heapq
import itertools
import json
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.identity.keys import Identity, Secret
from agent.sending.delivery import Action, Backoff, Delivery
from agent.spool.spool import Spool
from agent.transport.address import CollectorAddress
from agent.transport.channel import Channel, ChannelError
from govnet.disk import Disk
from govnet.report import Report, encode_report
from govnet.settings import LanSettings, LinkSettings, MachineSettings, PathEnd, Peer, Settings
from simulator.faults import Faults
from simulator.moment import Moment
from simulator.office import SimulatedAgent
from simulator.values import results

INTERVAL_SECONDS = 60.0
RECEIVED_BYTES_PER_SECOND = 40_000
"""What the simulated network counter grows by (`simulator.values`)."""
WORKERS = 12
WHOLE = Faults(frozenset())
SampleKey = tuple[str, frozenset[tuple[str, str]]]


class _NoFlushDisk(Disk):
    """Filling a spool need not wait for the disk; the agent that opens it does."""

    def sync(self, descriptor: int) -> None:
        """Return at once."""


@dataclass
class Machine:
    """One machine: who it is, and every report it has made, with its true time."""

    agent: str
    key_id: str
    secret: bytes
    machine: str
    wall_ahead_seconds: float = 0.0
    reports: list[tuple[float, bytes]] = field(default_factory=list)

    @property
    def site(self) -> str:
        return self.machine.partition("/")[0]

    @property
    def identity(self) -> Identity:
        return Identity(self.agent, self.key_id, Secret(self.secret))

    @property
    def settings(self) -> Settings:
        ends = (PathEnd(end="gateway"), PathEnd(end="next_hop"), PathEnd(end="far", address="::1"))
        checks = (
            MachineSettings(target=self.machine),
            LanSettings(target=self.machine, peers=(Peer(id="p", address="::1"),)),
            LinkSettings(target=f"{self.site}/tslcd", ends=ends),
        )
        return Settings(
            agent=self.agent,
            site=self.site,
            machine=self.machine,
            report_interval_seconds=INTERVAL_SECONDS,
            checks=checks,
        )

    def make(self, at: float, uptime: float, monotonic: float, boot_id: str) -> bytes:
        """Make the next report at the true time `at`."""
        seq = len(self.reports) + 1
        moment = Moment(self.settings, WHOLE, at, uptime, random.Random(f"{self.machine}{seq}"))
        made = Report(
            seq=seq,
            created_at=at + self.wall_ahead_seconds,
            monotonic_seconds=monotonic,
            boot_id=boot_id,
            interval_seconds=INTERVAL_SECONDS,
            settings="",
            results=results(moment),
        )
        encoded = encode_report(made)
        self.reports.append((at, encoded))
        return encoded

    def truth(self, before: float) -> dict[SampleKey, list[tuple[float, float]]]:
        """Return by series what history must hold of the reports made before that time."""
        found: dict[SampleKey, list[tuple[float, float]]] = defaultdict(list)
        for at, encoded in self.reports:
            if at >= before:
                break
            for result in json.loads(encoded)["results"]:
                own = {"site": self.site, "machine": self.machine}
                if result["check"] == "link":
                    own["link"] = result["target"]
                for name, value, *labels in result["samples"]:
                    key = (name, frozenset((own | (labels[0] if labels else {})).items()))
                    found[key].append((at, value))
        return found


def fill_spool(folder: Path, machine: Machine, times: Iterable[float], boot: "Boot") -> None:
    """Put reports of those times into the spool of a real agent."""
    now = time.time()
    with Spool(folder / "spool", clock=lambda: now, disk=_NoFlushDisk()) as spool:
        for number, at in enumerate(times, start=1):
            now = at
            seq = spool.next_seq()
            assert seq == number
            spool.add(seq, machine.make(at, boot.uptime(at), boot.monotonic(at), boot.id))


@dataclass(frozen=True)
class Boot:
    """One boot of a machine: its id, and how its clocks stand to the true time."""

    id: str
    started_at: float
    monotonic_zero_at: float

    def uptime(self, at: float) -> float:
        """Return what the machine's own counters count from."""
        return at - self.started_at

    def monotonic(self, at: float) -> float:
        return at - self.monotonic_zero_at


class _Office:
    """One simulated agent with its waits; it is as impatient as a real one after hours of cut."""

    def __init__(self, machine: Machine, boot: Boot, *, failures: int) -> None:
        self.machine = machine
        self.boot = boot
        self.agent = SimulatedAgent(machine.identity, machine.machine)
        self.agent.life.boot_id = boot.id
        self.agent.life.booted_at = 0.0
        self.agent.seq = len(machine.reports)
        self.agent.waiting.extend(
            (seq, encoded) for seq, (_, encoded) in enumerate(machine.reports, start=1)
        )
        self._backoff = Backoff(
            1.0, Delivery.FAILED_CAP_SECONDS, random.Random(machine.machine).random
        )
        self.first_wait_seconds = 0.0
        for _ in range(failures):
            self.first_wait_seconds = self._backoff.next_seconds()
        self._next_report_at = 0.0

    def turn(self, channel: Channel) -> float:
        """Report if it is time, send one batch; return the seconds until the next turn."""
        now = time.time()
        if now >= self._next_report_at:
            self._next_report_at = now + INTERVAL_SECONDS
            encoded = self.machine.make(
                now, self.boot.uptime(now), self.boot.monotonic(now), self.boot.id
            )
            self.agent.waiting.append((len(self.machine.reports), encoded))
        try:
            action = self.agent.send(
                channel, now + self.machine.wall_ahead_seconds, self.boot.monotonic(now)
            )
        except ChannelError:
            return self._backoff.next_seconds()
        if action is not None and action is not Action.SETTLED:
            return self._backoff.next_seconds(1.0)
        self._backoff.reset()
        return 0.0 if self.agent.waiting else self._next_report_at - time.time()


class Offices:
    """All simulated agents on a few threads, until they are stopped."""

    def __init__(self, address: CollectorAddress) -> None:
        self._address = address
        self._offices: list[_Office] = []
        self._queue: list[tuple[float, int, _Office]] = []
        self._turns = itertools.count()
        self._changed = threading.Condition()
        self._stopping = False
        self._threads = [threading.Thread(target=self._work) for _ in range(WORKERS)]

    def add(self, machine: Machine, boot: Boot, *, failures: int = 0) -> None:
        """Let one begin; after that many failures in a row it has its wait before it."""
        office = _Office(machine, boot, failures=failures)
        self._offices.append(office)
        self._plan(office, office.first_wait_seconds)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        return sum(len(office.agent.waiting) for office in self._offices)

    def stop(self) -> None:
        """Make no further report or exchange."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(60)

    def _plan(self, office: _Office, seconds: float) -> None:
        with self._changed:
            heapq.heappush(self._queue, (time.monotonic() + seconds, next(self._turns), office))
            self._changed.notify()

    def _due(self) -> Iterator[_Office]:
        """Yield whose turn it is, until stopped."""
        while True:
            with self._changed:
                while not self._stopping:
                    now = time.monotonic()
                    if self._queue and self._queue[0][0] <= now:
                        break
                    self._changed.wait(self._queue[0][0] - now if self._queue else None)
                if self._stopping:
                    return
                office = heapq.heappop(self._queue)[2]
            yield office

    def _work(self) -> None:
        channel = Channel(self._address, tls=None)
        for office in self._due():
            self._plan(office, max(0.0, office.turn(channel)))
        channel.close()


def differences(
    truth: dict[SampleKey, list[tuple[float, float]]],
    held: dict[SampleKey, list[tuple[float, float]]],
    tolerance_seconds: float,
) -> list[str]:
    """Return in words where a store holds something else than what was measured."""
    found = [f"{key}: not there" for key in truth.keys() - held.keys()]
    for key, expected in truth.items():
        stored = held.get(key, [])
        if [value for _, value in expected] != [value for _, value in stored]:
            known = Counter(value for _, value in expected)
            missing = known - Counter(value for _, value in stored)
            too_many = Counter(value for _, value in stored) - known
            found.append(f"{key}: missing {missing or 'nothing'}, too many {too_many or 'none'}")
            continue
        off = max(abs(a[0] - b[0]) for a, b in zip(expected, stored, strict=True))
        if off > tolerance_seconds:
            found.append(f"{key}: times are up to {off:.1f} s off")
    return found


def keyed(labels: dict[str, Any]) -> SampleKey:
    """Return the key of a stored series; `job` says only who brought it."""
    return labels["__name__"], frozenset(
        (name, value) for name, value in labels.items() if name not in {"__name__", "job"}
    )
