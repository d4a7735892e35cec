"""One PC, one collector, and a network that loses, doubles, delays and forges between them."""

import asyncio
import gzip
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from agent.identity.credentials import Credentials
from agent.identity.keyring import Keyring
from agent.identity.keys import Identity, Secret
from agent.identity.trust import Trust
from agent.sending.send import Sender
from agent.spool.spool import Spool
from agent.transport.address import parse_collector
from agent.transport.channel import Channel, ChannelError, Reply
from collector.wire import Received
from govnet.errors import JournalError, WireError
from govnet.report import (
    HEADER_SIGNATURE,
    PATH_REPORTS,
    REASONS,
    Report,
    Result,
    Sample,
    decode_answer,
    encode_report,
)
from tests.inline import Inline
from tests.property.mains_disk import MainsDisk, PowerLoss

NOW = 1_790_000_000.0
SECRET = b"k" * 32
KNOWN_SETTINGS = "5e7"
INTERVAL_SECONDS = 60.0
LONGEST_EXCHANGE_SECONDS = 20.0
TOLERANCE_SECONDS = 2 * LONGEST_EXCHANGE_SECONDS + 5
"""A batch and the answer from which a boot was learnt may each have been that long on the way."""
BOOT_SECONDS = 30.0
MOST_BOOTS = 16
"""Of so many boots a sender remembers when they began."""
COLLECTOR = parse_collector("http://127.0.0.1:9")

Key = tuple[str, int]
"""Incarnation and seq of a report."""


