"""What was so of one thing over time, as a strip of bars: higher is worse. Pure.

1. A column of the strip shows the worst that was so within it, so that no short fault is lost.
2. What nobody measured is no bar but a dashed line; what does not count is a low bar.
3. How long each was so is summed up exactly, beside the strip, in words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from collector.pages.shown import lasted
from collector.verdict.outages.availability import Counted, counted
from collector.verdict.spans import Span
from collector.verdict.wording import percent

COLUMNS: Final = 720
HEIGHT: Final = 40
DAY_SECONDS: Final = 86_400
_PARTS: Final = 4
"""Labels below the strip divide it into so many parts."""


class Kind(IntEnum):
    """What a moment shows, the worst last."""

    UP = 0
    EXCLUDED = 1
    UNMEASURED = 2
    DEGRADED = 3
    DOWN = 4


WORDS: Final = {
    Kind.UP: "hoạt động",
    Kind.DEGRADED: "suy giảm",
    Kind.DOWN: "mất kết nối hoặc không tới được",
    Kind.EXCLUDED: "loại trừ (bảo trì, cắt điện báo trước, được miễn)",
    Kind.UNMEASURED: "không đo được",
}
_SHORT: Final = {
    Kind.DOWN: "mất kết nối",
    Kind.DEGRADED: "suy giảm",
    Kind.UNMEASURED: "không đo được",
    Kind.EXCLUDED: "loại trừ",
    Kind.UP: "hoạt động",
}
_HEIGHTS: Final = {Kind.UP: 16, Kind.EXCLUDED: 6, Kind.UNMEASURED: 0, Kind.DEGRADED: 28}
_KINDS: Final = {
    Counted.UP: Kind.UP,
    Counted.DOWN: Kind.DOWN,
    Counted.EXCLUDED: Kind.EXCLUDED,
    Counted.UNMEASURED: Kind.UNMEASURED,
}
_DEGRADED: Final = "degraded"


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of the strip, in units of its view box; `tone` is the kind as a class of the sheet."""

    tone: str
    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Strip:
    """All that is printed: `title` and `summary` say in words what the bars show.

    `labels` stand evenly below it, the first at its left edge.
    """

    title: str
    summary: str
    bars: tuple[Bar, ...]
    labels: tuple[str, ...]


def strip(title: str, spans: Sequence[Span], start: float, end: float, zone: str) -> Strip:
    """Return the strip of a time (Unix seconds) from ascending spans of one item.

    Up to two days its labels are times of day, beyond that dates.
    """
    pieces = _pieces(spans, start, end)
    seconds = dict.fromkeys(Kind, 0.0)
    for begin, stop, kind in pieces:
        seconds[kind] += stop - begin
    return Strip(
        title, _summary(seconds), tuple(_bars(pieces, start, end)), _labels(start, end, zone)
    )


Piece = tuple[float, float, Kind]


def _pieces(spans: Sequence[Span], start: float, end: float) -> list[Piece]:
    """Return the time without gaps; of what no span tells nobody knew anything."""
    found: list[Piece] = []
    at = start
    for span, one in zip(spans, counted(spans, end), strict=True):
        begin, stop = max(one.start, at), min(one.end, end)
        if stop <= begin:
            continue
        if begin > at:
            found.append((at, begin, Kind.UNMEASURED))
        kind = Kind.DEGRADED if span.status == _DEGRADED else _KINDS[one.counted]
        found.append((begin, stop, kind))
        at = stop
    if at < end:
        found.append((at, end, Kind.UNMEASURED))
    return found


def _bars(pieces: Sequence[Piece], start: float, end: float) -> list[Bar]:
    scale = COLUMNS / (end - start)
    columns = [Kind.UP] * COLUMNS
    touched = [False] * COLUMNS
    for begin, stop, kind in pieces:
        first = min(int((begin - start) * scale), COLUMNS - 1)
        last = min(max(first, int((stop - start) * scale - 1e-9)), COLUMNS - 1)
        for column in range(first, last + 1):
            if not touched[column] or kind > columns[column]:
                columns[column], touched[column] = kind, True
    bars, x = [], 0
    for kind, run in groupby(columns):
        width = len(list(run))
        height = _HEIGHTS.get(kind, HEIGHT)
        bars.append(Bar(kind.name.lower(), x, HEIGHT - height, width, height))
        x += width
    return bars


def _summary(seconds: dict[Kind, float]) -> str:
    """Return how long each was so, the worst first, and the share of the measured time."""
    parts = [f"{_SHORT[kind]} {lasted(seconds[kind])}" for kind in _SHORT if seconds[kind] >= 1.0]
    up = seconds[Kind.UP] + seconds[Kind.DEGRADED]
    measured = up + seconds[Kind.DOWN]
    share = f"khả dụng {percent(up / measured)}% thời gian đo được; " if measured else ""
    return share + ", ".join(parts)


def _labels(start: float, end: float, zone: str) -> tuple[str, ...]:
    form = "%H:%M" if end - start <= 2 * DAY_SECONDS else "%d/%m"
    step = (end - start) / _PARTS
    return tuple(
        datetime.fromtimestamp(start + number * step, ZoneInfo(zone)).strftime(form)
        for number in range(_PARTS + 1)
    )
