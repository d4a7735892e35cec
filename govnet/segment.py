r"""The bytes of one journal segment: a header, then records, each with its length and checksum.

    segment   magic "govnetJ\n", u32 version, u64 base position, u32 CRC-32 of what precedes
    record    4 bytes marker, u32 length, u32 CRC-32 of position, length and payload, payload

All integers are little-endian; CRC-32 is that of RFC 1952. A record of zeros does not verify, so
the zero-filled tail that a file system may leave after a power loss is never taken for data.
The marker makes the next record behind a damaged one quick to find; the position in the checksum
keeps a record that somebody sent inside a payload, or that lies at a wrong place, from being
taken for one. This file knows the format only; `govnet.journal` decides what to do about damage.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import IO, TYPE_CHECKING, NamedTuple
from zlib import crc32

from govnet.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAGIC = b"govnetJ\n"
VERSION = 2
SUFFIX = ".segment"
_HEADER = struct.Struct("<8sIQI")
_HEADER_SUM_AT = _HEADER.size - 4
_MARKER = b"\xa7gR\x1e"
_RECORD = struct.Struct("<4sII")
_PLACE = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")
HEADER_BYTES = _HEADER.size
RECORD_OVERHEAD_BYTES = _RECORD.size
MAX_PAYLOAD_BYTES = 64 << 20
_DIGITS = 20
_WINDOW_BYTES = 64 << 10
_SEARCH_BYTES = 256 << 20
"""So much is read to find the next record; a payload made of markers could cost hours."""


class Segment:
    """One file of the journal: positions `base` to `end`, `end` excluded."""

    __slots__ = ("base", "end", "path")

    def __init__(self, path: Path, base: int, end: int) -> None:
        self.path = path
        self.base = base
        self.end = end

    @property
    def size_bytes(self) -> int:
        """Bytes of the file, its header included."""
        return HEADER_BYTES + self.end - self.base

    def offset_of(self, position: int) -> int:
        """Return where in the file `position` lies."""
        return HEADER_BYTES + position - self.base


def segment_name(base: int) -> str:
    """Return the file name of the segment that starts at `base`; names sort by position."""
    return f"{base:0{_DIGITS}}{SUFFIX}"


def find_segments(directory: Path) -> list[Segment]:
    """Return the segments in `directory`, oldest first, with the ends their file sizes claim."""
    found = []
    for path in directory.iterdir():
        digits = path.name.removesuffix(SUFFIX)
        if path.name != digits and len(digits) == _DIGITS and digits.isdecimal():
            base = int(digits)
            size = max(path.stat().st_size, HEADER_BYTES)
            found.append(Segment(path, base, base + size - HEADER_BYTES))
    found.sort(key=lambda segment: segment.base)
    for older, newer in pairwise(found):
        older.end = min(older.end, newer.base)
    return found


def encode_header(base: int) -> bytes:
    """Return the first HEADER_BYTES of the segment that starts at `base`."""
    start = _HEADER.pack(MAGIC, VERSION, base, 0)[:_HEADER_SUM_AT]
    return start + _CHECKSUM.pack(crc32(start))


def read_header(file: IO[bytes], segment: Segment) -> bool:
    """Read the header of `segment` and return whether it is whole.

    Raises JournalError for a whole header of another format version: that is no damage.
    """
    raw = file.read(HEADER_BYTES)
    if len(raw) < HEADER_BYTES:
        return False
    magic, version, base, checksum = _HEADER.unpack(raw)
    if magic != MAGIC or checksum != crc32(raw[:_HEADER_SUM_AT]):
        return False
    if version != VERSION:
        raise JournalError(
            f"{segment.path}: journal format {version}; this program knows format {VERSION}"
        )
    return bool(base == segment.base)


def encode_record(payload: bytes, position: int) -> bytes:
    """Return the record of `payload` at `position`. Raises JournalError above MAX_PAYLOAD_BYTES."""
    length = len(payload)
    if length > MAX_PAYLOAD_BYTES:
        raise JournalError(f"a record of {length} bytes; at most {MAX_PAYLOAD_BYTES} fit")
    return _RECORD.pack(_MARKER, length, _checksum(payload, position)) + payload


def _checksum(payload: bytes, position: int) -> int:
    return crc32(payload, crc32(_PLACE.pack(position, len(payload))))


def read_record(file: IO[bytes], segment: Segment, position: int, end: int) -> bytes | None:
    """Return the payload of the record at `position`, None where none verifies before `end`."""
    file.seek(segment.offset_of(position))
    head = file.read(RECORD_OVERHEAD_BYTES)
    if len(head) < RECORD_OVERHEAD_BYTES:
        return None
    marker, length, checksum = _RECORD.unpack(head)
    if marker != _MARKER or length > min(MAX_PAYLOAD_BYTES, end - position - len(head)):
        return None
    payload = file.read(length)
    sound = len(payload) == length and _checksum(payload, position) == checksum
    return payload if sound else None


class Stretch(NamedTuple):
    """Positions `position` to `end`: one record, or damage where `payload` is None."""

    position: int
    end: int
    payload: bytes | None


def walk_records(file: IO[bytes], segment: Segment, start: int, end: int) -> Iterator[Stretch]:
    """Yield the records from `start` on and the damage between them, without a gap.

    Stops at `end`, or before it where no further record verifies: what a torn write leaves. A
    search that becomes too long ends as damage, because there may be records behind it.
    """
    position = start
    while position < end:
        payload = read_record(file, segment, position, end)
        if payload is None:
            following = _next_record(file, segment, position + 1, end)
        else:
            following = position + RECORD_OVERHEAD_BYTES + len(payload)
        if following is None:
            return
        yield Stretch(position, following, payload)
        position = following


def _next_record(file: IO[bytes], segment: Segment, start: int, end: int) -> int | None:
    """Return where the first record from `start` on is; None: nowhere; `end`: too long to find."""
    at, searched_bytes = start, 0
    while at + RECORD_OVERHEAD_BYTES <= end:
        if searched_bytes > _SEARCH_BYTES:
            return end
        file.seek(segment.offset_of(at))
        window = file.read(min(_WINDOW_BYTES, end - at))
        if len(window) < RECORD_OVERHEAD_BYTES:
            return None
        searched_bytes += len(window)
        found = window.find(_MARKER)
        if found < 0:
            at += len(window) - len(_MARKER) + 1
            continue
        at += found
        if read_record(file, segment, at, end) is not None:
            return at
        searched_bytes += file.tell() - segment.offset_of(at)
        at += 1
    return None


class Survey(NamedTuple):
    """What is on disk of a segment: whether its header is whole, and its stretches.

    `end` is where its last record ends, or the damage that could not be searched through;
    `is_clean_to_end` tells that a record may follow there.
    """

    has_header: bool
    end: int
    is_clean_to_end: bool
    damage: tuple[Stretch, ...]


def survey(segment: Segment) -> Survey:
    """Read all of `segment`; its records verify even where its header does not."""
    end, is_clean, damage = segment.base, True, []
    with segment.path.open("rb") as file:
        has_header = read_header(file, segment)
        for stretch in walk_records(file, segment, segment.base, segment.end):
            end, is_clean = stretch.end, stretch.payload is not None
            if not is_clean:
                damage.append(stretch)
    return Survey(has_header, end, is_clean, tuple(damage))
