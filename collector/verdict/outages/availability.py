"""How many seconds something was up, down, excluded or unmeasured. Pure; times are Unix seconds.

Edges are rounded to whole seconds before anything is counted, so every second is in exactly one of
them and the sum is exact.
"""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from itertools import pairwise
from typing import Final

import msgspec

from collector.verdict.spans import Span

_MINUTE: Final = 60


class Counted(IntEnum):
    """What an expected moment counts as: the field of `Figures` at that place."""

    UP = 0
    DOWN = 1
    EXCLUDED = 2
    """Not expected, or nobody's fault who is asked about."""
    UNMEASURED = 3
    """Nobody could look, or nothing is known."""
    UNDETERMINED = 4
    """Down, and nobody knows yet whether the carrier has to answer for it."""


class Figures(msgspec.Struct, frozen=True):
    """Seconds of one period; all together they are the period."""

    up_seconds: int = 0
    down_seconds: int = 0
    excluded_seconds: int = 0
    unmeasured_seconds: int = 0
    undetermined_seconds: int = 0

    def __add__(self, other: "Figures") -> "Figures":
        return Figures(
            *(getattr(self, name) + getattr(other, name) for name in self.__struct_fields__)
        )

    @property
    def total_seconds(self) -> int:
        """The whole period."""
        return sum(getattr(self, name) for name in self.__struct_fields__)

    @property
    def availability(self) -> float | None:
        """The share of the measured time in which it was up (0-1), None if there is none."""
        return _share(self.up_seconds, self.up_seconds + self.down_seconds)

    @property
    def measured_share(self) -> float | None:
        """The share of the expected time that was measured (0-1), None if there is none."""
        measured = self.up_seconds + self.down_seconds
        return _share(measured, measured + self.unmeasured_seconds)

    def minutes(self) -> tuple[int, ...]:
        """Return the fields in whole minutes whose sum is that of the period, rounded.

        The minutes that rounding down leaves over go where the largest parts were cut off.
        """
        seconds = [getattr(self, name) for name in self.__struct_fields__]
        minutes = [one // _MINUTE for one in seconds]
        left = round(sum(seconds) / _MINUTE) - sum(minutes)
        by_rest = sorted(range(len(seconds)), key=lambda index: -(seconds[index] % _MINUTE))
        for index in by_rest[:left]:
            minutes[index] += 1
        return tuple(minutes)


class Stretch(msgspec.Struct, frozen=True):
    """A time, in whole seconds, in which something was expected or not, and of which unit it was.

    `unit` "" is of none.
    """

    start: int
    end: int
    is_expected: bool
    unit: str = ""


class Counting(msgspec.Struct, frozen=True):
    """What a time counts as."""

    start: float
    end: float
    counted: Counted


_COUNTED: Final = {
    "up": Counted.UP,
    "degraded": Counted.UP,
    "down": Counted.DOWN,
    "unreachable": Counted.DOWN,
    "maintenance": Counted.EXCLUDED,
    "exempt": Counted.EXCLUDED,
    "off_hours": Counted.EXCLUDED,
}
"""By status; every other one says that nobody looked."""

_CARRIERS_OWN: Final = frozenset({"link", "carrier"})
_UNDETERMINED: Final = "undetermined"


class Confirmed(msgspec.Struct, frozen=True):
    """An operator said what the cause of an outage was."""

    start: float
    end: float
    cause: str


def counted(spans: Iterable[Span], until: float) -> list[Counting]:
    """Return what the time of an item counts as, as its users see it."""
    return [
        Counting(one.start, _end(one, until), _COUNTED.get(one.status, Counted.UNMEASURED))
        for one in spans
    ]


def charged(
    link: Iterable[Span], site: Sequence[Span], confirmed: Sequence[Confirmed], until: float
) -> list[Counting]:
    """Return what the time of a link counts as between the province and its carrier.

    While it is down the cause decides: what an operator said, else the link's own, else its
    site's. Link and carrier are charged; what is undetermined is kept apart; the rest is excluded.
    """
    found: list[Counting] = []
    for span in link:
        end = _end(span, until)
        kind = _COUNTED.get(span.status, Counted.UNMEASURED)
        if kind is not Counted.DOWN:
            found.append(Counting(span.start, end, kind))
            continue
        edges = {span.start, end}
        others: list[Span | Confirmed] = [*site, *confirmed]
        for other in others:
            edges |= {edge for edge in (other.start, _end(other, until)) if span.start < edge < end}
        for start, stop in pairwise(sorted(edges)):
            cause = (
                next((one.cause for one in confirmed if one.start <= start < one.end), None)
                or span.cause
                or next((one.cause for one in site if one.start <= start < _end(one, until)), None)
                or _UNDETERMINED
            )
            found.append(Counting(start, stop, _by_cause(cause)))
    return found


def _by_cause(cause: str) -> Counted:
    if cause in _CARRIERS_OWN:
        return Counted.DOWN
    return Counted.UNDETERMINED if cause == _UNDETERMINED else Counted.EXCLUDED


def figures(stretches: Iterable[Stretch], times: Iterable[Counting]) -> dict[str, Figures]:
    """Return the figures by unit; both are ascending and without overlap."""
    known = [
        (start, end, int(time.counted))
        for time in times
        if (start := round(time.start)) < (end := round(time.end))
    ]
    seconds: dict[str, list[int]] = {}
    index, count = 0, len(known)
    for stretch in stretches:
        of_unit = seconds.get(stretch.unit)
        if of_unit is None:
            of_unit = seconds[stretch.unit] = [0] * len(Counted)
        at, stop = stretch.start, stretch.end
        if not stretch.is_expected:
            of_unit[Counted.EXCLUDED] += stop - at
            continue
        while index < count and known[index][1] <= at:
            index += 1
        position = index
        while position < count and known[position][0] < stop:
            start, end, place = known[position]
            start, end = max(start, at), min(end, stop)
            of_unit[Counted.UNMEASURED] += start - at
            of_unit[place] += end - start
            at = end
            position += 1
        of_unit[Counted.UNMEASURED] += stop - at
    return {unit: Figures(*of_unit) for unit, of_unit in seconds.items()}


def _end(one: Span | Confirmed, until: float) -> float:
    return until if one.end is None else min(one.end, until)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
