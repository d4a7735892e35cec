"""The inbox as history reads it: batch by batch, each with what became of it. Takes no lock.

An inbox of eight days has thousands of files and is read once a second: the file where the reading
stands is remembered, and the folder is looked through only where the next one is not known.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from collector.intake.records import InboxRecord, Settled, decode_record
from govnet.errors import JournalError
from govnet.journal_reader import Found, first_position, read_records
from govnet.segment import HEADER_BYTES, Segment, find_segments, segment_name, walk_records

MAX_WAITING_BYTES: Final = 32 << 20
"""Bodies kept until it is told what became of them; others are read again."""


class SettledBatch(NamedTuple):
    """A batch and what became of it; `end` is where to go on reading."""

    end: int
    record: InboxRecord
    settled: Settled


class InboxReader:
    """Reads on from positions; remembers the batches whose notes were not reached yet."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._waiting: dict[int, InboxRecord] = {}
        self._waiting_bytes = 0
        self._current: Segment | None = None

    def available_from(self, position: int) -> int:
        """Return a position from which everything is there: `position` or lower if it can be.

        Otherwise it is where the inbox begins. Raises JournalError when it cannot be read.
        """
        current = self._current
        if current is not None and current.base <= position and current.path.exists():
            return current.base
        return first_position(self._directory)

    def position_at(self, at: float) -> int:
        """Return a position before which nothing was written after the time `at` (Unix seconds)."""
        try:
            segments = find_segments(self._directory)
            for segment in segments:
                if segment.path.stat().st_mtime >= at:
                    return segment.base
        except FileNotFoundError:
            return 0
        except OSError as exc:
            raise JournalError(f"{self._directory}: cannot be read: {exc}") from exc
        return segments[-1].end if segments else 0

    def read(self, start: int, end: int) -> Iterator[SettledBatch]:
        """Yield what was settled from `start` up to `end`, which is the end of what is durable."""
        for found in self._records(start, end):
            try:
                record = decode_record(found.payload)
            except JournalError:
                continue  # The collector logged it when it replayed.
            if isinstance(record, InboxRecord):
                self._keep(found.position, record)
                continue
            batch = self._take(record.position)
            if batch is not None:
                yield SettledBatch(found.end, batch, record)

    def _records(self, start: int, end: int) -> Iterator[Found]:
        """Yield the whole records from `start` on that begin before `end`."""
        position = start
        while position < end and (segment := self._segment_at(position)) is not None:
            self._current = segment
            begin = max(position, segment.base)
            with suppress(OSError), segment.path.open("rb") as file:
                for stretch in walk_records(file, segment, begin, min(segment.end, end)):
                    if stretch.payload is not None:
                        yield Found(stretch.position, stretch.end, stretch.payload)
            position = max(segment.end, begin + 1)

    def _segment_at(self, position: int) -> Segment | None:
        """Return the segment that holds a position, or the first one behind it."""
        bases = [position] if self._current is None else [self._current.base, position]
        for base in bases:
            path = self._directory / segment_name(base)
            with suppress(OSError):
                segment = Segment(path, base, base + path.stat().st_size - HEADER_BYTES)
                if segment.base <= position < segment.end:
                    return segment
        try:
            segments = find_segments(self._directory)
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise JournalError(f"{self._directory}: cannot be read: {exc}") from exc
        return next((segment for segment in segments if position < segment.end), None)

    def _keep(self, position: int, record: InboxRecord) -> None:
        self._waiting[position] = record
        self._waiting_bytes += len(record.body)
        while self._waiting_bytes > MAX_WAITING_BYTES:
            oldest = next(iter(self._waiting))
            self._waiting_bytes -= len(self._waiting.pop(oldest).body)

    def _take(self, position: int) -> InboxRecord | None:
        record = self._waiting.pop(position, None)
        if record is not None:
            self._waiting_bytes -= len(record.body)
            return record
        for found in read_records(self._directory, position):
            if found.position != position:
                return None  # Retention took its segment.
            try:
                again = decode_record(found.payload)
            except JournalError:
                return None
            return again if isinstance(again, InboxRecord) else None
        return None
