r"""The bytes of one journal segment: a header, then records, each with its length and checksum.

    segment   magic "govnetJ\n", u32 version, u64 base position, u32 CRC-32 of what precedes
    record    u32 length, u32 CRC-32 of length and payload, payload

All integers are little-endian; CRC-32 is that of RFC 1952. A record of zeros does not verify, so
the zero-filled tail that a file system may leave after a power loss is never taken for data.
This file knows the format only; `govnet.journal` decides what to do about damage.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import IO, TYPE_CHECKING
from zlib import crc32

from govnet.errors import JournalError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAGIC = b"govnetJ\n"
VERSION = 1
SUFFIX = ".segment"
_HEADER = struct.Struct("<8sIQI")
_HEADER_SUM_AT = _HEADER.size - 4
_RECORD = struct.Struct("<II")
_LENGTH = struct.Struct("<I")
HEADER_BYTES = _HEADER.size
RECORD_OVERHEAD_BYTES = _RECORD.size
MAX_PAYLOAD_BYTES = 64 << 20
_DIGITS = 20


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
    return start + _LENGTH.pack(crc32(start))


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


def encode_record(payload: bytes) -> bytes:
    """Return the record of `payload`. Raises JournalError above MAX_PAYLOAD_BYTES."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise JournalError(f"a record of {len(payload)} bytes; at most {MAX_PAYLOAD_BYTES} fit")
    length = _LENGTH.pack(len(payload))
    return b"".join((length, _LENGTH.pack(crc32(payload, crc32(length))), payload))


def walk_records(file: IO[bytes], position: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield position and payload from the place where `file` stands.

    Stops at `end`, or before it at the first record that does not verify; the caller tells the
    two apart by where the last record ended.
    """
    while position + RECORD_OVERHEAD_BYTES <= end:
        head = file.read(RECORD_OVERHEAD_BYTES)
        if len(head) < RECORD_OVERHEAD_BYTES:
            return
        length, checksum = _RECORD.unpack(head)
        following = position + RECORD_OVERHEAD_BYTES + length
        if following > end:
            return
        payload = file.read(length)
        if len(payload) < length or crc32(payload, crc32(head[: _LENGTH.size])) != checksum:
            return
        yield position, payload
        position = following


def sound_end(segment: Segment) -> int | None:
    """Return the position where the verified records of `segment` end; None: bad header."""
    with segment.path.open("rb") as file:
        if not read_header(file, segment):
            return None
        end = segment.base
        for position, payload in walk_records(file, segment.base, segment.end):
            end = position + RECORD_OVERHEAD_BYTES + len(payload)
        return end
