"""Which reports are known: per agent and incarnation the sequence numbers seen, within bounds.

Pure: no clock, no I/O. A report that comes again is a duplicate; the same sequence number with
other bytes is a conflict as long as the first one's digest is remembered, and a duplicate after.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from collector.intake.timing import Moment

MAX_INCARNATIONS = 8
"""Remembered incarnations of one agent; the one not used for longest is forgotten."""
MAX_SPANS = 1_000
"""Remembered spans of one incarnation; beyond it the oldest gap counts as seen."""
DIGESTS = 128
"""Newest sequence numbers whose digests are remembered, a power of two."""


class Known(StrEnum):
    """What is known of a report."""

    NEW = "new"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"


class Spans:
    """A set of positive integers as sorted, disjoint, non-adjacent closed spans."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, last in spans:
            self._firsts.append(first)
            self._lasts.append(last)

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._firsts, number) - 1
        return at >= 0 and number <= self._lasts[at]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._firsts, self._lasts, strict=True)

    def __len__(self) -> int:
        return len(self._firsts)

    @property
    def highest(self) -> int:
        """The largest number, 0 if there is none."""
        return self._lasts[-1] if self._lasts else 0

    def add(self, number: int) -> None:
        """Take the number in; joins spans that now touch."""
        if number in self:
            return
        at = bisect_right(self._firsts, number)
        joins_left = at > 0 and self._lasts[at - 1] == number - 1
        joins_right = at < len(self._firsts) and self._firsts[at] == number + 1
        if joins_left and joins_right:
            self._lasts[at - 1] = self._lasts.pop(at)
            del self._firsts[at]
        elif joins_left:
            self._lasts[at - 1] = number
        elif joins_right:
            self._firsts[at] = number
        else:
            self._firsts.insert(at, number)
            self._lasts.insert(at, number)
            if len(self._firsts) > MAX_SPANS:
                # The oldest gap is the one least likely to be filled by a report still to come.
                del self._firsts[1], self._lasts[0]


class _Incarnation:
    """Sequence numbers seen, a ring of the newest digests indexed by number, the newest time."""

    __slots__ = ("digests", "newest", "seen", "seqs")

    def __init__(self, spans: Iterable[tuple[int, int]] = (), newest: Moment | None = None) -> None:
        self.seen = Spans(spans)
        self.seqs = array("Q")
        self.digests = array("Q")
        self.newest = newest

    def known(self, seq: int, digest: int) -> Known:
        if seq not in self.seen:
            return Known.NEW
        slot = seq % DIGESTS
        if self.seqs and self.seqs[slot] == seq and self.digests[slot] != digest:
            return Known.CONFLICT
        return Known.DUPLICATE

    def remember(self, seq: int, digest: int) -> None:
        self.seen.add(seq)
        if not self.seqs:
            self.seqs = array("Q", bytes(8 * DIGESTS))
            self.digests = array("Q", bytes(8 * DIGESTS))
        slot = seq % DIGESTS
        if seq >= self.seqs[slot]:
            self.seqs[slot] = seq
            self.digests[slot] = digest


class Seen(NamedTuple):
    """What is kept of one incarnation: spans of numbers, the highest whose time is known."""

    spans: Sequence[tuple[int, int]]
    newest: Moment | None = None


class Ledger:
    """What was seen of every agent. `changed` names the agents to be checkpointed."""

    def __init__(self) -> None:
        self._agents: dict[str, dict[str, _Incarnation]] = {}
        self.changed: set[str] = set()

    def known(self, agent: str, incarnation: str, seq: int, digest: int) -> Known:
        """Say what is known of a report; changes nothing."""
        book = self._agents.get(agent, {}).get(incarnation)
        return Known.NEW if book is None else book.known(seq, digest)

    def remember(self, agent: str, incarnation: str, seq: int, digest: int) -> None:
        """Take a report in as seen."""
        books = self._agents.setdefault(agent, {})
        # Taken out and put back: a dict keeps order, so the first is the longest unused.
        book = books.pop(incarnation, None) or _Incarnation()
        books[incarnation] = book
        book.remember(seq, digest)
        if len(books) > MAX_INCARNATIONS:
            del books[next(iter(books))]
        self.changed.add(agent)

    def highest(self, agent: str, incarnation: str) -> int:
        """Return the highest number seen, 0 if there is none."""
        book = self._agents.get(agent, {}).get(incarnation)
        return 0 if book is None else book.seen.highest

    def newest(self, agent: str, incarnation: str) -> Moment | None:
        """Return the highest number whose time is known, None if there is none."""
        book = self._agents.get(agent, {}).get(incarnation)
        return None if book is None else book.newest

    def note_time(self, agent: str, incarnation: str, moment: Moment) -> None:
        """Take in when a report was made that is seen; the highest number stays."""
        book = self._agents.get(agent, {}).get(incarnation)
        if book is not None and (book.newest is None or moment.seq > book.newest.seq):
            book.newest = moment

    def restore(
        self,
        agent: str,
        incarnation: str,
        spans: Iterable[tuple[int, int]],
        newest: Moment | None = None,
    ) -> None:
        """Put back one incarnation of a checkpoint; call in order of last use."""
        self._agents.setdefault(agent, {})[incarnation] = _Incarnation(spans, newest)

    def spans(self, agent: str) -> dict[str, list[tuple[int, int]]]:
        """Return spans by incarnation, the longest unused first."""
        books = self._agents.get(agent, {})
        return {incarnation: list(book.seen) for incarnation, book in books.items()}

    def seen(self, agent: str) -> dict[str, Seen]:
        """Return what a checkpoint keeps, by incarnation, the longest unused first."""
        books = self._agents.get(agent, {})
        return {
            incarnation: Seen(list(book.seen), book.newest) for incarnation, book in books.items()
        }
