"""Reports of one machine about one target, kept as runs: the form in which evidence is stored.

A run is a row of reports with consecutive numbers that say the same, none so late after the one
before that its silence would have been noticed. Which runs there are depends only on which reports
were taken in, never on their order: a report that arrives late joins, splits nothing, and closes
the gap between two runs once the last missing number is there.
"""

from bisect import bisect_right
from collections.abc import Iterator

import msgspec

from collector.verdict.evidence.facts import Fact, Word, says


class Run(msgspec.Struct, gc=False):
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

    def says(self, fact: Fact) -> bool | None:
        """Return what the reports of this run say of a fact, None for nothing."""
        return says(self.word, fact)


class Track:
    """All runs of one machine about one target, by time."""

    __slots__ = ("runs",)

    def __init__(self, runs: list[Run] | None = None) -> None:
        self.runs = [] if runs is None else runs
        """Ascending by `first_at`."""

    def at(self, at: float) -> Run | None:
        """Return the run that tells what was so at that moment, None if nothing fresh did."""
        index = bisect_right(self.runs, at, key=_first_at) - 1
        if index < 0:
            return None
        run = self.runs[index]
        return run if at <= run.until else None

    def before(self, at: float) -> Iterator[Run]:
        """Yield the runs that began at that moment or before, the newest first."""
        for index in range(bisect_right(self.runs, at, key=_first_at) - 1, -1, -1):
            yield self.runs[index]

    def between(self, start: float, end: float) -> Iterator[Run]:
        """Yield the runs with reports from `start` to `end`, both included, ascending."""
        index = bisect_right(self.runs, start, key=_first_at)
        while index > 0 and self.runs[index - 1].last_at >= start:
            index -= 1
        for run in self.runs[index:]:
            if run.first_at > end:
                return
            if run.last_at >= start:
                yield run


def _first_at(run: Run) -> float:
    return run.first_at
