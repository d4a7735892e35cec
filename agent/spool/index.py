"""Which reports wait in the spool, as columns: 28 bytes a report, whatever the backlog.

Pure memory: no file, no clock. `seq`s ascend, and so do the positions in the journal.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Ranges = list[tuple[int, int]]


class WaitingIndex:
    """Reports in the order of their seq: position, length in bytes and age stamp of each."""

    def __init__(self) -> None:
        self.seqs = array("Q")
        self.positions = array("Q")
        self.lengths = array("I")
        self.stamps = array("d")
        self.total_bytes = 0

    def __len__(self) -> int:
        return len(self.seqs)

    def add(self, seq: int, position: int, length: int, stamp: float) -> None:
        """Add the newest report; the same seq again replaces what was said of it."""
        if self.seqs and self.seqs[-1] == seq:
            self.remove([(seq, seq)])
        self.seqs.append(seq)
        self.positions.append(position)
        self.lengths.append(length)
        self.stamps.append(stamp)
        self.total_bytes += length

    def remove(self, ranges: Ranges) -> int:
        """Remove every report inside `ranges` of seqs, ends included; return how many."""
        removed = 0
        for first, last in ranges:
            start, stop = bisect_left(self.seqs, first), bisect_left(self.seqs, last + 1)
            self.total_bytes -= sum(self.lengths[start:stop])
            for column in (self.seqs, self.positions, self.lengths, self.stamps):
                del column[start:stop]
            removed += stop - start
        return removed

    def ranges_of(self, seqs: Iterable[int]) -> Ranges:
        """Return ranges that cover those of `seqs` that wait, and no other waiting report."""
        ranges: Ranges = []
        previous = -2
        for at in sorted({at for seq in seqs if (at := self.place_of(seq)) is not None}):
            first = ranges.pop()[0] if at == previous + 1 else self.seqs[at]
            ranges.append((first, self.seqs[at]))
            previous = at
        return ranges

    def oldest_ranges(self, count: int) -> Ranges:
        """Return the range of the `count` oldest waiting reports."""
        return [(self.seqs[0], self.seqs[count - 1])] if count else []

    def all_runs(self) -> Ranges:
        """Return the runs of consecutive seqs that wait: no other seq lies inside them."""
        runs: Ranges = []
        for seq in self.seqs:
            if runs and runs[-1][1] + 1 == seq:
                runs[-1] = (runs[-1][0], seq)
            else:
                runs.append((seq, seq))
        return runs

    def place_of(self, seq: int) -> int | None:
        """Return the place of `seq` among the waiting reports, None where it does not wait."""
        at = bisect_left(self.seqs, seq)
        return at if at < len(self.seqs) and self.seqs[at] == seq else None

    def count_stamps_before(self, stamp: float) -> int:
        """Return how many waiting reports are older than `stamp`."""
        return bisect_left(self.stamps, stamp)

    def count_positions_before(self, position: int) -> int:
        """Return how many waiting reports lie before `position` of the journal."""
        return bisect_left(self.positions, position)


def merged(ranges: Ranges) -> Ranges:
    """Return the same seqs as ascending, disjoint ranges, for `is_inside`."""
    joined: Ranges = []
    for first, last in sorted(ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined


def is_inside(seq: int, ranges: Ranges) -> bool:
    """Say whether `seq` lies inside one of the ascending, disjoint `ranges`."""
    at = bisect_right(ranges, seq, key=lambda span: span[0]) - 1
    return at >= 0 and seq <= ranges[at][1]
