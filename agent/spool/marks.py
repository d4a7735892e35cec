"""What the spool must remember besides the reports: seqs given out and what became of reports.

A small journal of marks. From time to time a snapshot replaces what came before it; the previous
generation stays until the next one, so that damage to either costs no seq. A record is one byte
of kind, then little-endian integers:

    I  u64 seq                                                     this seq was given out
    O  u8 outcome, u32 count, ranges                               what became of reports
    S  8 bytes incarnation, u64 next seq, u64 last seq added,
       u64 total per outcome, ranges of waiting seqs               snapshot
    ranges: u64 first, u64 last, ... to the end of the record
"""

from __future__ import annotations

import os
import struct
from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from govnet.errors import JournalError, JournalFull
from govnet.journal import Journal
from govnet.segment import RECORD_OVERHEAD_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from agent.spool.index import Ranges
    from govnet.disk import Disk


class Outcome(IntEnum):
    """What became of a report, and the index of its total in a snapshot."""

    ACCEPTED = 0
    QUARANTINED = 1
    DROPPED = 2
    TORN = 3


_ISSUED = struct.Struct("<cQ")
_OUTCOME = struct.Struct("<cBI")
_SNAPSHOT = struct.Struct(f"<c8sQQ{len(Outcome)}Q")
_ISSUED_BYTES = RECORD_OVERHEAD_BYTES + _ISSUED.size


class MarksState:
    """What the marks say, from applying their records in order. Pure.

    `incarnation` is empty where no snapshot was read. `added_through` and `waiting` are what the
    newest snapshot says of the reports up to that seq; `settled` is what was marked after it.
    """

    def __init__(self) -> None:
        self.incarnation = ""
        self.next_seq = 1
        self.totals = [0] * len(Outcome)
        self.added_through = 0
        self.waiting: Ranges = []
        self.settled: Ranges = []

    def apply(self, payload: bytes) -> bool:
        """Take one record in; return whether it is a snapshot. Raises JournalError for no mark."""
        kind = payload[:1]
        if kind == b"I":
            self.next_seq = max(self.next_seq, _ISSUED.unpack(payload)[1] + 1)
        elif kind == b"O":
            _, outcome, count = _OUTCOME.unpack_from(payload)
            self.totals[outcome] += count
            self.settled += _unpack_ranges(payload[_OUTCOME.size :])
        elif kind == b"S":
            _, incarnation, next_seq, self.added_through, *self.totals = _SNAPSHOT.unpack_from(
                payload
            )
            self.incarnation = incarnation.hex()
            self.next_seq = max(self.next_seq, next_seq)
            self.waiting = _unpack_ranges(payload[_SNAPSHOT.size :])
            self.settled = []
        else:
            raise JournalError(f"unknown mark {kind!r}")
        return kind == b"S"


class Marks(MarksState):
    """The state of a spool, read from its journal of marks at opening.

    `incarnation` is empty until `begin`. `added_through`, `waiting` and `settled` serve to rebuild
    the index and are of no use later. Raises JournalError as Journal does.
    """

    def __init__(self, directory: Path, *, compact_bytes: int, disk: Disk | None) -> None:
        super().__init__()
        self._compact_bytes = compact_bytes
        self._snapshot_at = 0
        self._snapshot_end = 0
        # Only compaction starts a segment, so a generation is a segment.
        self._journal = Journal(directory, segment_bytes=1 << 62, disk=disk)
        try:
            for position, payload in self._journal.read():
                self._take_in(position, payload)
        except JournalError:
            self._journal.close()
            raise
        lost_bytes = self._lost_bytes()
        self._damaged = lost_bytes > 0
        # Damage can hide at most this many seqs given out: none of them is given out again.
        self.next_seq += lost_bytes // _ISSUED_BYTES

    @property
    def size_bytes(self) -> int:
        """Bytes of the mark files."""
        return self._journal.size_bytes

    @property
    def wants_compaction(self) -> bool:
        """Whether the marks since the last snapshot have outgrown it."""
        since = self._journal.end_position - self._snapshot_end
        return since > self._compact_bytes + 2 * (self._snapshot_end - self._snapshot_at)

    def begin(self, added_through: int, waiting: Ranges) -> None:
        """Bear a new incarnation where none can be read, and leave damage behind.

        Raises JournalFull when a new spool cannot write its incarnation; damage waits for room.
        """
        self.next_seq = max(self.next_seq, added_through + 1)
        self.waiting, self.settled = [], []
        newborn = not self.incarnation
        if not newborn and not self._damaged:
            return
        if self._damaged:
            self.totals[Outcome.TORN] += 1
        if newborn:
            self.incarnation = os.urandom(8).hex()
        try:
            # Twice: the previous generation, too, shall be whole.
            self.compact(added_through, waiting)
            self.compact(added_through, waiting)
        except JournalFull:
            if newborn:
                raise

    def issue(self) -> int:
        """Return the next seq, durably given out. Raises JournalFull; the seq is then not used."""
        self._journal.append(_ISSUED.pack(b"I", self.next_seq))
        self._journal.sync()
        self.next_seq += 1
        return self.next_seq - 1

    def skip_through(self, seq: int) -> None:
        """Take all seqs up to this one as given out. Raises JournalFull; nothing changed then."""
        self._journal.append(_ISSUED.pack(b"I", seq))
        self._journal.sync()
        self.next_seq = seq + 1

    def settle(self, outcome: Outcome, count: int, ranges: Ranges) -> None:
        """Durably mark `count` reports inside `ranges`. Raises JournalFull."""
        self._journal.append(_OUTCOME.pack(b"O", outcome, count) + _pack_ranges(ranges))
        self._journal.sync()

    def compact(self, added_through: int, waiting: Ranges) -> None:
        """Write a snapshot and drop the marks before the previous one. Raises JournalFull."""
        incarnation = bytes.fromhex(self.incarnation)
        snapshot = _SNAPSHOT.pack(b"S", incarnation, self.next_seq, added_through, *self.totals)
        self._journal.roll()
        position = self._journal.append(snapshot + _pack_ranges(waiting))
        self._journal.sync()
        previous, self._snapshot_at = self._snapshot_at, position
        self._snapshot_end = self._journal.end_position
        self._journal.drop_before(previous)

    def close(self) -> None:
        """Release the files."""
        self._journal.close()

    def _take_in(self, position: int, payload: bytes) -> None:
        try:
            is_snapshot = self.apply(payload)
        except JournalError as exc:
            raise JournalError(f"{self._journal.directory}: {exc}") from exc
        if is_snapshot:
            self._snapshot_at = position
            self._snapshot_end = position + RECORD_OVERHEAD_BYTES + len(payload)

    def _lost_bytes(self) -> int:
        """Return how many bytes of marks damage has cost, cut at this opening or an earlier one."""
        segments = self._journal.segments()
        gaps = sum(newer[0] - older[1] for older, newer in pairwise(segments))
        return max(self._journal.torn_bytes, gaps) + self._journal.corrupt_bytes


def _pack_ranges(ranges: Ranges) -> bytes:
    flat = [bound for span in ranges for bound in span]
    return struct.pack(f"<{len(flat)}Q", *flat)


def _unpack_ranges(raw: bytes) -> Ranges:
    flat = struct.unpack(f"<{len(raw) // 8}Q", raw)
    return list(zip(flat[::2], flat[1::2], strict=True))
