"""How the invited points of conferences stand at this moment, for pages, metrics and sweeps.

Used from the event loop; does no I/O. Only conferences of the last and the next day are judged all
the time; any other is judged when somebody looks at it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import msgspec

from collector.maintenance.records import Entry
from collector.readiness.book import Book
from collector.readiness.judge import judge
from collector.readiness.meetings import meetings
from collector.readiness.records import (
    STATE_CODES,
    Judged,
    Meeting,
    PointState,
    Room,
    SweepResult,
)
from collector.readiness.sight import Sight
from collector.readiness.sweeps import Sweep
from collector.readiness.wording import sentence
from inventory.model import Inventory, site_id

NEAR_SECONDS: Final = 86_400.0
"""Conferences so long ahead, or over, have series."""
FIXABLE_MINUTES: Final = (60.0, 10.0)
"""Between these minutes before the start there is time to repair, and need to."""
LEAST_SECONDS: Final = 5.0
"""Points are judged no more often for the metrics."""

Rows = Mapping[tuple[str, ...], float]


class Standing(msgspec.Struct, frozen=True):
    """A conference with how its points stand, as of `at`."""

    meeting: Meeting
    points: tuple[Judged, ...]
    at: float

    def counts(self) -> Mapping[PointState, int]:
        """Return how many points there are of every state."""
        found = Counter(one.state for one in self.points)
        return {state: found[state] for state in PointState}


class Board:
    """Judges conferences by what `look` shows at that moment."""

    def __init__(
        self,
        look: Callable[[float, Iterable[Entry]], Sight],
        inventory: Callable[[], Inventory],
        planned: Callable[[], Iterable[Entry]],
        *,
        needs_room: bool,
    ) -> None:
        self._look = look
        self._inventory = inventory
        self._planned = planned
        self._needs_room = needs_room
        self._rows: Mapping[str, Rows] = {}
        self._shown_at = float("-inf")

    def meetings(self, book: Book) -> Mapping[str, Meeting]:
        """Return all conferences by id, by their start."""
        return meetings(self._inventory(), book.meetings)

    def stand(self, meeting: Meeting, book: Book, now: float) -> Standing:
        """Return how the points of a conference stand."""
        return self._stand(self._look(now, self._planned()), meeting, book, now)

    def _stand(self, sight: Sight, meeting: Meeting, book: Book, now: float) -> Standing:
        rooms: Mapping[str, Room] = book.rooms.get(meeting.id, {})
        points = judge(sight, meeting, rooms, room_is_needed=self._needs_room)
        return Standing(meeting, points, now)

    def sweep(self, sweep: Sweep, meeting: Meeting, book: Book, now: float) -> list[SweepResult]:
        """Return what a sweep finds now, with its reasons in Vietnamese."""
        zone = self._inventory().province.timezone
        return [
            SweepResult(
                sweep.name,
                now,
                one.point,
                one.state,
                " ".join(sentence(reason, "vi", zone) for reason in one.main_reasons),
            )
            for one in self.stand(meeting, book, now).points
        ]

    def rows(self, book: Book, now: float) -> Mapping[str, Rows]:
        """Return the series of conferences that are near, by metric; judged every 5 s at most."""
        if 0 <= now - self._shown_at < LEAST_SECONDS:
            return self._rows
        self._shown_at = now
        near = [one for one in self.meetings(book).values() if _is_near(one, now)]
        if near:
            sight = self._look(now, self._planned())
            self._rows = rows_of([self._stand(sight, one, book, now) for one in near], now)
        else:
            self._rows = rows_of((), now)
        return self._rows


def _is_near(meeting: Meeting, now: float) -> bool:
    is_in_time = meeting.starts_at - NEAR_SECONDS <= now <= meeting.ends_at + NEAR_SECONDS
    return is_in_time and not meeting.is_cancelled


def rows_of(standings: Iterable[Standing], now: float) -> Mapping[str, Rows]:
    """Return the series of these conferences. Of a point the nearest that is not over counts."""
    counts: dict[tuple[str, ...], float] = {}
    starts: dict[tuple[str, ...], float] = {}
    points: dict[tuple[str, ...], float] = {}
    fixable: dict[tuple[str, ...], float] = {}
    for one in sorted(standings, key=lambda one: one.meeting.starts_at):
        starts[one.meeting.id,] = one.meeting.starts_at
        for state, number in one.counts().items():
            counts[one.meeting.id, state.value] = float(number)
        if now >= one.meeting.ends_at:
            continue
        for point in one.points:
            points.setdefault((point.site, point.point), STATE_CODES[point.state])
        fixable |= {(one.meeting.id, point.site, point.point): 1.0 for point in _fixable(one, now)}
    return {
        "govnet_conference_points": counts,
        "govnet_conference_starts_timestamp_seconds": starts,
        "govnet_point_ready_code": points,
        "govnet_conference_point_to_mend": fixable,
    }


def _fixable(standing: Standing, now: float) -> Iterator[Judged]:
    """Yield the points that are not ready while there is still time to mend them."""
    first, last = (standing.meeting.starts_at - minutes * 60.0 for minutes in FIXABLE_MINUTES)
    if first <= now < last:
        yield from (one for one in standing.points if one.state is PointState.NOT_READY)


def urgency(judged: Judged) -> tuple[int, str, str]:
    """Return by what points are listed: the most urgent state first, then by site."""
    return (list(PointState).index(judged.state), judged.site, judged.point)


def sites_of(points: Iterable[str]) -> list[str]:
    """Return the sites of points, each once, in order."""
    return list(dict.fromkeys(map(site_id, points)))