class Centre:
    """The collector: one `IngestRig` after the other on what the disk still holds."""

    def __init__(self, world: "World", root: Path, make: Callable[..., Any]) -> None:
        self._world = world
        self._root = root
        self._make = make
        self._generation = 0
        self.folder = root / "centre-0"
        self.folder.mkdir()
        self.acknowledged: set[Key] = set()
        self._seen: set[Key] = set()
        self.start()

    def start(self) -> None:
        self.disk = MainsDisk(self.folder)
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(Inline())
        self._loop.set_exception_handler(lambda _loop, _context: None)
        self.rig = self._make(self.folder, disk=self.disk, secret=SECRET)
        replayed = [
            item for stored in self.rig.inbox.replay(0) for item in self.rig.ingest.replay(stored)
        ]
        self._seen = set()
        for received in replayed:
            self._note(received)
        lost = self.acknowledged - self._seen
        assert not lost, f"acknowledged and gone after the restart: {lost}"

    def _note(self, received: Received) -> None:
        """Take in what reached the live view, be it now or by a replay."""
        key = (received.incarnation, received.report.seq)
        assert key not in self._seen, f"{key} is applied twice"
        self._seen.add(key)
        first = self._world.arrived.setdefault(key, received)
        assert first.at == pytest.approx(received.at, abs=0.002), "a restart moves its time"
        assert first.is_timed == received.is_timed
        assert first.report == received.report

    def stop(self, kept_share: float) -> None:
        """Let the mains fail, or the process be killed (`kept_share` 1), and start again."""
        self._generation += 1
        old, self.folder = self.folder, self._root / f"centre-{self._generation}"
        self.disk.leave(old, self.folder, kept_share)
        self._end()
        self.start()

    def _end(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()
        with suppress(JournalError):
            self.rig.journal.close()

    def close(self) -> None:
        self.disk.calls_left, self.disk.is_dark = None, False
        self._end()

    def take(self, bodies: list[tuple[str, bytes]]) -> list[Reply]:
        """Take batches in at once; nothing comes back when the mains fail meanwhile."""
        return self._loop.run_until_complete(self._take(bodies))

    async def _take(self, bodies: list[tuple[str, bytes]]) -> list[Reply]:
        tasks = [self._loop.create_task(self._answer(*each)) for each in bodies]
        while not all(task.done() for task in tasks) and not self.disk.is_dark:  # noqa: ASYNC110 - the darkness wakes nobody
            await asyncio.sleep(0)
        for received in self.rig.applied:
            self._note(received)
        self.rig.applied.clear()
        if self.disk.is_dark:
            return []
        for task in tasks:
            if task.result().status == 200:
                answer = decode_answer(task.result().body)
                assert not answer.rejected
                batch = json.loads(gzip.decompress(bodies[0][1]))
                done = {*answer.accepted, *answer.duplicate}
                self.acknowledged |= {(batch["incarnation"], seq) for seq in done}
        return [task.result() for task in tasks]

    async def _answer(self, code: str, body: bytes) -> Reply:
        credential = self.rig.registry.credential(self.rig.identity.agent, "k1")
        try:
            answer = await self.rig.ingest.take(credential, code, "gzip", body, self._world.now)
        except WireError as exc:
            plain = {"error": exc.reason, "detail": exc.detail}
            return Reply(REASONS[exc.reason], json.dumps(plain).encode(), "5")
        return Reply(200, answer)


class Network(Channel):
    """What is between them, in the place of the sender's channel; `plan` says how it behaves."""

    def __init__(self, world: "World") -> None:
        super().__init__(COLLECTOR, None)
        self._world = world
        self.plan: list[str] = []
        self.answered = False
        self._late: list[tuple[float, str, bytes]] = []
        self._previous = b""

    def connect(self) -> None:
        """Open nothing: a request says how the network is."""

    def close(self) -> None:
        """Nothing is open."""

    def request(  # type: ignore[override]  # No headers come back.
        self, method: str, path: str, headers: dict[str, str], body: bytes | None = None
    ) -> tuple[Reply, None]:
        assert (method, path) == ("POST", PATH_REPORTS)
        assert body is not None
        kind = self.plan.pop(0) if self.plan else "good"
        code = headers[HEADER_SIGNATURE]
        if kind == "lost":
            raise ChannelError("lost")
        if kind == "late":
            self._late.append((self._world.now + LONGEST_EXCHANGE_SECONDS, code, body))
            raise ChannelError("no answer in time")
        if kind == "portal":
            return Reply(200, b"<html>log in</html>"), None
        if kind == "stale":
            return Reply(200, self._previous), None
        if kind == "slow":
            self._world.pass_time(LONGEST_EXCHANGE_SECONDS - 1)
        replies = self.deliver(code, body, 2 if kind == "twice" else 1)
        if not replies or kind == "cut":
            raise ChannelError("the answer is lost")
        self._previous = replies[-1].body
        self.answered = replies[-1].status == 200
        return replies[-1], None

    def deliver(self, code: str, body: bytes, times: int = 1) -> list[Reply]:
        self._world.note_batch(body)
        replies = self._world.centre.take([(code, body)] * times)
        if not replies:
            self._world.centre.stop(self._world.kept_share)
        return replies

    def next_late_at(self) -> float | None:
        """Return when the next batch arrives that was given up by its sender."""
        return self._late[0][0] if self._late else None

    def deliver_late(self) -> None:
        """Bring that batch; nobody reads the answer."""
        self.deliver(*self._late.pop(0)[1:])


class Pc:
    """The machine: its clocks, its spool, its sender; a new sender with every start."""

    def __init__(self, world: "World", root: Path) -> None:
        self._world = world
        self._root = root
        self._generation = 0
        self.folder = root / "pc-0"
        self.folder.mkdir()
        self.wall_ahead_seconds = 0.0
        self.incarnation = ""
        self._boots = 0
        self.boot()

    def time(self) -> float:
        return self._world.now + self.wall_ahead_seconds

    def monotonic(self) -> float:
        return self._world.now - self._booted_at

    def boot(self) -> None:
        self._boots += 1
        self.boot_id = f"boot-{self._boots}"
        self._booted_at = self._world.now
        self._world.pass_time(BOOT_SECONDS)
        self.start()

    def start(self) -> None:
        """Start the agent on what the disk holds."""
        self.disk = MainsDisk(self.folder)
        self.spool = Spool(
            self.folder / "spool", clock=self.time, max_bytes=64 << 10, disk=self.disk
        )
        assert self.incarnation in {"", self.spool.incarnation}
        self.incarnation = self.spool.incarnation
        self.sender = self._sender()

    def _sender(self) -> Sender:
        identity = Identity(self._world.agent, "k1", Secret(SECRET))
        sender = Sender(
            credentials=Credentials(Keyring(self.folder, identity), Trust(None, self.folder)),
            collectors=(COLLECTOR,),
            spool=self.spool,
            state_dir=self.folder,
            clock=self,
            boot_id=self.boot_id,
            orders_digest=KNOWN_SETTINGS,
            on_orders=lambda _orders: None,
            jitter=lambda: 0.5,
        )
        sender._open_channel = lambda: self._world.network  # type: ignore[method-assign]
        return sender

    def stop(self, kept_share: float, *, is_power: bool) -> None:
        """Let the mains fail, or the process be killed, and start again."""
        self._generation += 1
        old, self.folder = self.folder, self._root / f"pc-{self._generation}"
        self.disk.leave(old, self.folder, kept_share if is_power else 1.0)
        with suppress(JournalError):
            self.spool.close()
        if is_power:
            self.boot()
        else:
            self.start()

    def close(self) -> None:
        self.disk.calls_left, self.disk.is_dark = None, False
        with suppress(JournalError):
            self.spool.close()

    def report(self) -> None:
        """Make one report; only what `add` returned for is promised."""
        with suppress(JournalError):
            seq = self.spool.next_seq()
            key = (self.incarnation, seq)
            assert key not in self._world.made, "a seq is given out twice"
            sample = Sample("govnet_machine_uptime_seconds", float(len(self._world.made)))
            result = Result("machine", "xa-a/pc-1", 0.1, 0.0, None, (sample,))
            made = Report(
                seq,
                self.time(),
                self.monotonic(),
                self.boot_id,
                INTERVAL_SECONDS,
                KNOWN_SETTINGS,
                (result,),
            )
            self._world.made[key] = (self._world.now, made)
            self.spool.add(seq, encode_report(made))
            self._world.promised.add(key)


class World:
    """Both sides, the network, the true time, and what is known of every report."""

    def __init__(self, root: Path, make_rig: Callable[..., Any]) -> None:
        self.now = NOW
        self.kept_share = 0.0
        self.agent = "0a1b2c3d"
        self.made: dict[Key, tuple[float, Report]] = {}
        self.promised: set[Key] = set()
        self.arrived: dict[Key, Received] = {}
        self._uncertain: set[Key] = set()
        self._learnt: list[str] = []
        self.network = Network(self)
        self.centre = Centre(self, root, make_rig)
        self.pc = Pc(self, root)

    def pass_time(self, seconds: float) -> None:
        """Let time pass; what is under way arrives when it is due."""
        until = self.now + seconds
        while (due := self.network.next_late_at()) is not None and due <= until:
            self.now = max(self.now, due)
            self.network.deliver_late()
        self.now = until

    def note_batch(self, body: bytes) -> None:
        """Learn for which of a batch's reports nobody can tell the time but a wrong wall clock."""
        batch = json.loads(gzip.decompress(body))
        told = {batch["boot_id"], *self._learnt[-MOST_BOOTS:]}
        self._uncertain |= {
            (batch["incarnation"], report["seq"])
            for report in batch["reports"]
            if report["boot_id"] not in told
        }

    def note_answer(self) -> None:
        """Note that an answer came: the sender knows now when this boot began."""
        if self.pc.boot_id not in self._learnt:
            self._learnt.append(self.pc.boot_id)

    def play(self, move: dict[str, Any]) -> None:
        """Make one move of the script; the mains may fail inside it."""
        self.kept_share = move.get("kept_share", 0.0)
        self.pc.disk.calls_left = move.get("pc_calls")
        self.centre.disk.calls_left = move.get("centre_calls")
        try:
            getattr(self, f"_{move['kind']}")(move)
        except PowerLoss:
            self.pc.stop(self.kept_share, is_power=True)
        self.pc.disk.calls_left = self.centre.disk.calls_left = None

    def _report(self, move: dict[str, Any]) -> None:
        for _ in range(move["count"]):
            self.pass_time(INTERVAL_SECONDS)
            self.pc.report()

    def _send(self, move: dict[str, Any]) -> None:
        self.network.plan = list(move["network"])
        for _ in range(max(1, len(self.network.plan))):
            self._step()

    def _step(self) -> None:
        self.network.answered = False
        wait_seconds = self.pc.sender.step()
        if self.network.answered:
            self.note_answer()
        self.pass_time(min(60.0, wait_seconds))

    def _pc_clock(self, move: dict[str, Any]) -> None:
        self.pc.wall_ahead_seconds += move["seconds"]

    def _pc_stop(self, move: dict[str, Any]) -> None:
        self.pc.stop(self.kept_share, is_power=move["is_power"])

    def _centre_stop(self, move: dict[str, Any]) -> None:
        self.centre.stop(self.kept_share if move["is_power"] else 1.0)

    def _room(self, move: dict[str, Any]) -> None:
        (self.pc if move["is_pc"] else self.centre).disk.full = move["full"]

    def _failing_flush(self, move: dict[str, Any]) -> None:
        (self.pc if move["is_pc"] else self.centre).disk.failing_syncs = 1

    def heal(self) -> None:
        """Let everything work again, for long enough."""
        for disk in (self.pc.disk, self.centre.disk):
            disk.full, disk.failing_syncs, disk.calls_left = False, 0, None
        self.network.plan = []
        self.pass_time(LONGEST_EXCHANGE_SECONDS)
        for _ in range(20 + 2 * len(self.made)):
            if not self.pc.spool.waiting:
                break
            self._step()
        self.centre.stop(0.0)

    def check(self) -> None:
        """Hold what arrived against what was promised."""
        spool = self.pc.spool
        assert (spool.waiting, spool.dropped_total, spool.quarantined_total) == (0, 0, 0)
        assert self.promised <= self.arrived.keys() <= self.made.keys()
        for key, received in self.arrived.items():
            true_time, made = self.made[key]
            assert received.report.results[0].samples[0].value == made.results[0].samples[0].value
            if key not in self._uncertain:
                assert received.is_timed
                assert received.at == pytest.approx(true_time, abs=TOLERANCE_SECONDS)

    def close(self) -> None:
        self.centre.close()
        self.pc.close()
