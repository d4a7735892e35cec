"""The inbox: every accepted batch, exactly as sent, on disk before it is acknowledged.

One flush serves all batches that arrive within a few milliseconds (group commit). A record keeps
the exact body and its code, so it can be verified and applied again after any crash. What became
of a batch is noted behind it (`Settled`); a note is durable with the next flush, and is written
again if that fails.
"""

import asyncio
import contextlib
import logging
import math
from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

from collector.intake.records import (
    InboxRecord,
    Record,
    Settled,
    decode_record,
    encode_record,
)
from collector.intake.replay import Choice, choose
from govnet.errors import JournalError
from govnet.journal import Journal

log = logging.getLogger(__name__)

GROUP_SECONDS = 0.010
SEGMENT_BYTES = 32 << 20
"""What retention removes at a time; eight days of a province are some 3,400 of them."""
RETRY_SECONDS = 30.0
"""So long after a failed write the inbox counts as not writable, unless another one succeeds."""
RESERVE_BYTES = 1 << 30
"""So much of the disk stays free, or a twentieth of a small one: a full disk takes no batch."""
_YIELD_EVERY = 64

Outcome = TypeVar("Outcome")


class Stored(NamedTuple):
    """A batch found in the inbox, where it stands, and what became of it if that is known."""

    position: int
    record: InboxRecord
    settled: Settled | None


class _Waiting(NamedTuple, Generic[Outcome]):
    """Where a record stands, what to do once it is durable, and who waits for that."""

    position: int
    apply: Callable[[int], Awaitable[Outcome]]
    done: asyncio.Future[Outcome]


class _Group(Generic[Outcome]):
    """Records that share one flush, each with what to do once it is durable."""

    def __init__(self) -> None:
        self.waiting: list[_Waiting[Outcome]] = []
        self.flushes: list[asyncio.Future[None]] = []
        """Callers without a record, who only want to know that it is done."""


