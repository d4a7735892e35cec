"""The spool under random work with the mains failing at any system call.

At a power loss every file keeps what was flushed and a random part of the rest, and work goes on
from that copy. The model knows what the spool has promised: what `add` returned for, what
`accept` returned for, and every seq given out.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agent.spool.spool import Spool
from govnet.disk import Disk
from govnet.errors import JournalError, JournalFull

MAX_BYTES = 64 << 10
REPORTS_BYTES = MAX_BYTES * 7 // 8
SEGMENT_BYTES = MAX_BYTES // 32
OVERHEAD_BYTES = 32
LONGEST_REPORT_BYTES = 3000


class PowerLoss(BaseException):
    """The mains fail here; nothing after this line happens."""


class MainsDisk(Disk):
    """A disk that knows what is durable, and at which call the mains fail."""

    def __init__(self) -> None:
        self.calls_left: int | None = None
        self.full = False
        self.failing_syncs = 0
        self.durable_bytes: dict[int, int] = {}

    def _count_down(self) -> bool:
        if self.calls_left is None:
            return False
        self.calls_left -= 1
        return self.calls_left < 0

    def write(self, descriptor: int, data: bytes) -> int:
        if self._count_down():
            super().write(descriptor, data[: len(data) // 2])
            raise PowerLoss
        if self.full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        if self._count_down():
            raise PowerLoss
        if self.failing_syncs:
            self.failing_syncs -= 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        status = os.fstat(descriptor)
        self.durable_bytes[status.st_ino] = status.st_size

    def sync_directory(self, directory: Path) -> None:
        if self._count_down():
            raise PowerLoss
        super().sync_directory(directory)


class SpoolMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="spool-"))
        self.generation = 0
        self.directory = self.root / "0"
        self.now = 1_790_000_000.0
        self.highest_seq = 0
        self.added: dict[int, bytes] = {}
        self.settled: set[int] = set()
        self.uncertain: dict[int, bytes] = {}
        self.disk = MainsDisk()
        self.spool = self.open()
        self.incarnation = self.spool.incarnation

    def open(self) -> Spool:
        self.disk = MainsDisk()
        for path in self.directory.rglob("*.segment"):
            self.disk.durable_bytes[path.stat().st_ino] = path.stat().st_size
        return Spool(self.directory, clock=lambda: self.now, max_bytes=MAX_BYTES, disk=self.disk)

    def teardown(self) -> None:
        self.disk.calls_left = None
        with suppress(JournalFull):
            self.spool.close()
        shutil.rmtree(self.root)

    def offered(self) -> dict[int, bytes]:
        return {entry.seq: entry.report for entry in self.spool.oldest(1 << 40, 1 << 40)}

    def work(self, step: Callable[[], None], kept_share: float) -> None:
        """Do `step`; if the mains fail inside it, go on with what the disk still holds."""
        try:
            step()
        except PowerLoss:
            self.after_power_loss(kept_share)
        self.disk.calls_left = None

    def after_power_loss(self, kept_share: float) -> None:
        self.generation += 1
        target = self.root / str(self.generation)
        for path in self.directory.rglob("*.segment"):
            size = path.stat().st_size
            durable = min(self.disk.durable_bytes.get(path.stat().st_ino, 0), size)
            copy = target / path.relative_to(self.directory)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes()[: durable + int(kept_share * (size - durable))])
        self.disk.calls_left = None
        with suppress(JournalError):
            self.spool.close()
        self.directory = target
        self.spool = self.open()
        assert self.spool.incarnation == self.incarnation
        self.resolve()

    def resolve(self) -> None:
        """Learn what became of the reports whose fate was open when the machine stopped."""
        offered = self.offered()
        for seq, report in self.uncertain.items():
            if seq in offered:
                self.added[seq] = report
                self.settled.discard(seq)
            elif seq in self.added:
                self.settled.add(seq)
        self.uncertain = {}

    @rule(
        size=st.integers(0, LONGEST_REPORT_BYTES),
        calls=st.one_of(st.none(), st.integers(0, 14)),
        kept_share=st.floats(0, 1),
        count=st.integers(1, 12),
    )
    def report(self, size: int, calls: int | None, kept_share: float, count: int) -> None:
        self.add_reports(size, calls, kept_share, count)

    def add_reports(self, size: int, calls: int | None, kept_share: float, count: int) -> None:
        def step() -> None:
            for _ in range(count):
                try:
                    seq = self.spool.next_seq()
                except JournalFull:
                    return
                assert seq > self.highest_seq
                self.highest_seq = seq
                report = os.urandom(8) + bytes(size)
                self.uncertain[seq] = report
                try:
                    self.spool.add(seq, report)
                except JournalFull:
                    continue
                self.added[seq] = self.uncertain.pop(seq)

        self.disk.calls_left = calls
        self.work(step, kept_share)

    @rule(calls=st.one_of(st.none(), st.integers(0, 90)), kept_share=st.floats(0, 1))
    def long_outage(self, calls: int | None, kept_share: float) -> None:
        """Let reports pile up until the oldest must give way."""
        self.add_reports(LONGEST_REPORT_BYTES, calls, kept_share, 14)

    @rule(
        picks=st.lists(st.integers(0, 60), min_size=1, max_size=20),
        refused=st.booleans(),
        calls=st.one_of(st.none(), st.integers(0, 14)),
        kept_share=st.floats(0, 1),
    )
    def answer(
        self,
        picks: list[int],
        refused: bool,  # noqa: FBT001 - drawn by hypothesis
        calls: int | None,
        kept_share: float,
    ) -> None:
        waiting = self.offered()
        ordered = sorted(waiting)
        seqs = {ordered[pick % len(ordered)] for pick in picks if ordered}

        def step() -> None:
            self.uncertain.update({seq: waiting[seq] for seq in seqs})
            marks_will_be_written = not (self.disk.full or self.disk.failing_syncs)
            if refused:
                taken = self.spool.quarantine(dict.fromkeys(seqs, "bad_report"))
            else:
                taken = self.spool.accept(seqs)
            assert taken == len(seqs)
            self.settled |= seqs
            if marks_will_be_written:
                for seq in seqs:
                    del self.uncertain[seq]

        self.disk.calls_left = calls
        self.work(step, kept_share)

    @rule(full=st.booleans())
    def change_room(self, full: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        self.disk.full = full

    @rule()
    def fail_next_sync(self) -> None:
        self.disk.failing_syncs = 1

    @rule(seconds=st.sampled_from([60.0, -3600.0, 5e8, -5e8]))
    def move_clock(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def restart(self) -> None:
        with suppress(JournalFull):
            self.spool.close()
        self.spool = self.open()
        assert self.spool.incarnation == self.incarnation
        self.resolve()

    @rule(kept_share=st.floats(0, 1))
    def lose_power(self, kept_share: float) -> None:
        self.after_power_loss(kept_share)

    @invariant()
    def offers_what_was_added_and_nothing_settled(self) -> None:
        offered = self.offered()

        assert offered.keys() & self.settled == set()
        assert all(self.added.get(seq) == report for seq, report in offered.items())
        assert list(offered) == sorted(offered)
        assert (self.spool.waiting, self.spool.waiting_bytes) == (
            len(offered),
            sum(map(len, offered.values())),
        )

    @invariant()
    def loses_nothing_below_the_limit(self) -> None:
        missing = self.added.keys() - self.settled - self.offered().keys() - self.uncertain.keys()
        if missing:
            since = [report for seq, report in self.added.items() if seq >= max(missing)]
            written_bytes = sum(len(report) + OVERHEAD_BYTES for report in since)

            # A dropped segment may take one segment and one long report more than it had to.
            spare_bytes = SEGMENT_BYTES + 2 * (LONGEST_REPORT_BYTES + 8 + OVERHEAD_BYTES)
            assert written_bytes * 1.05 + spare_bytes > REPORTS_BYTES
            assert self.spool.dropped_total > 0

    @invariant()
    def stays_within_its_bound(self) -> None:
        files = [path for path in self.directory.rglob("*") if path.is_file()]

        assert self.spool.size_bytes <= MAX_BYTES
        assert sum(path.stat().st_size for path in files) <= MAX_BYTES


SpoolMachine.TestCase.settings = settings(
    max_examples=50, stateful_step_count=30, deadline=None, derandomize=True
)
TestSpool = SpoolMachine.TestCase
