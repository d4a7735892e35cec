"""Reports of one machine about one target, kept as runs: the form in which evidence is stored.

A run is a row of reports with consecutive numbers that say the same, none so late after the one
before that its silence would have been noticed. Which runs there are depends only on which reports
were taken in, never on their order: a report that arrives late joins, splits nothing, and closes
the gap between two runs once the last missing number is there.

Two exceptions, both beyond anything honest: of a track with more than `MAX_RUNS` runs the oldest
go, and what is older than all evidence is kept (`Track.expire`) comes back if it is reported again.
"""

import math
import sys
from bisect import bisect_right, insort
from collections.abc import Iterator
from typing import Final

import msgspec

from collector.verdict.evidence.facts import Fact, Word, says

MAX_RUNS: Final = 4_000
"""Of one track; 100 changes a day for 40 days. Bounds what a flapping fact costs."""

_WORDS: Final[dict[Word, Word]] = {}
"""One object for each word, however many runs have it: there are few, and many runs."""

RunKey = tuple[str, int]
"""Incarnation and first number: which run of its track this is."""


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

    @property
    def key(self) -> RunKey:
        """Which run of its track this is."""
        return self.incarnation, self.first_seq

    def says(self, fact: Fact) -> bool | None:
        """Return what the reports of this run say of a fact, None for nothing."""
        return says(self.word, fact)


def shared_word(word: Word) -> Word:
    """Return the one object of that value."""
    return _WORDS.setdefault(word, word)


class Track:
    """All runs of one machine about one target, by time."""

    __slots__ = ("_is_ordered", "_unsaved", "runs")

    def __init__(self, runs: list[Run] | None = None) -> None:
        """Take over runs that were saved, in any order."""
        self.runs = sorted(runs or (), key=_place_of)
        """Ascending by `first_at`; at the same moment by incarnation and number."""
        self._unsaved: dict[RunKey, Run | None] | None = None
        self._is_ordered = _is_ordered(self.runs)
        # Whether within every incarnation the runs ascend by number too. A clock that was timed
        # wrong may break that; then neighbours are searched among all.

    def add(
        self,
        incarnation: str,
        seq: int,
        measured_at: float,
        until: float,
        word: Word,
        *,
        received_at: float,
    ) -> float:
        """Take in a report; return from when on that may change what was judged.

        That is infinity for a report that was known, and for one that came while the newest run
        told the present and only lets it go on.
        """
        if self.runs and self._is_ordered:
            newest = self.runs[-1]
            if (
                seq == newest.last_seq + 1
                and word == newest.word
                and measured_at <= newest.until
                and incarnation == newest.incarnation
            ):
                is_known = received_at <= newest.until
                newest.last_seq, newest.last_at, newest.until = seq, measured_at, until
                return math.inf if is_known else measured_at
        left, right = self._neighbours(incarnation, seq, measured_at)
        if left is not None and seq <= left.last_seq:
            return math.inf
        shared = shared_word(word)
        run = Run(sys.intern(incarnation), seq, seq, measured_at, measured_at, until, shared)
        return self._place(left, run, right)

    def at(self, at: float) -> Run | None:
        """Return the run that tells what was so at that moment, None if nothing fresh did."""
        runs = self.runs
        if runs and (newest := runs[-1]).first_at <= at:
            return newest if at <= newest.until else None
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

    def expire(self, before: float) -> bool:
        """Drop the oldest runs as far as they ended before that moment; tell whether any was."""
        ended = 0
        while ended < len(self.runs) and self.runs[ended].until < before:
            ended += 1
        for run in self.runs[:ended]:
            self._note(run.key, None)
        del self.runs[:ended]
        return ended > 0

    def clear(self) -> None:
        """Drop all runs."""
        self.expire(math.inf)

    def take_unsaved(self) -> dict[RunKey, Run | None]:
        """Return what happened to runs since the last call, as they are now; None: gone.

        That the newest run went on is not among it.
        """
        unsaved, self._unsaved = self._unsaved, None
        return unsaved or {}

    def _neighbours(
        self, incarnation: str, seq: int, measured_at: float
    ) -> tuple[Run | None, Run | None]:
        """Return the runs of that incarnation that begin at that number or before, and after."""
        runs = self.runs
        if not self._is_ordered:
            return _among(runs, incarnation, seq)
        left = right = None
        hint = bisect_right(runs, measured_at, key=_first_at)
        for index in range(hint, len(runs)):
            run = runs[index]
            if run.incarnation == incarnation:
                if run.first_seq > seq:
                    right = run
                    break
                left = run
        if left is not None:
            return left, right
        for index in range(hint - 1, -1, -1):
            run = runs[index]
            if run.incarnation == incarnation:
                if run.first_seq <= seq:
                    return run, right
                right = run
        return None, right

    def _place(self, left: Run | None, run: Run, right: Run | None) -> float:
        """Join one new report with its neighbours by number where they fit."""
        joins_left = left is not None and _fit(left, run)
        joins_right = right is not None and _fit(run, right)
        newest = self.runs[-1] if self.runs else None
        touched_at = run.first_at
        if right is not None and joins_right:
            touched_at = min(touched_at, right.first_at)
            self._remove(right)
            run.last_seq, run.last_at, run.until = right.last_seq, right.last_at, right.until
        if left is not None and joins_left:
            if not self._is_ordered:
                touched_at = min(touched_at, left.last_at)
            left.last_seq, left.last_at, left.until = run.last_seq, run.last_at, run.until
            self._note(left.key, left)
        else:
            insort(self.runs, run, key=_place_of)
            self._note(run.key, run)
            if (left is not None and left.first_at > run.first_at) or (
                right is not None and right.first_at < run.first_at
            ):
                self._is_ordered = False
        if (
            newest is not None
            and newest is not self.runs[-1]
            and not (joins_right and newest is right)
        ):
            self._note(newest.key, newest)  # How far it went on was not saved with it so far.
        if len(self.runs) > MAX_RUNS:
            self._remove(self.runs[0])
        return touched_at

    def _remove(self, run: Run) -> None:
        index = bisect_right(self.runs, _place_of(run), key=_place_of) - 1
        del self.runs[index]
        self._note(run.key, None)

    def _note(self, key: RunKey, run: Run | None) -> None:
        if self._unsaved is None:
            self._unsaved = {}
        self._unsaved[key] = run


def _first_at(run: Run) -> float:
    return run.first_at


def _first_seq(run: Run) -> int:
    return run.first_seq


def _place_of(run: Run) -> tuple[float, str, int]:
    return run.first_at, run.incarnation, run.first_seq


def _among(runs: list[Run], incarnation: str, seq: int) -> tuple[Run | None, Run | None]:
    """Return the neighbours of a number among runs in any order."""
    same = [run for run in runs if run.incarnation == incarnation]
    return (
        max((run for run in same if run.first_seq <= seq), key=_first_seq, default=None),
        min((run for run in same if run.first_seq > seq), key=_first_seq, default=None),
    )


def _fit(earlier: Run, later: Run) -> bool:
    """Whether two runs of one incarnation are one: nothing between, and nobody saw a silence."""
    return (
        earlier.last_seq + 1 == later.first_seq
        and earlier.word == later.word
        and later.first_at <= earlier.until
    )


def _is_ordered(runs: list[Run]) -> bool:
    """Whether runs that ascend by time ascend by number within every incarnation."""
    highest: dict[str, int] = {}
    for run in runs:
        if highest.get(run.incarnation, 0) > run.first_seq:
            return False
        highest[run.incarnation] = run.first_seq
    return True
