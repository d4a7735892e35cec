"""Conferences as one viewer may see and change them: with the points of their part, in their name.

Whom the province invites, and whether it meets at all, says only who sees all of it.
"""

from collections.abc import Iterator, Mapping

import msgspec

from collector.accounts.viewer import Viewer
from collector.maintenance.mistakes import Mistake, MistakesError
from collector.readiness.board import Standing
from collector.readiness.calendar_file import Defaults
from collector.readiness.changes import Imported
from collector.readiness.desk import ConferenceDesk
from collector.readiness.records import Asked, Meeting, Part, RoomTick, SweepResult

_WHOLE = "whom the province invites"


class ConferencesFor:
    """Raises what the desk raises, and WireError `forbidden` for what lies outside the part."""

    def __init__(self, desk: ConferenceDesk, viewer: Viewer) -> None:
        self._desk = desk
        self._viewer = viewer

    # --- reading ------------------------------------------------------------------------------

    def meetings(self) -> Iterator[Meeting]:
        """Yield by their start the conferences to which anything that is seen is invited."""
        for one in self._desk.meetings().values():
            narrowed = self._narrowed(one)
            if narrowed.points or self._viewer.sees_all:
                yield narrowed

    def meeting(self, name: str) -> Meeting:
        """Return one conference with the points that are seen.

        Raises MistakesError if there is none. Who sees a part is refused that like one to which
        only others are invited: the answer does not tell which it is.
        """
        for one in self.meetings():
            if one.id == name:
                return one
        self._viewer.require_all(name)
        raise MistakesError([Mistake("no_conference", "id", name)])

    def stand(self, meeting: Meeting) -> Standing:
        """Return how the points of a conference stand now, those that are seen."""
        return self._desk.stand(self._narrowed(meeting))

    async def history(self, meeting: Meeting) -> tuple[list[SweepResult], list[RoomTick]]:
        """Return what sweeps found and rooms said, of points that are seen."""
        sweeps, ticks = await self._desk.history(meeting)
        return (
            [one for one in sweeps if self._viewer.sees(one.point)],
            [one for one in ticks if self._viewer.sees(one.point)],
        )

    # --- changing -----------------------------------------------------------------------------

    async def add(self, asked: Asked) -> str:
        """Enter a conference; return its id."""
        self._viewer.require_all(_WHOLE)
        return await self._desk.add(asked, self._viewer.who)

    async def take_calendar(self, content: bytes, defaults: Defaults) -> Imported:
        """Take in a calendar file, whole or not at all."""
        self._viewer.require_all(_WHOLE)
        return await self._desk.take_calendar(content, defaults, self._viewer.who)

    async def cancel(self, name: str) -> None:
        """Call a conference off."""
        self._viewer.require_all(_WHOLE)
        await self._desk.cancel(name, self._viewer.who)

    async def tick(
        self, name: str, point: str, parts: Mapping[Part, bool], telephone: str = ""
    ) -> None:
        """Keep what somebody says of a room."""
        self._viewer.require(point)
        await self._desk.tick(name, point, parts, self._viewer.who, telephone)

    async def make_links(self, name: str, point: str) -> str:
        """Return the token of a new link for one point."""
        self._viewer.require(point)
        return await self._desk.make_links(name, point, self._viewer.who)

    def check(self, name: str, point: str = "") -> float | None:
        """Have one point checked again, or all that are seen; return when the last one is asked."""
        if point:
            self._viewer.require(point)
        return self._desk.check(self.meeting(name), point, self._viewer.who)

    def _narrowed(self, meeting: Meeting) -> Meeting:
        if self._viewer.sees_all:
            return meeting
        points = tuple(point for point in meeting.points if self._viewer.sees(point))
        return msgspec.structs.replace(meeting, points=points)
