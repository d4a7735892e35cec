"""Reports of one machine about one target, kept as runs: the form in which evidence is stored.

A run is a row of reports with consecutive numbers that say the same, none so late after the one
before that its silence would have been noticed. Which runs there are depends only on which reports
were taken in, never on their order: a report that arrives late joins, splits nothing, and closes
the gap between two runs once the last missing number is there.

Two exceptions, both beyond anything honest: of a track with more than `MAX_RUNS` runs the oldest
go, and what is older than all evidence is kept (`Track.expire`) comes back if it is reported again.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, overload

from collector.verdict.evidence.facts import Word
from collector.verdict.evidence.packed import Packed, Run, RunKey, place_of

__all__ = ["MAX_RUNS", "Run", "RunKey", "Runs", "Track"]

MAX_RUNS: Final = 4_000
"""Of one track; 100 changes a day for 40 days. Bounds what a flapping fact costs."""


class Track:
    """All runs of one machine about one target, by time: ascending by `first_at`.

    Those that began at the same moment stand by incarnation and number.
    """

    __slots__ = ("_is_ordered", "_older", "_unsaved", "newest")

    def __init__(self, runs: Iterable[Run] = ()) -> None:
        """Take over runs that were saved, in any order."""
        self.newest: Run | None = None
        """The last one by time; it goes on as reports come."""
        self._unsaved: dict[RunKey, Run | None] | None = None
        in_order = sorted(runs, key=place_of)
        self._is_ordered = _is_ordered(in_order)
        # Whether within every incarnation the runs ascend by number too. A clock that was timed
        # wrong may break that; then neighbours are searched among all.
        if in_order:
            self.newest = in_order.pop()
        self._older = Packed(in_order)

    @property
    def runs(self) -> "Runs":
        """All runs, each made when it is asked for."""
        return Runs(self)

    @property
    def count(self) -> int:
        """How many runs there are."""
        return len(self._older) + (self.newest is not None)

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
        newest = self.newest
        if (
            newest is not None
            and seq == newest.last_seq + 1
            and word == newest.word
            and measured_at <= newest.until
            and incarnation == newest.incarnation
            and self._is_ordered
        ):
            # A report that is timed before the one before it takes back how long that told.
            is_known = received_at <= newest.until <= until
            newest.last_seq, newest.last_at, newest.until = seq, measured_at, until
            return math.inf if is_known else measured_at
        left, right = self._neighbours(incarnation, seq, measured_at)
        if left is not None and seq <= left.last_seq:
            return math.inf
        run = Run(incarnation, seq, seq, measured_at, measured_at, until, word)
        return self._join(left, run, right)

    def at(self, at: float) -> Run | None:
        """Return the run that tells what was so at that moment, None if nothing fresh did."""
        run = self.newest
        if run is None:
            return None
        if at < run.first_at:
            index = self._older.after(at) - 1
            if index < 0:
                return None
            run = self._older[index]
        return run if at <= run.until else None

    def before(self, at: float) -> Iterator[Run]:
        """Yield the runs that began at that moment or before, the newest first."""
        newest = self.newest
        if newest is not None and newest.first_at <= at:
            yield newest
        older = self._older
        for index in range(older.after(at) - 1, -1, -1):
            yield older[index]

    def between(self, start: float, end: float) -> Iterator[Run]:
        """Yield the runs with reports from `start` to `end`, both included, ascending."""
        index = self._after(start)
        while index > 0 and self.nth(index - 1).last_at >= start:
            index -= 1
        for later in range(index, self.count):
            run = self.nth(later)
            if run.first_at > end:
                return
            if run.last_at >= start:
                yield run

    def expire(self, before: float, *, but_newest: bool = False) -> bool:
        """Drop the oldest runs as far as they ended before that moment; tell whether any was.

        The newest stays if it shall.
        """
        ended, count = 0, self.count - but_newest
        while ended < count and self.nth(ended).until < before:
            self._note(self.nth(ended), is_gone=True)
            ended += 1
        if ended == self.count:
            self.newest = None
        self._older.delete(0, ended)
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

    def nth(self, index: int) -> Run:
        """Return a run by its place, from 0 to `count - 1`."""
        if index < len(self._older):
            return self._older[index]
        assert self.newest is not None  # noqa: S101 - tells mypy
        return self.newest

    def _after(self, at: float) -> int:
        """Return the place of the first run that began after that moment."""
        if self.newest is not None and self.newest.first_at <= at:
            return self.count
        return self._older.after(at)

    def _neighbours(
        self, incarnation: str, seq: int, measured_at: float
    ) -> tuple[Run | None, Run | None]:
        """Return the runs of that incarnation that begin at that number or before, and after."""
        if not self._is_ordered:
            return _among(list(self.runs), incarnation, seq)
        left = right = None
        hint = self._after(measured_at)
        for index in range(hint, self.count):
            run = self.nth(index)
            if run.incarnation == incarnation:
                if run.first_seq > seq:
                    right = run
                    break
                left = run
        if left is not None:
            return left, right
        for index in range(hint - 1, -1, -1):
            run = self.nth(index)
            if run.incarnation == incarnation:
                if run.first_seq <= seq:
                    return run, right
                right = run
        return None, right

    def _join(self, left: Run | None, run: Run, right: Run | None) -> float:
        """Join one new report with its neighbours by number where they fit."""
        touched_at = run.first_at
        if right is not None and right.first_at < run.first_at:
            # Even if they join: the run then begins later than others after it may.
            self._is_ordered = False
        if right is not None and _fit(run, right):
            touched_at = min(touched_at, right.first_at)
            self._remove(right)
            run.last_seq, run.last_at, run.until = right.last_seq, right.last_at, right.until
        if left is not None and _fit(left, run):
            if not self._is_ordered:
                touched_at = min(touched_at, left.last_at)
            self._remove(left)
            run.first_seq, run.first_at = left.first_seq, left.first_at
        elif left is not None and left.first_at > run.first_at:
            self._is_ordered = False
        self._insert(run)
        if self.count > MAX_RUNS:
            self._remove(self.nth(0))
        return touched_at

    def _insert(self, run: Run) -> None:
        self._note(run)
        newest = self.newest
        if newest is None:
            self.newest = run
            return
        if place_of(run) > place_of(newest):
            self._note(newest)  # How far it went on was not saved with it so far.
            self.newest, run = run, newest
        self._older.insert(self._older.index(run), run)

    def _remove(self, run: Run) -> None:
        self._note(run, is_gone=True)
        older = self._older
        index = older.index(run)
        if index == len(older):
            index -= 1
            self.newest = older[index] if index >= 0 else None
        if index >= 0:
            older.delete(index, index + 1)

    def _note(self, run: Run, *, is_gone: bool = False) -> None:
        if self._unsaved is None:
            self._unsaved = {}
        self._unsaved[run.key] = None if is_gone else run


class Runs(Sequence[Run]):
    """The runs of a track as a sequence."""

    def __init__(self, track: Track) -> None:
        self._track = track

    def __len__(self) -> int:
        return self._track.count

    @overload
    def __getitem__(self, index: int) -> Run: ...

    @overload
    def __getitem__(self, index: slice) -> list[Run]: ...

    def __getitem__(self, index: int | slice) -> Run | list[Run]:
        places = range(self._track.count)
        if isinstance(index, slice):
            return [self._track.nth(place) for place in places[index]]
        return self._track.nth(places[index])


def _first_seq(run: Run) -> int:
    return run.first_seq


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
