"""Every report durable before anything else happens to it.

    reports/     the reports, a journal
    marks/       seqs given out, and what became of reports (spool_marks)
    quarantine/  the newest reports that the centre refused (spool_quarantine)

A seq that may have left the machine was durable first: `next_seq` writes it down before it
returns, and `add` writes the report down before the sender can see it. The centre may accept
reports in any order. This file sends nothing and decides no order of sending.
"""

from __future__ import annotations

import struct
from contextlib import ExitStack, contextmanager, suppress
from threading import RLock
from typing import TYPE_CHECKING, NamedTuple, Self

from agent.spool.index import Ranges, WaitingIndex, is_inside
from agent.spool.marks import Marks, Outcome
from agent.spool.quarantine import Quarantine, Rejected
from govnet.errors import JournalError, JournalFull
from govnet.journal import Journal
from govnet.segment import HEADER_BYTES, RECORD_OVERHEAD_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from govnet.disk import Disk

REPORT = struct.Struct("<Qdd")
"""What stands before a report in its journal: seq, age stamp, wall clock."""
REPORTS, MARKS, QUARANTINE = "reports", "marks", "quarantine"
"""The journals of a spool, by the names of their folders."""
_HIGHEST_SKIPPED = 1 << 52
"""Half of all seqs: whoever says more is not believed, or none would be left."""
MIN_MAX_BYTES = 64 << 10


class Entry(NamedTuple):
    """A waiting report, as `add` was given it."""

    seq: int
    report: bytes


