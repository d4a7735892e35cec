"""A crash-proof append-only log in segments: the agent's spool and the collector's inbox.

A record's position is a byte offset counted from the journal's birth. Positions only grow, over
restarts, damage and the removal of everything, because a segment's file name is its first
position and one segment always stays. A position is final once `sync` has returned; what a power
loss took before that may be given out again.

What is durable: everything appended before a `sync` that returned, and everything that can be
read right after opening. Damage costs the records it hits and no others, wherever it is; it is
counted, stays on disk as it is, and is never passed on.

Threads: every method may be called from any thread. `append` is one write(2) under a lock and
never waits for a running `sync`, so an event loop may append and let a thread sync. One process
at a time: a second one gets a JournalError. A failed `sync` speaks for every record appended
before it returned, so callers that share one must all treat their records as not taken.
"""

from __future__ import annotations

import logging
import os
from bisect import bisect_right
from contextlib import suppress
from errno import ENOSPC
from threading import Lock
from typing import TYPE_CHECKING, Self

from govnet.disk import Disk, lock_file
from govnet.errors import JournalError, JournalFull
from govnet.segment import (
    HEADER_BYTES,
    Segment,
    Survey,
    encode_header,
    encode_record,
    find_segments,
    read_header,
    read_record,
    segment_name,
    survey,
    walk_records,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_log = logging.getLogger(__name__)

LOCK_NAME = "lock"


class Journal:
    """One log in one directory. Opening makes the directory, or cuts what a crash left torn.

    `segment_bytes` is the size at which the next segment starts; a longer record gets a segment
    of its own. `torn_bytes` counts what opening cut off because nothing sound was behind it;
    `corrupt_records` and `corrupt_bytes` count the places where opening or reading met damage and
    how much had to be skipped there. Both are logged as errors, with file and bytes.

    Raises JournalError when the directory is in use, unusable or of a newer format.
    """

    def __init__(
        self, directory: Path, *, segment_bytes: int = 1 << 20, disk: Disk | None = None
    ) -> None:
        self.directory = directory
        self.torn_bytes = 0
        self.corrupt_records = 0
        self.corrupt_bytes = 0
        self._segment_bytes = segment_bytes
        self._disk = disk or Disk()
        self._lock = Lock()
        self._sync_lock = Lock()
        self._damage_known: set[tuple[int, int]] = set()
        self._segments: list[Segment] = []
        self._end = 0
        self._synced_end = 0
        # At most the last two segments ever hold unsynced records: `_active`, and `_rolled`
        # before it. Recovery relies on that.
        self._active: int | None = None
        self._rolled: int | None = None
        self._directory_changed = False
        self._cuts = 0
        self._owed_failure: str | None = None
        self._closed = False
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._lock_descriptor = lock_file(directory / LOCK_NAME)
        except OSError as exc:
            raise JournalError(f"{directory}: cannot open the journal: {exc}") from exc
        try:
            self._recover()
        except (OSError, JournalError) as exc:
            self._close_files()
            os.close(self._lock_descriptor)
            if isinstance(exc, JournalError):
                raise
            raise JournalError(f"{directory}: cannot open the journal: {exc}") from exc

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def first_position(self) -> int:
        """Where the oldest segment starts."""
        with self._lock:
            return self._segments[0].base if self._segments else self._end

    @property
    def end_position(self) -> int:
        """Where the next record goes."""
        return self._end

    @property
    def size_bytes(self) -> int:
        """Bytes of all segment files, headers included."""
        with self._lock:
            return sum(segment.size_bytes for segment in self._segments)

    def segments(self) -> tuple[tuple[int, int], ...]:
        """Return first and end position of every segment, oldest first."""
        with self._lock:
            return tuple((segment.base, segment.end) for segment in self._segments)

    def modified_at(self, base: int) -> float:
        """Return when the segment that starts at `base` was last written, by the file system."""
        try:
            return (self.directory / segment_name(base)).stat().st_mtime
        except OSError as exc:
            raise JournalError(f"{self.directory}: no segment at {base}") from exc

    def append(self, payload: bytes) -> int:
        """Write one record, not yet durable, and return its position.

        Raises JournalFull when the disk refuses it: the record is not there, earlier ones are
        intact and a later append may succeed.
        """
        with self._lock:
            self._require_open()
            record = encode_record(payload, self._end)
            used = self._end - self._segments[-1].base if self._segments else 0
            descriptor = self._active
            if descriptor is None or (used and used + len(record) > self._segment_bytes):
                descriptor = self._start_segment()
            segment, position = self._segments[-1], self._end
            try:
                self._write(descriptor, record)
            except OSError as exc:
                self._take_back(segment)
                raise JournalFull(f"{segment.path}: {exc}") from exc
            self._end = segment.end = position + len(record)
            return position

    def sync(self) -> None:
        """Return when everything appended before this call is durable.

        Raises JournalFull when the system could not do it. A failed flush leaves nothing that
        can be trusted (the kernel may have forgotten the pages), so every unsynced record is
        then cut off; the next append starts a new segment.
        """
        with self._lock:
            owed, self._owed_failure = self._owed_failure, None
        if owed is not None:
            raise JournalFull(owed)
        self._commit(answers_appends=True)

    def read(self, start: int = 0) -> Iterator[tuple[int, bytes]]:
        """Yield position and payload of every record from `start` on, oldest first.

        `start` is a position that append returned, an `end_position`, or 0. Sees the records
        there were when each segment was reached. A damaged place is counted once and reading
        goes on with the next record that verifies.
        """
        with self._lock:
            segments = list(self._segments)
        for segment in segments:
            position, end = max(start, segment.base), segment.end
            if position >= end:
                continue
            try:
                with segment.path.open("rb") as file:
                    if not read_header(file, segment):
                        self._note_damaged_header(segment)
                    for stretch in walk_records(file, segment, position, end):
                        position = stretch.end
                        if stretch.payload is None:
                            self._note_damage(segment, stretch.position, stretch.end)
                        else:
                            yield stretch.position, stretch.payload
            except FileNotFoundError:
                continue
            except OSError:
                pass  # An unreadable sector is damage like any other: counted below.
            self._note_damage(segment, position, end)

    def read_at(self, position: int) -> bytes:
        """Return the payload of the record at `position`.

        Raises JournalError when it was dropped, never existed, or does not verify.
        """
        with self._lock:
            at = bisect_right(self._segments, position, key=lambda segment: segment.base) - 1
            segment = self._segments[at] if at >= 0 else None
        if segment is not None and position < segment.end:
            with suppress(OSError), segment.path.open("rb") as file:
                payload = read_record(file, segment, position, segment.end)
                if payload is not None:
                    return payload
        raise JournalError(f"{self.directory}: no readable record at {position}")

    def roll(self) -> None:
        """Start a new segment, unless the last one is empty. Raises JournalFull as append."""
        with self._lock:
            self._require_open()
            if self._active is None or self._segments[-1].base != self._end:
                self._start_segment()

    def drop_before(self, position: int) -> int:
        """Unlink the segments wholly below `position`; return the bytes freed."""
        return self.drop_between(0, position)

    def drop_between(self, start: int, end: int) -> int:
        """Unlink the segments wholly inside `start` to `end`; return the bytes freed.

        The last segment stays: where it would go too, a new empty one is made first, so that
        positions never restart. On a disk too full for that it stays as it is.
        """
        with self._lock, suppress(JournalFull):
            if self._segments and start <= self._segments[-1].base < self._end <= end:
                self._start_segment()
        self._commit(answers_appends=False)
        freed = 0
        with self._lock:
            self._require_open()
            for segment in self._segments[:-1]:
                if start <= segment.base and segment.end <= end:
                    try:
                        segment.path.unlink(missing_ok=True)
                    except PermissionError:  # Windows: somebody is reading it. Next time.
                        break
                    self._segments.remove(segment)
                    freed += segment.size_bytes
                    self._directory_changed = True
        self._commit(answers_appends=False)
        return freed

    def close(self) -> None:
        """Sync, close and release the directory; a second call does nothing."""
        if self._closed:
            return
        try:
            self.sync()
        finally:
            with self._lock:
                self._closed = True
                self._close_files()
                os.close(self._lock_descriptor)

    def _commit(self, *, answers_appends: bool) -> None:
        """Flush what is unsynced; `answers_appends`: the caller speaks for those who appended."""
        with self._sync_lock:
            with self._lock:
                self._require_open()
                if self._segments and self._segments[-1].end != self._end:
                    # A cut left no file that knows the position. On a full disk it may go back.
                    with suppress(JournalFull):
                        self._start_segment()
                if self._end == self._synced_end and not self._directory_changed:
                    return
                # Duplicates, because append may close or replace the originals meanwhile.
                files = [os.dup(fd) for fd in (self._rolled, self._active) if fd is not None]
                end = self._segments[-1].end if self._segments else self._end
                appended_end, cuts = self._end, self._cuts
                directory_changed = self._directory_changed
                self._directory_changed = False
            failure: OSError | None = None
            try:
                for descriptor in files:
                    self._disk.sync(descriptor)
                if directory_changed:
                    self._disk.sync_directory(self.directory)
            except OSError as exc:
                failure = exc
            finally:
                for descriptor in files:
                    os.close(descriptor)
            with self._lock:
                if self._cuts != cuts:
                    raise JournalFull(f"{self.directory}: unsynced records were lost") from failure
                if failure is not None:
                    told = appended_end if answers_appends else self._synced_end
                    self._cut_unsynced(failure, told)
                    raise JournalFull(f"{self.directory}: {failure}") from failure
                self._synced_end = end
                if self._rolled is not None and self._segments[-1].base <= end:
                    os.close(self._rolled)
                    self._rolled = None

    # The rest runs under self._lock, or before anybody else knows the object.

    def _require_open(self) -> None:
        if self._closed:
            raise JournalError(f"{self.directory}: the journal is closed")

    def _close_files(self) -> None:
        for descriptor in (self._rolled, self._active):
            if descriptor is not None:
                os.close(descriptor)
        self._rolled = self._active = None

    def _write(self, descriptor: int, data: bytes) -> None:
        """Write all of `data`; a disk that takes no byte and gives no error is full too."""
        while data:
            written = self._disk.write(descriptor, data)
            if written <= 0:
                raise OSError(ENOSPC, os.strerror(ENOSPC))
            data = data[written:]

    def _start_segment(self) -> int:
        """Create the segment at the end; return its descriptor, now the active one.

        Raises JournalFull.
        """
        if self._rolled is not None:
            try:
                self._disk.sync(self._rolled)
                self._disk.sync_directory(self.directory)
            except OSError as exc:
                self._cut_unsynced(exc, self._synced_end)
                raise JournalFull(f"{self.directory}: {exc}") from exc
            os.close(self._rolled)
            self._rolled = None
        path = self.directory / segment_name(self._end)
        # An empty segment of this name may be there, its file lost or its header damaged. Its
        # name may be all that still knows the position, so it is filled, never unlinked.
        remade = bool(self._segments) and self._segments[-1].base == self._end
        try:
            descriptor = self._disk.open_for_append(path, fresh=True)
            try:
                self._write(descriptor, encode_header(self._end))
            except OSError:
                os.close(descriptor)
                if not remade:
                    path.unlink()
                raise
        except OSError as exc:
            raise JournalFull(f"{path}: {exc}") from exc
        if not remade:
            self._segments.append(Segment(path, self._end, self._end))
        self._directory_changed = True
        self._rolled, self._active = self._active, descriptor
        return descriptor

    def _take_back(self, segment: Segment) -> None:
        """Remove what a failed append left behind the last whole record."""
        try:
            os.truncate(segment.path, segment.offset_of(segment.end))
        except OSError as exc:
            self._cut_unsynced(exc, self._synced_end)

    def _cut_unsynced(self, failure: OSError, told_end: int) -> None:
        """Forget every unsynced record; the next append starts a new segment.

        Those who appended below `told_end` are told now; for later ones the next sync must fail.
        A segment whose base was final may be the only one that knows it: emptied, not unlinked.
        """
        self._cuts += 1
        if self._end > told_end:
            self._owed_failure = f"{self.directory}: {failure}"
        self._close_files()
        while len(self._segments) > 1 and self._segments[-1].base > self._synced_end:
            with suppress(OSError):
                self._segments[-1].path.unlink()
            self._segments.pop()
        for segment in self._segments[-1:]:
            segment.end = max(segment.base, min(segment.end, self._synced_end))
            with suppress(OSError):
                os.truncate(segment.path, segment.offset_of(segment.end))
        self._directory_changed = True

    def _note_damage(self, segment: Segment, position: int, end: int) -> None:
        """Count that `position` to `end` of `segment` cannot be read, once per place."""
        with self._lock:
            lost = min(end, segment.end) - position  # A cut or a drop meanwhile is no damage.
            if lost > 0:
                self._count_damage(segment, segment.offset_of(position), lost)

    def _note_damaged_header(self, segment: Segment) -> None:
        with self._lock:
            self._count_damage(segment, 0, HEADER_BYTES)

    def _note_survey(self, segment: Segment, found: Survey) -> None:
        for stretch in found.damage:
            self._note_damage(segment, stretch.position, stretch.end)
        if not found.has_header and found.end > segment.base:
            self._note_damaged_header(segment)

    def _count_damage(self, segment: Segment, offset: int, lost_bytes: int) -> None:
        place = (segment.base, offset)
        if segment in self._segments and place not in self._damage_known:
            self._damage_known.add(place)
            self.corrupt_records += 1
            self.corrupt_bytes += lost_bytes
            _log.error(
                "journal damaged; what is sound around it stays readable",
                extra={"file": segment.path, "offset": offset, "bytes": lost_bytes},
            )

    def _recover(self) -> None:
        """Find the segments, cut torn tails, and make what is left durable.

        Only the last two can be torn: see `_start_segment`. A break with a record behind it is
        damage and stays as it is; a torn tail has none. The position moves beyond a torn tail,
        which may be damage to records that were durable once: the new segment is there before
        the tail goes. On a full disk the tail stays, unread, until there is room.
        """
        self._segments = find_segments(self.directory)
        if not self._segments:
            return
        last = self._segments[-1]
        self._end = last.end
        torn: list[Segment] = []
        for segment in self._segments[-2:]:
            found = survey(segment)
            self._note_survey(segment, found)
            if found.end < segment.end:
                torn.append(segment)
                torn_bytes = segment.end - found.end
                self.torn_bytes += torn_bytes
                segment.end = found.end
                _log.error(
                    "journal torn at its end, as a power cut does it; the torn bytes are cut off",
                    extra={"file": segment.path, "bytes": torn_bytes},
                )
            elif segment is last and found.has_header and found.is_clean_to_end:
                self._active = self._disk.open_for_append(last.path, fresh=False)
        self._synced_end = last.end
        if last in torn:
            try:
                self._start_segment()
                self._commit(answers_appends=True)
            except JournalFull:
                return
        for segment in torn:
            os.truncate(segment.path, segment.offset_of(segment.end))
        for segment in self._segments[-2:]:
            descriptor = self._disk.open_for_append(segment.path, fresh=False)
            try:
                self._disk.sync(descriptor)
            finally:
                os.close(descriptor)
