"""One run, and many of them in little room. How runs come about: `collector.verdict.evidence.runs`.

A province has millions of runs: packed they take 56 bytes each, and a `Run` is made when it is
asked for.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from struct import Struct
from typing import Final

import msgspec

from collector.verdict.evidence.facts import Fact, Word, says

RunKey = tuple[str, int]
"""Incarnation and first number: which run of its track this is."""

_ROW: Final = Struct("<QQQddQ")
"""Of a run: incarnation (16 hexadecimal digits), numbers, `last_at`, `until`, word."""


class Run(msgspec.Struct, array_like=True, gc=False):
    """Consecutive reports that say the same. Times are Unix seconds.

    `first_at` and `last_at` are when the first and the last of them were measured, `until` is how
    long the last one tells the present, if no other follows.
    """

    incarnation: str
    first_seq: int
    last_seq: int
    first_at: float
    last_at: float
    until: float
    word: Word

    @property
    def key(self) -> RunKey:
        """Which run of its track this is."""
        return self.incarnation, self.first_seq

    def says(self, fact: Fact) -> bool | None:
        """Return what the reports of this run say of a fact, None for nothing."""
        return says(self.word, fact)


class Packed:
    """Runs in the order of `place_of`."""

    __slots__ = ("_rows", "_starts")

    def __init__(self, runs: Iterable[Run]) -> None:
        """Take over runs that are in order."""
        self._starts = array("d")
        self._rows = bytearray()
        for run in runs:
            self._starts.append(run.first_at)
            self._rows += _row(run)

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, index: int) -> Run:
        columns = _ROW.unpack_from(self._rows, index * _ROW.size)
        incarnation, first_seq, last_seq, last_at, until, word = columns
        first_at = self._starts[index]
        return Run(f"{incarnation:016x}", first_seq, last_seq, first_at, last_at, until, word)

    def after(self, at: float) -> int:
        """Return the place of the first run that began after that moment."""
        return bisect_right(self._starts, at)

    def index(self, run: Run) -> int:
        """Return the place of a run, or where it belongs."""
        index = bisect_left(self._starts, run.first_at)
        while index < len(self._starts) and place_of(self[index]) < place_of(run):
            index += 1
        return index

    def insert(self, index: int, run: Run) -> None:
        """Put a run where it belongs."""
        self._starts.insert(index, run.first_at)
        self._rows[index * _ROW.size : index * _ROW.size] = _row(run)

    def delete(self, first: int, end: int) -> None:
        """Drop the runs from `first` up to `end`."""
        del self._starts[first:end]
        del self._rows[first * _ROW.size : end * _ROW.size]


def place_of(run: Run) -> tuple[float, str, int]:
    """Return what runs are ordered by: those that began at the same moment by their numbers."""
    return run.first_at, run.incarnation, run.first_seq


def _row(run: Run) -> bytes:
    incarnation = int(run.incarnation, 16)
    return _ROW.pack(incarnation, run.first_seq, run.last_seq, run.last_at, run.until, run.word)