class Inbox(Generic[Outcome]):
    """Group commit over a journal; used from one event loop."""

    def __init__(self, journal: Journal, group_seconds: float = GROUP_SECONDS) -> None:
        self._journal = journal
        self._group_seconds = group_seconds
        self._forming: _Group[Outcome] | None = None
        self._flushing: asyncio.Task[None] | None = None
        self.write_failures = 0
        self._failed_at = -math.inf
        self._unwritten: list[Settled] = []
        self._unsynced: list[Settled] = []
        self.applied_position = journal.end_position
        """Everything before it is on disk and applied."""
        self.durable_position = journal.end_position
        """Everything before it is on disk, notes included."""

    @property
    def size_bytes(self) -> int:
        """Bytes of the journal on disk."""
        return self._journal.size_bytes

    @property
    def torn_bytes(self) -> int:
        """Bytes cut from the end at the last opening."""
        return self._journal.torn_bytes

    @property
    def is_writable(self) -> bool:
        """Whether the disk took the last batch; after `RETRY_SECONDS` it is worth another try."""
        return asyncio.get_running_loop().time() - self._failed_at > RETRY_SECONDS

    async def commit(
        self, record: InboxRecord, apply: Callable[[int], Awaitable[Outcome]]
    ) -> Outcome:
        """Make the record durable, then apply it, in the order of the journal.

        `apply` is given the record's position. It runs once even if the caller is cancelled
        meanwhile: the record is on disk. Raises JournalError when the disk refuses it; then it is
        not applied.
        """
        try:
            position = self._journal.append(encode_record(record))
        except JournalError as exc:
            self._note_failures(1, exc)
            raise
        done: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._joined().waiting.append(_Waiting(position, apply, done))
        return await asyncio.shield(done)

    def note(self, settled: Settled) -> None:
        """Write what became of a batch; durable with the next flush, or when `flush` returns."""
        self._unwritten.append(settled)
        # A full disk is no fault of this batch, which is durable; the note is kept for later.
        with contextlib.suppress(JournalError):
            self._write_notes()

    async def flush(self) -> None:
        """Return when every record and note so far is durable; raises JournalError if not."""
        self._write_notes()
        if not self._unsynced and self._forming is None and self._flushing is None:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._joined().flushes.append(done)
        await asyncio.shield(done)

    def _write_notes(self) -> None:
        while self._unwritten:
            self._journal.append(encode_record(self._unwritten[0]))
            self._unsynced.append(self._unwritten.pop(0))

    def _write_owed_notes(self) -> JournalError | None:
        """Write the notes that a failed flush has cut off; return why they still are not written.

        Whoever waits for a flush must not be told that they are durable.
        """
        try:
            self._write_notes()
        except JournalError as exc:
            return exc
        return None

    def _joined(self) -> _Group[Outcome]:
        """Return the group that is forming, which will be flushed."""
        if self._forming is None:
            self._forming = _Group()
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().create_task(self._flush_groups())
        return self._forming

    async def _flush_groups(self) -> None:
        """Flush group after group until none is forming."""
        try:
            while self._forming is not None:
                await asyncio.sleep(self._group_seconds)
                group, self._forming = self._forming, None
                owed = self._write_owed_notes()
                end = self._journal.end_position
                notes, self._unsynced = self._unsynced, []
                try:
                    await asyncio.to_thread(self._journal.sync)
                except JournalError as exc:
                    # What was cut off is written again, those noted meanwhile too: twice is
                    # harmless.
                    self._unwritten = [*notes, *self._unsynced, *self._unwritten]
                    self._unsynced = []
                    self._refuse(group, exc)
                    continue
                if group.waiting:  # A flush alone proves nothing: it may have had nothing to write.
                    self._note_success()
                self.durable_position = end
                for done in group.flushes:
                    if owed is not None:
                        _fail(done, owed)
                    elif not done.cancelled():
                        done.set_result(None)
                await self._apply(group)
                self.applied_position = end
        finally:
            self._flushing = None

    def _note_failures(self, number: int, exc: JournalError) -> None:
        """Count, and say it once: agents try again for as long as the disk is full."""
        self.write_failures += number
        if self._failed_at == -math.inf:
            log.error("inbox cannot be written; batches are refused", extra={"error": str(exc)})
        self._failed_at = asyncio.get_running_loop().time()

    def _note_success(self) -> None:
        if self._failed_at > -math.inf:
            log.error("inbox is written again", extra={"refused_in_all": self.write_failures})
            self._failed_at = -math.inf

    def _refuse(self, group: _Group[Outcome], exc: JournalError) -> None:
        self._note_failures(len(group.waiting), exc)
        told: list[asyncio.Future[Any]] = [waiting.done for waiting in group.waiting]
        for done in (*told, *group.flushes):
            _fail(done, exc)

    async def _apply(self, group: _Group[Outcome]) -> None:
        for number, (position, apply, done) in enumerate(group.waiting, start=1):
            try:
                outcome = await apply(position)
            except Exception as exc:  # noqa: BLE001 - one batch must not stop those behind it; its sender is told
                if not done.cancelled():
                    done.set_exception(exc)
                continue
            if not done.cancelled():
                done.set_result(outcome)
            if number % _YIELD_EVERY == 0:
                await asyncio.sleep(0)

    async def drain(self) -> None:
        """Return when nothing waits for a flush."""
        while self._flushing is not None:
            await asyncio.wait([self._flushing])
        # A full disk keeps the notes from being written: the next start makes them anew.
        with contextlib.suppress(JournalError):
            await self.flush()

    def records(self, start: int) -> Iterator[tuple[int, Record]]:
        """Yield position and content of every record from `start` on.

        Those that cannot be read, such as all of an earlier version, are skipped and logged once.
        """
        skipped, first, why = 0, 0, ""
        for position, payload in self._journal.read(start):
            try:
                record = decode_record(payload)
            except JournalError as exc:
                if not skipped:
                    first, why = position, str(exc)
                skipped += 1
            else:
                yield position, record
        if skipped:
            log.warning(
                "inbox records skipped: their reports count for nothing shown or sent from now on",
                extra={"records": skipped, "from_position": first, "error": why},
            )

    def replay(self, start: int, chosen: Choice | None = None) -> Iterator[Stored]:
        """Yield the batches from `start` on, or only the chosen ones, each with its note."""
        if chosen is None:
            chosen = choose(self.records(start), start, lambda _: True)
        positions = sorted(chosen)
        for base, end in self._journal.segments():
            first, last = bisect_left(positions, base), bisect_left(positions, end) - 1
            if first > last:
                continue
            for position, payload in self._journal.read(positions[first]):
                if position > positions[last]:
                    break
                if position in chosen:
                    record = decode_record(payload)
                    if isinstance(record, InboxRecord):
                        yield Stored(position, record, chosen[position])

    def position_at(self, at: float) -> int:
        """Return a position before which nothing was written after the time `at`."""
        for base, _ in self._journal.segments():
            if self._journal.modified_at(base) >= at:
                return base
        return self._journal.end_position

    def retain(self, *, since: float, max_bytes: int, before: int) -> int:
        """Drop segments last written before `since`, then the oldest beyond `max_bytes`.

        Nothing from the position `before` on is dropped. Returns the bytes freed.
        """
        cut = min(self.position_at(since), before)
        size = self._journal.size_bytes
        for base, end in self._journal.segments():
            if end > before:
                break
            if size > max_bytes:
                cut = max(cut, end)
            size -= end - base
        return self._journal.drop_before(cut) if cut > self._journal.first_position else 0

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()


def _fail(done: asyncio.Future[Any], exc: JournalError) -> None:
    """Tell a waiter; it may be gone, then nobody else needs to hear of it."""
    if not done.cancelled():
        done.set_exception(exc)
        done.exception()


def room_bytes(size_bytes: int, free_bytes: int, total_bytes: int) -> int:
    """Return how large an inbox of that size may be on a disk with so much free of its total."""
    return max(0, size_bytes + free_bytes - min(RESERVE_BYTES, total_bytes // 20))