class Spool:
    """The reports that the centre does not have yet, in one directory, for one process.

    `max_bytes` bounds all files together; an eighth of it is set aside for marks and quarantine.
    `max_age_seconds` bounds how old a waiting report may be. Beyond either, the oldest go first,
    by bytes one journal segment at a time (1/32 of the bound, at most 1 MiB), and are counted.

    Age is counted by `clock` (Unix seconds) without its leaps: a step back counts as no time,
    and so does a step forward beyond the whole `max_age_seconds`, which is what a PC with a dead
    CMOS battery does when it learns the time. Nothing is thrown away for that.

    Any thread may call any method. JournalError is raised when the directory is in use or
    unusable, JournalFull when a new spool finds no room for its first bytes.
    """

    def __init__(
        self,
        directory: Path,
        *,
        clock: Callable[[], float],
        max_bytes: int = 64 << 20,
        max_age_seconds: float = 7 * 86400,
        disk: Disk | None = None,
    ) -> None:
        if max_bytes < MIN_MAX_BYTES:
            raise ValueError(f"max_bytes is {max_bytes}; at least {MIN_MAX_BYTES} is needed")
        self._clock = clock
        self._max_age_seconds = max_age_seconds
        reserve_bytes = max_bytes // 8
        self._reports_limit_bytes = max_bytes - reserve_bytes
        self._lock = RLock()
        self._index = WaitingIndex()
        self._stamp = 0.0
        self._wall_at = clock()
        self._unsaved = False
        self._closed = False
        self.write_failures = 0
        """Reports that found no room since this object was made."""
        self.write_trouble = ""
        """Why the newest report could not be written, "" if it could."""
        with ExitStack() as opened:
            self._marks = Marks(
                directory / MARKS, compact_bytes=min(64 << 10, reserve_bytes // 8), disk=disk
            )
            opened.callback(self._marks.close)
            self._quarantine = Quarantine(
                directory / QUARANTINE, max_bytes=reserve_bytes // 4, disk=disk
            )
            opened.callback(self._quarantine.close)
            segment_bytes = min(1 << 20, max_bytes // 32)
            self._reports = Journal(directory / REPORTS, segment_bytes=segment_bytes, disk=disk)
            opened.callback(self._reports.close)
            self._added_through = self._marks.added_through
            self._rebuild_index()
            if self._reports.torn_bytes:
                self._marks.totals[Outcome.TORN] += 1
                self._unsaved = True
            self._marks.begin(self._added_through, self._index.all_runs())
            self._enforce_bounds(0)
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def incarnation(self) -> str:
        """16 hexadecimal digits, born with the directory; a seq counts within it.

        A new one is born, too, when damage leaves no readable record of the old one.
        """
        return self._marks.incarnation

    @property
    def waiting(self) -> int:
        """How many reports the centre does not have yet."""
        return len(self._index)

    @property
    def waiting_bytes(self) -> int:
        """Bytes of the waiting reports themselves."""
        return self._index.total_bytes

    @property
    def size_bytes(self) -> int:
        """Bytes of all files of the spool; never more than `max_bytes`."""
        return self._reports.size_bytes + self._marks.size_bytes + self._quarantine.size_bytes

    @property
    def accepted_total(self) -> int:
        """How many reports the centre has taken since the spool was born."""
        return self._marks.totals[Outcome.ACCEPTED]

    @property
    def dropped_total(self) -> int:
        """How many waiting reports gave way to newer ones or to age."""
        return self._marks.totals[Outcome.DROPPED]

    @property
    def quarantined_total(self) -> int:
        """How many reports the centre refused."""
        return self._marks.totals[Outcome.QUARANTINED]

    @property
    def torn_total(self) -> int:
        """How many torn tails and damaged places there were; each may have cost reports."""
        return self._marks.totals[Outcome.TORN] + self._reports.corrupt_records

    def next_seq(self) -> int:
        """Give out the next seq, durably: it never comes again, whatever happens to its report.

        Raises JournalFull when the disk does not take it.
        """
        with self._lock, self._noting_failure():
            self._save_marks()
            return self._marks.issue()

    def skip_through(self, seq: int) -> bool:
        """Give out no seq up to this one, which the centre knows; False if none would be anyway.

        So a spool that came back from an older copy of the disk goes on behind what it had sent.
        Raises JournalFull when the disk does not take it.
        """
        with self._lock, self._noting_failure():
            if not self._marks.next_seq <= seq <= _HIGHEST_SKIPPED:
                return False
            self._save_marks()
            self._marks.skip_through(seq)
            return True

    def add(self, seq: int, report: bytes) -> None:
        """Return when `report` is durable; the oldest reports give way where it would not fit.

        `seq` comes from next_seq and is above every seq added before (ValueError otherwise).
        Raises JournalFull when the disk does not take it: then it may be added again.
        Raises JournalError when it could never fit.
        """
        need_bytes = RECORD_OVERHEAD_BYTES + REPORT.size + len(report)
        with self._lock, self._noting_failure():
            if not self._added_through < seq < self._marks.next_seq:
                raise ValueError(
                    f"seq {seq} was added before, or not given out: expected "
                    f"{self._added_through + 1} to {self._marks.next_seq - 1}"
                )
            if need_bytes + 2 * HEADER_BYTES > self._reports_limit_bytes:
                raise JournalError(
                    f"a report of {len(report)} bytes does not fit a spool for reports of "
                    f"{self._reports_limit_bytes} bytes"
                )
            self._pass_time()
            self._enforce_bounds(need_bytes)
            stamped = REPORT.pack(seq, self._stamp, self._wall_at) + report
            position = self._reports.append(stamped)
            self._reports.sync()
            self._index.add(seq, position, len(report), self._stamp)
            self._added_through = seq
            self.write_trouble = ""

    def newest(self) -> Entry | None:
        """Return the newest waiting report, None where none waits."""
        with self._lock:
            while self._index:
                entry = self._load(len(self._index) - 1)
                if entry is not None:
                    return entry
            return None

    def oldest(self, limit_bytes: int, limit_count: int, below: int | None = None) -> list[Entry]:
        """Return the oldest waiting reports with a seq under `below`, ascending.

        At most `limit_count`, and at most `limit_bytes` of reports together, but always one
        where one waits, or a long report would block the line for ever.
        """
        entries: list[Entry] = []
        with self._lock:
            at = 0
            while at < len(self._index) and len(entries) < limit_count:
                if below is not None and self._index.seqs[at] >= below:
                    break
                limit_bytes -= self._index.lengths[at]
                if limit_bytes < 0 and entries:
                    break
                entry = self._load(at)
                if entry is not None:
                    entries.append(entry)
                    at += 1
        return entries

    def accept(self, seqs: Iterable[int]) -> int:
        """Forget reports that the centre has, for ever; return how many of them were waiting.

        Seqs that do not wait are ignored. A full disk is no error here: what is forgotten in
        memory is marked as soon as there is room, and after a power loss before that the centre
        sees a duplicate.
        """
        with self._lock:
            return self._settle(Outcome.ACCEPTED, self._index.ranges_of(seqs))

    def quarantine(self, reasons: Mapping[int, str]) -> int:
        """Set reports aside that the centre refused; `reasons` by seq. Return how many waited."""
        with self._lock:
            ranges = self._index.ranges_of(reasons)
            for seq in sorted(reasons):
                at = self._index.place_of(seq)
                entry = None if at is None else self._load(at)
                if entry is not None:
                    self._quarantine.keep(Rejected(seq, reasons[seq], entry.report))
            return self._settle(Outcome.QUARANTINED, ranges)

    def quarantined(self) -> Iterator[Rejected]:
        """Yield the newest refused reports that were kept, oldest first."""
        return self._quarantine.read()

    def close(self) -> None:
        """Write down what is unsaved and release the directory; a second call does nothing."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._save_marks()
                self._opened.close()

    @contextmanager
    def _noting_failure(self) -> Iterator[None]:
        try:
            yield
        except (JournalError, OSError) as exc:
            self.write_failures += 1
            self.write_trouble = str(exc)
            raise

    def _rebuild_index(self) -> None:
        """Index what is on disk and not settled; go on with the age of the last report."""
        for position, payload in self._reports.read():
            if len(payload) < REPORT.size:
                continue  # No report of ours, though it verifies: somebody made it by hand.
            seq, stamp, wall_at = REPORT.unpack_from(payload)
            self._stamp, self._wall_at = stamp, wall_at
            if seq > self._marks.added_through or is_inside(seq, self._marks.waiting):
                self._index.add(seq, position, len(payload) - REPORT.size, stamp)
            self._added_through = max(self._added_through, seq)
        self._index.remove(self._marks.settled)
        self._pass_time()

    def _pass_time(self) -> None:
        now = self._clock()
        step_seconds = now - self._wall_at
        if 0 < step_seconds <= self._max_age_seconds:
            self._stamp += step_seconds
        self._wall_at = now

    def _enforce_bounds(self, need_bytes: int) -> None:
        """Drop what is too old, then the oldest segments until `need_bytes` more fit."""
        expired = self._index.count_stamps_before(self._stamp - self._max_age_seconds)
        if expired:
            self._settle(Outcome.DROPPED, self._index.oldest_ranges(expired))
        need_bytes += HEADER_BYTES
        while self._reports.size_bytes + need_bytes > self._reports_limit_bytes:
            oldest = self._reports.segments()[0]
            end = oldest[1]
            doomed = self._index.count_positions_before(end)
            if doomed:
                self._settle(Outcome.DROPPED, self._index.oldest_ranges(doomed))
            if self._reports.segments()[0] == oldest and not self._reports.drop_before(end):
                raise JournalFull("the spool is at its limit and the disk is too full to make room")

    def _settle(self, outcome: Outcome, ranges: Ranges) -> int:
        if not ranges:
            return 0
        count = self._index.remove(ranges)
        self._marks.totals[outcome] += count
        try:
            self._marks.settle(outcome, count, ranges)
        except JournalFull:
            self._unsaved = True
        self._free_settled_segments()
        self._save_marks()
        return count

    def _free_settled_segments(self) -> None:
        """Unlink the segments in which no report waits; the one being written stays."""
        for base, end in self._reports.segments()[:-1]:
            if self._index.count_positions_before(base) == self._index.count_positions_before(end):
                with suppress(JournalFull):
                    self._reports.drop_between(base, end)

    def _save_marks(self) -> None:
        """Write a snapshot where marks are owed or have grown; a full disk may put it off."""
        if self._unsaved or self._marks.wants_compaction:
            with suppress(JournalFull):
                self._marks.compact(self._added_through, self._index.all_runs())
                self._unsaved = False

    def _load(self, at: int) -> Entry | None:
        """Read the report at this place of the index; a damaged one leaves the spool, counted."""
        seq = self._index.seqs[at]
        try:
            payload = self._reports.read_at(self._index.positions[at])
        except JournalError:
            self._settle(Outcome.TORN, [(seq, seq)])
            return None
        return Entry(seq, payload[REPORT.size :])
