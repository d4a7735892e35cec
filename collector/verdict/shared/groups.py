"""Silences that began about together. Pure."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from collector.verdict.shared.records import Silence

MIN_WINDOW_SECONDS: Final = 120.0
"""Everything of a site vanishes within two minutes (domain.md §5); sites are no faster."""
WINDOW_INTERVALS: Final = 2
"""Agents report in turn within an interval, so one cut is noticed over a whole one; and again one
for what a report is late."""
SPAN_WINDOWS: Final = 2
"""A group lasts no longer than this many windows: company by company it could creep on for ever."""


def window_seconds(interval_seconds: float) -> float:
    """Return how far apart two sites may fall silent and still have done so together."""
    return max(MIN_WINDOW_SECONDS, WINDOW_INTERVALS * interval_seconds)


def together(silences: Sequence[Silence], window_seconds: float) -> list[Sequence[Silence]]:
    """Part the silences, which ascend by onset, into groups that began together.

    The nearest join first: neighbours in time become one group, in the order of the gaps between
    them, unless the gap is wider than the window or the group would last longer than two. So a
    bound cuts where the gap is widest, never through a burst, whatever came before it.
    """
    starts = list(range(len(silences)))
    ends = list(range(len(silences)))
    gaps = [later.onset - earlier.onset for earlier, later in pairwise(silences)]
    for index in sorted(range(len(gaps)), key=gaps.__getitem__):
        if gaps[index] > window_seconds:
            break
        start, end = starts[index], ends[index + 1]
        if silences[end].onset - silences[start].onset <= SPAN_WINDOWS * window_seconds:
            starts[end], ends[start] = start, end
    groups: list[Sequence[Silence]] = []
    start = 0
    while start < len(silences):
        groups.append(silences[start : ends[start] + 1])
        start = ends[start] + 1
    return groups
