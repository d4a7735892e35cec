"""The newest reports that the centre refused, with its reason, for whoever looks into it.

Bounded by bytes; the oldest go first. It is evidence, not data: a full disk may cost a copy, and
losing one is no error.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from govnet.errors import JournalFull
from govnet.journal import Journal
from govnet.segment import HEADER_BYTES, RECORD_OVERHEAD_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from govnet.disk import Disk

_START = struct.Struct("<QH")
_SEGMENTS = 8
_MAX_REASON_BYTES = 200


class Rejected(NamedTuple):
    """A report that the centre refused for `reason`."""

    seq: int
    reason: str
    report: bytes


class Quarantine:
    """Refused reports in a journal of at most `max_bytes`. Raises JournalError at opening."""

    def __init__(self, directory: Path, *, max_bytes: int, disk: Disk | None) -> None:
        self._max_bytes = max_bytes
        self._journal = Journal(directory, segment_bytes=max_bytes // _SEGMENTS, disk=disk)

    @property
    def size_bytes(self) -> int:
        """Bytes of the quarantine's files."""
        return self._journal.size_bytes

    def keep(self, rejected: Rejected) -> None:
        """Keep a copy, at the cost of the oldest ones, where it fits at all."""
        reason = rejected.reason.encode()[:_MAX_REASON_BYTES]
        payload = _START.pack(rejected.seq, len(reason)) + reason + rejected.report
        need_bytes = HEADER_BYTES + RECORD_OVERHEAD_BYTES + len(payload)
        if need_bytes + HEADER_BYTES > self._max_bytes:
            return
        with suppress(JournalFull):
            while self._journal.size_bytes + need_bytes > self._max_bytes:
                if not self._journal.drop_before(self._journal.segments()[0][1]):
                    return
            self._journal.append(payload)
            self._journal.sync()

    def read(self) -> Iterator[Rejected]:
        """Yield the copies that are left, oldest first."""
        for _, payload in self._journal.read():
            yield decode(payload)

    def close(self) -> None:
        """Release the files."""
        self._journal.close()


def decode(payload: bytes) -> Rejected:
    """Return the refused report of one record."""
    seq, reason_bytes = _START.unpack_from(payload)
    report_at = _START.size + reason_bytes
    reason = payload[_START.size : report_at].decode(errors="replace")
    return Rejected(seq, reason, payload[report_at:])
