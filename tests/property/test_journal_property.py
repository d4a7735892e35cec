"""The journal under random appends, flushes, drops, full disks, damage and power losses.

The power loss: every file keeps what was flushed plus a random part of what was not, possibly
zero-filled; a file whose name was never flushed may be gone.
"""

import errno
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from govnet.disk import Disk
from govnet.errors import JournalError, JournalFull
from govnet.journal import Journal
from govnet.segment import HEADER_BYTES, RECORD_OVERHEAD_BYTES

SEGMENT_BYTES = 200


class RecordingDisk(Disk):
    """A real disk that knows what of each file is durable, and that can fill up or fail."""

    def __init__(self) -> None:
        self.room_bytes: int | None = None
        self.failing_syncs = 0
        self.durable_bytes: dict[int, int] = {}
        self.durable_names: set[str] = set()

    def write(self, descriptor: int, data: bytes) -> int:
        if self.room_bytes is None:
            return super().write(descriptor, data)
        if self.room_bytes == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = super().write(descriptor, data[: self.room_bytes])
        self.room_bytes -= taken
        return taken

    def sync(self, descriptor: int) -> None:
        if self.failing_syncs:
            self.failing_syncs -= 1
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        status = os.fstat(descriptor)
        self.durable_bytes[status.st_ino] = status.st_size

    def sync_directory(self, directory: Path) -> None:
        self.durable_names = {path.name for path in directory.iterdir()}

    def copy_after_power_loss(self, source: Path, target: Path, kept_share: float) -> None:
        """Copy the directory as the disk would hold it after the mains failed now."""
        target.mkdir()
        for path in source.glob("*.segment"):
            if path.name not in self.durable_names and kept_share < 0.5:
                continue
            size = path.stat().st_size
            durable = min(self.durable_bytes.get(path.stat().st_ino, 0), size)
            kept = durable + int(kept_share * (size - durable))
            zeros = bytes(size - kept) if int(kept_share * 100) % 2 else b""
            (target / path.name).write_bytes(path.read_bytes()[:kept] + zeros)


class JournalMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="journal-"))
        self.generation = 0
        self.directory = self.root / "0"
        self.written: dict[int, bytes] = {}
        self.synced: set[int] = set()
        self.dropped_below = 0
        self.final_end = 0
        self.open()

    def open(self) -> None:
        self.disk = RecordingDisk()
        for path in self.directory.glob("*.segment"):
            self.disk.durable_bytes[path.stat().st_ino] = path.stat().st_size
            self.disk.durable_names.add(path.name)
        self.journal = Journal(self.directory, segment_bytes=SEGMENT_BYTES, disk=self.disk)

    def teardown(self) -> None:
        self.disk.failing_syncs = 0
        with suppress(JournalFull):
            self.journal.close()
        shutil.rmtree(self.root)

    def reread(self) -> None:
        """Learn which unsynced records survived: any may, none must, every synced one must."""
        found = dict(self.journal.read())

        assert all(self.written.get(position) == payload for position, payload in found.items())
        for position in self.synced:
            assert position < self.dropped_below or position in found
        self.written = found
        self.synced = set(found)
        assert self.journal.end_position >= self.final_end
        self.note_final_end()

    def note_final_end(self) -> None:
        """Hold the journal to its end, where a full disk did not keep it from writing it down."""
        if self.disk.room_bytes is None:
            self.final_end = self.journal.end_position

    @initialize()
    def start_empty(self) -> None:
        assert self.journal.end_position == 0

    @rule(payload=st.binary(max_size=300))
    def append(self, payload: bytes) -> None:
        end = self.journal.end_position
        try:
            position = self.journal.append(payload)
        except JournalFull:
            assert self.disk.room_bytes is not None or self.disk.failing_syncs == 0
            assert self.journal.end_position == end
            return
        assert position == end
        assert self.journal.read_at(position) == payload
        self.written[position] = payload

    @rule()
    def sync(self) -> None:
        before = dict(self.journal.read())
        try:
            self.journal.sync()
        except JournalFull:
            left = dict(self.journal.read())
            assert left.items() <= before.items()
            assert self.synced <= left.keys() | {p for p in self.synced if p < self.dropped_below}
            self.written = left
            return
        self.synced = set(before)
        self.note_final_end()

    @rule(share=st.floats(0, 1.2))
    def drop(self, share: float) -> None:
        position = int(share * self.journal.end_position)
        size = self.journal.size_bytes
        try:
            freed = self.journal.drop_before(position)
        except JournalFull:
            self.written = dict(self.journal.read())
        else:
            self.synced = set(dict(self.journal.read()))
            self.note_final_end()
            assert self.journal.size_bytes <= size - freed + 24
        self.dropped_below = max(self.dropped_below, position)
        self.written = dict(self.journal.read())
        self.synced &= self.written.keys() | {p for p in self.synced if p >= self.dropped_below}

    @rule()
    def roll(self) -> None:
        try:
            self.journal.roll()
        except JournalFull:
            self.written = dict(self.journal.read())

    @rule(room_bytes=st.one_of(st.none(), st.integers(0, 400)))
    def change_room(self, room_bytes: int | None) -> None:
        self.disk.room_bytes = room_bytes

    @rule()
    def fail_next_sync(self) -> None:
        self.disk.failing_syncs = 1

    @rule()
    def restart(self) -> None:
        self.disk.failing_syncs = 0
        with suppress(JournalFull):  # Then unsynced records may be there or not.
            self.journal.close()
        self.open()
        self.reread()

    @rule(kept_share=st.floats(0, 1))
    def lose_power(self, kept_share: float) -> None:
        self.generation += 1
        target = self.root / str(self.generation)
        self.disk.copy_after_power_loss(self.directory, target, kept_share)
        self.disk.failing_syncs = 0
        with suppress(JournalFull):
            self.journal.close()
        self.directory = target
        self.open()
        self.reread()

    @precondition(lambda self: self.journal.size_bytes > 100)
    @rule(where=st.floats(0, 0.999), place=st.floats(0, 0.999), bit=st.integers(0, 7))
    def rot_one_bit(self, where: float, place: float, bit: int) -> None:
        """Damage anywhere costs one record at most, is counted, and breaks nothing."""
        self.disk.failing_syncs = 0
        with suppress(JournalFull):  # Then unsynced records may be there or not.
            self.journal.close()
        files = sorted(self.directory.glob("*.segment"))
        file = files[int(where * len(files))]
        raw = bytearray(file.read_bytes())
        if not raw:
            self.open()
            self.reread()
            return
        offset = int(place * len(raw))
        raw[offset] ^= 1 << bit
        file.write_bytes(raw)
        hit = int(file.name.removesuffix(".segment")) + offset - HEADER_BYTES
        self.open()
        found = dict(self.journal.read())
        lost = self.synced - found.keys()

        assert all(
            position <= hit < position + RECORD_OVERHEAD_BYTES + len(self.written[position])
            for position in lost
            if position >= self.dropped_below
        )
        if lost:
            assert self.journal.torn_bytes + self.journal.corrupt_bytes > 0
        self.synced &= found.keys()
        self.reread()

    @invariant()
    def what_was_written_is_read_in_order(self) -> None:
        positions = [position for position, _ in self.journal.read()]

        assert positions == sorted(positions)
        for position in self.synced:
            assert position < self.dropped_below or position in self.written

    @invariant()
    def end_never_goes_back(self) -> None:
        assert self.journal.end_position >= self.final_end

    @invariant()
    def unknown_positions_are_errors(self) -> None:
        try:
            self.journal.read_at(self.journal.end_position)
        except JournalError:
            return
        raise AssertionError


JournalMachine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, derandomize=True
)
TestJournal = JournalMachine.TestCase
