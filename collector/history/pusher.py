"""Bringing samples to a receiver, each until it is taken or refused for good.

1. What is too old for the receiver's window, or in the future, is not sent and counted.
2. A request holds at most `MAX_SAMPLES` samples; those of a series ascend in time.
3. No answer, 429 and errors of the server: wait, longer every time, and send the same again.
4. A refusal speaks for a request as a whole, though only some of its samples are at fault. It is
   halved by time until what is refused is found. Where age alone decides, the newest is looked at
   first, which finds the limit; else the larger pieces before the smaller. After `MAX_SPLITS`
   requests what is still refused is dropped as it is.
"""

import logging
import math
import random
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

import msgspec

from collector.history.messages import Point, encode_request
from collector.history.receiver import Answer, Pushes
from collector.history.samples import Row

log = logging.getLogger(__name__)

MAX_SAMPLES: Final = 5_000
MAX_SPLITS: Final = 200
AHEAD_SECONDS: Final = 300.0
"""A later time would make a receiver refuse everything of the present."""
FIRST_WAIT_SECONDS: Final = 1.0
MAX_WAIT_SECONDS: Final = 60.0
MAX_RETRY_AFTER_SECONDS: Final = 600.0
TELL_SECONDS: Final = 60.0
"""A refusal that nobody expected is logged once in so long; all are counted."""
_THRESHOLDS: Final = frozenset(("too_old", "out_of_bounds"))
"""Refusals that hold for everything older too, of whatever series."""

Labels: TypeAlias = bytes
Rows: TypeAlias = list[Row[Labels]]


class Counts(msgspec.Struct):
    """What happened since it was last told."""

    pushed: int = 0
    dropped: Counter[str] = msgspec.field(default_factory=Counter)
    failures: int = 0
    gaps: int = 0


class Pusher:
    """Sends rows to one receiver. `wait` sleeps, `wall` is the time (Unix seconds)."""

    def __init__(
        self,
        receiver: Pushes,
        window_seconds: float,
        *,
        wall: Callable[[], float],
        wait: Callable[[float], None],
        max_samples: int = MAX_SAMPLES,
    ) -> None:
        self._receiver = receiver
        self._window_seconds = window_seconds
        self._wall = wall
        self._wait = wait
        self._max_samples = max_samples
        self._told_at = -math.inf
        self.counts = Counts()
        self.is_up = True
        """Whether the receiver answered the last push, be it with a refusal."""

    def deliver(self, rows: Iterable[Row[Labels]]) -> None:
        """Return when every sample was taken, refused for good, or is outside the window."""
        current = sorted(self._within(rows), key=lambda row: row.at_ms)
        for piece in _pieces(current, self._max_samples):
            self._settle(piece)

    def _within(self, rows: Iterable[Row[Labels]]) -> Iterable[Row[Labels]]:
        now = self._wall()
        oldest_ms = (now - self._window_seconds) * 1000
        newest_ms = (now + AHEAD_SECONDS) * 1000
        for row in rows:
            if row.at_ms < oldest_ms:
                self.counts.dropped["too_old"] += len(row.values)
            elif row.at_ms > newest_ms:
                self.counts.dropped["too_new"] += len(row.values)
            elif row.values:
                yield row

    def _settle(self, piece: Rows) -> None:
        """Send a piece; where it is refused, find out by halves what is at fault."""
        waiting, requests = [piece], 0
        is_threshold, threshold_ms, threshold = False, 0, ""
        while waiting:
            waiting.sort(key=_newest_at if is_threshold else _largest)
            rows = waiting.pop()
            if rows[-1].at_ms <= threshold_ms:
                self._drop(rows, threshold, "")
                continue
            answer = self._push(rows)
            requests += 1
            if answer.refused is None:
                self.counts.pushed += _size(rows)
            elif _size(rows) == 1 or requests > MAX_SPLITS:
                self._drop(rows, answer.refused, answer.detail)
                if answer.refused in _THRESHOLDS and _size(rows) == 1:
                    threshold_ms, threshold = rows[0].at_ms, answer.refused
            else:
                is_threshold = answer.refused in _THRESHOLDS
                waiting += _halves(rows)

    def _push(self, rows: Rows) -> Answer:
        """Send the same until there is an answer."""
        body = encode_request(_by_series(rows))
        attempt = 0
        while True:
            answer = self._receiver.push(body, self._wall())
            if not answer.retry:
                self._note_up()
                return answer
            self.counts.failures += 1
            self._note_down(answer.detail)
            self._wait(_wait_seconds(attempt, answer.retry_after_seconds))
            attempt += 1

    def _note_down(self, detail: str) -> None:
        """Say once that the receiver is away: it may be for hours."""
        if self.is_up:
            log.warning("receiver is away; history waits for it", extra={"error": detail})
        self.is_up = False

    def _note_up(self) -> None:
        if not self.is_up:
            log.warning("receiver is back; history catches up")
        self.is_up = True

    def _drop(self, rows: Rows, reason: str, detail: str) -> None:
        self.counts.dropped[reason] += _size(rows)
        now = self._wall()
        if reason == "refused" and not 0 <= now - self._told_at < TELL_SECONDS:
            self._told_at = now
            extra = {"samples": _size(rows), "answer": detail}
            log.warning("samples refused by the receiver; they are dropped", extra=extra)


def _wait_seconds(attempt: int, asked_seconds: float | None) -> float:
    """Return how long to wait: twice as long every time, spread, and as long as was asked for."""
    longest = min(FIRST_WAIT_SECONDS * 2.0 ** min(attempt, 10), MAX_WAIT_SECONDS)
    waited = longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, keeps no secret
    return max(waited, min(asked_seconds or 0.0, MAX_RETRY_AFTER_SECONDS))


def _newest_at(rows: Rows) -> int:
    return rows[-1].at_ms


def _largest(rows: Rows) -> tuple[int, int]:
    return _size(rows), _newest_at(rows)


def _size(rows: Rows) -> int:
    return sum(len(row.values) for row in rows)


def _pieces(rows: Rows, most: int) -> Iterable[Rows]:
    """Cut rows in order of time into pieces of at most `most` samples."""
    piece: Rows = []
    room = most
    for row in rows:
        at = 0
        while at < len(row.values):
            part = Row(row.at_ms, row.series[at : at + room], row.values[at : at + room])
            piece.append(part)
            at += len(part.values)
            room -= len(part.values)
            if not room:
                yield piece
                piece, room = [], most
    if piece:
        yield piece


def _halves(rows: Rows) -> list[Rows]:
    """Cut by time; the samples of one report, which have one time, by their order."""
    if len(rows) > 1:
        return [rows[: len(rows) // 2], rows[len(rows) // 2 :]]
    (row,) = rows
    middle = len(row.values) // 2
    return [
        [Row(row.at_ms, row.series[:middle], row.values[:middle])],
        [Row(row.at_ms, row.series[middle:], row.values[middle:])],
    ]


def _by_series(rows: Rows) -> dict[Labels, list[Point]]:
    """Gather the points of each series in order of time; of one moment the later report counts."""
    found: dict[Labels, list[Point]] = {}
    for at_ms, series, values in rows:
        for labels, value in zip(series, values, strict=True):
            points = found.get(labels)
            if points is None:
                found[labels] = [(at_ms, value)]
            elif points[-1][0] == at_ms:
                points[-1] = (at_ms, value)
            else:
                points.append((at_ms, value))
    return found
