"""Conferences for the running collector: what pages and API ask for, and the sweeps.

Used from the event loop; the database has its own thread. Every change is in `book()` at once.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from collector.intake.limits import RateLimitedError
from collector.maintenance.mistakes import Mistake, MistakesError
from collector.readiness import changes
from collector.readiness.board import Board, Rows, Standing, sites_of
from collector.readiness.book import Book, history
from collector.readiness.calendar_file import HORIZON_SECONDS, Defaults, read_calendar
from collector.readiness.links import Link, find_link, make_links
from collector.readiness.meetings import resolved
from collector.readiness.options import ConferenceOptions
from collector.readiness.records import (
    Asked,
    Meeting,
    Part,
    RoomTick,
    Source,
    SweepResult,
)
from collector.readiness.sweeps import Again, Load, Turns, due, load_of, sweeps_of
from collector.store import Store
from collector.store.worker import StoreWorker
from govnet.errors import WireError
from inventory.model import Inventory, site_id

log = logging.getLogger(__name__)

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class ConferenceDesk:
    """Raises MistakesError for what cannot be, WireError `database_busy` where nobody can look.

    `book` returns what is kept at this very moment. `again` has a site's checks run once more.
    """

    def __init__(
        self,
        worker: StoreWorker,
        board: Board,
        book: Callable[[], Book],
        inventory: Callable[[], Inventory],
        wall: Callable[[], float],
        *,
        options: ConferenceOptions,
        again: Again,
    ) -> None:
        self.book = book
        self.inventory = inventory
        self.wall = wall
        self.options = options
        self.turns = Turns(options, again)
        self._worker = worker
        self._board = board

    # --- reading ------------------------------------------------------------------------------

    def meetings(self) -> Mapping[str, Meeting]:
        """Return all conferences by id, by their start."""
        return self._board.meetings(self.book())

    def meeting(self, name: str) -> Meeting:
        """Return one conference; raises MistakesError if there is none of that id."""
        found = self.meetings().get(name)
        if found is None:
            raise MistakesError([Mistake("no_conference", "id", name)])
        return found

    def stand(self, meeting: Meeting) -> Standing:
        """Return how the points of a conference stand now."""
        return self._board.stand(meeting, self.book(), self.wall())

    def load(self, meeting: Meeting) -> Load:
        """Return what checking all its points again costs the way to the MCU."""
        return load_of(len(sites_of(meeting.points)), self.options)

    def rows(self) -> Mapping[str, Rows]:
        """Return the series of the conferences that are near."""
        return self._board.rows(self.book(), self.wall())

    async def history(self, meeting: Meeting) -> tuple[list[SweepResult], list[RoomTick]]:
        """Return what sweeps found and rooms said of a conference."""
        return await self._do(history, meeting.id)

    # --- changing -----------------------------------------------------------------------------

    async def add(self, asked: Asked, who: str) -> str:
        """Enter a conference; return its id."""
        meeting = entered(self.inventory(), asked)
        zone = ZoneInfo(self.inventory().province.timezone)
        return await self._do(changes.add, meeting, zone, self.wall(), who)

    async def take_calendar(self, content: bytes, defaults: Defaults, who: str) -> changes.Imported:
        """Take in a calendar file, whole or not at all."""
        now, inventory = self.wall(), self.inventory()
        # The file may be long, and reading it slow: reports go on meanwhile.
        entries = await asyncio.to_thread(read_calendar, content, inventory, now, defaults)
        zone = ZoneInfo(inventory.province.timezone)
        until = now + HORIZON_SECONDS
        return await self._do(changes.take_calendar, entries, zone, now, until=until, who=who)

    async def cancel(self, name: str, who: str) -> None:
        """Call a conference off."""
        await self._do(changes.cancel, self.meeting(name), self.wall(), who)

    async def tick(
        self, name: str, point: str, parts: Mapping[Part, bool], who: str, telephone: str = ""
    ) -> None:
        """Keep what somebody says of a room."""
        self._invited(name, point)
        await self._do(changes.tick, name, point, parts, self.wall(), telephone=telephone, who=who)

    async def make_links(self, name: str, point: str, who: str) -> str:
        """Return the token of a new link for one point."""
        meeting = self._invited(name, point)
        made = await self._do(make_links, meeting, [point], self.wall(), who)
        return made[point]

    async def find_link(self, token: str) -> Link | None:
        """Return for whom a link is; None if it is none, over, or its conference is called off."""
        found = await self._do(find_link, token, self.wall())
        if found is None:
            return None
        meeting = self.meetings().get(found.conference)
        if meeting is None or meeting.is_cancelled or found.point not in meeting.points:
            return None
        return found

    def check(self, meeting: Meeting, point: str, who: str) -> float | None:
        """Have one point checked again, or all; return when the last is asked, None if nobody is.

        All are asked in turn, so far apart that the budget holds. `who` is for the log.
        """
        if not point:
            return self.turns.all(sites_of(meeting.points), self.wall(), who)
        _require_invited(meeting, point)
        try:
            return self.turns.one(site_id(point), self.wall(), who)
        except RateLimitedError as exc:
            raise MistakesError([Mistake("asked_lately", "points", point)]) from exc
        except WireError as exc:
            raise MistakesError([Mistake("nobody_looks", "points", point)]) from exc

    def _invited(self, name: str, point: str) -> Meeting:
        meeting = self.meeting(name)
        _require_invited(meeting, point)
        return meeting

    # --- sweeps -------------------------------------------------------------------------------

    async def tick_sweeps(self) -> None:
        """Ask points again before a sweep, record those whose time has come."""
        now, book = self.wall(), self.book()
        for meeting in self._board.meetings(book).values():
            if meeting.ends_at < now or meeting.is_cancelled:
                continue
            sweeps = sweeps_of(meeting, self.options)
            for sweep in sweeps:
                asked = self.turns.plan(meeting, sweep, now)
                if asked:
                    log.info("points are checked again", extra={"sites": asked})
            for sweep in due(sweeps, now):
                if (meeting.id, sweep.name) not in book.swept:
                    results = self._board.sweep(sweep, meeting, book, now)
                    await self._do(changes.record_sweep, meeting.id, results)

    async def _do(
        self,
        function: Callable[Concatenate[Store, Parameters], Result],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> Result:
        result = await self._worker.answer(function, *args, **kwargs)
        self.book()
        return result


def _require_invited(meeting: Meeting, point: str) -> None:
    if point not in meeting.points:
        raise MistakesError([Mistake("not_invited", "points", point)])


def entered(inventory: Inventory, asked: Asked) -> Meeting:
    """Return what somebody enters as a conference; raises MistakesError with all that is wrong."""
    points, platform, mistakes = resolved(inventory, asked)
    if mistakes:
        raise MistakesError(mistakes)
    return Meeting(
        id="",
        title=asked.title.strip(),
        starts_at=asked.starts_at,
        ends_at=asked.starts_at + asked.duration_minutes * 60.0,
        points=points,
        platform=platform,
        source=Source.OPERATOR,
        all_points=asked.all_points,
    )
