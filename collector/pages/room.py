"""The page of one room, by a link that needs no account: what to tick, and the telephone.

Works without scripts, on any telephone. A link is for one point of one conference; who has a wrong
one is slowed down (`collector.intake.limits`).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from collector.intake.limits import (
    Buckets,
    Failures,
    RateLimitedError,
    is_loopback,
    place_of,
)
from collector.maintenance.times import shown
from collector.pages.conference_board import find_point
from collector.pages.forms import OWN_REFERRER, Form, hosts_of, is_same_origin, read_form
from collector.readiness.desk import ConferenceDesk
from collector.readiness.links import PATH, Link
from collector.readiness.records import Meeting, Part, Room
from collector.readiness.room_aspects import TICKS_SECONDS
from inventory.model import Inventory, site_id

WHO: Final = "room"
MAX_TELEPHONE: Final = 40
TICKS_PER_MINUTE: Final = 6.0
TICKS_AT_ONCE: Final = 20.0
"""What one room may send: every answer is kept."""
_SEE_OTHER: Final = 303
PARTS: Final = {
    Part.TV: "TV / màn hình sáng, thấy hình",
    Part.CAMERA: "Camera thấy phòng họp",
    Part.MICROPHONE: "Micro thu được tiếng",
    Part.SPEAKERS: "Loa nghe rõ",
    Part.OPERATOR: "Có người trực đến hết buổi họp",
}
"""What is asked, in the order in which one walks through the room."""
GOOD, BAD = "good", "bad"


@dataclass(frozen=True, slots=True)
class Question:
    """One part; `said` is good, bad or empty."""

    part: str
    text: str
    said: str


@dataclass(frozen=True, slots=True)
class RoomPage:
    """All that the page prints."""

    token: str
    title: str
    when: str
    place: str
    questions: tuple[Question, ...]
    telephone: str
    said_at: str
    is_done: bool
    is_early: bool
    """What is said now does not count yet."""


def build(
    inventory: Inventory,
    meeting: Meeting,
    link: Link,
    room: Room,
    token: str,
    *,
    is_done: bool,
    now: float,
) -> RoomPage:
    """Return the page of a room as it answered last."""
    zone = ZoneInfo(inventory.province.timezone)
    site, point = inventory.sites.get(site_id(link.point)), find_point(inventory, link.point)
    names = [point.name if point is not None else None, site.name if site is not None else None]
    said_at = max((tick.at for tick in room.ticks.values()), default=None)
    return RoomPage(
        token=token,
        title=meeting.title,
        when=shown(meeting.starts_at, zone),
        place=" · ".join(dict.fromkeys(name for name in names if name)) or link.point,
        questions=tuple(
            Question(part.value, text, _said(room, part)) for part, text in PARTS.items()
        ),
        telephone=room.telephone,
        said_at="" if said_at is None else shown(said_at, zone),
        is_done=is_done,
        is_early=now <= meeting.starts_at - TICKS_SECONDS,
    )


def _said(room: Room, part: Part) -> str:
    tick = room.ticks.get(part)
    if tick is None:
        return ""
    return GOOD if tick.is_good else BAD


class RoomRoutes:
    """Handlers; `render` prints the page, `refused` says that a link is none."""

    def __init__(
        self,
        desk: ConferenceDesk,
        failures: Failures,
        url: str | None,
        *,
        render: Callable[[RoomPage, int], Response],
        refused: Callable[[], Response],
        foreign: Callable[[], Response],
    ) -> None:
        self._desk = desk
        self._failures = failures
        self._url = url
        self._render = render
        self._refused = refused
        self._foreign = foreign
        self._ticking: Buckets[tuple[str, str]] = Buckets(TICKS_PER_MINUTE, TICKS_AT_ONCE)

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        path = f"{PATH}{{token}}"
        return [
            Route(path, self.show, methods=["GET"]),
            Route(path, self.tick, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show what is asked of the room."""
        token = request.path_params["token"]
        link = await self._link(request, token)
        if link is None:
            return self._refused()
        meeting = self._desk.meeting(link.conference)
        room = self._desk.book().rooms.get(meeting.id, {}).get(link.point, Room())
        is_done = request.query_params.get("done") == "1"
        page = build(
            self._desk.inventory(),
            meeting,
            link,
            room,
            token,
            is_done=is_done,
            now=self._desk.wall(),
        )
        response = self._render(page, 200)
        response.headers.update(OWN_REFERRER)
        return response

    async def tick(self, request: Request) -> Response:
        """Take in what the room says."""
        if not is_same_origin(request.headers, hosts_of(request, self._url)):
            return self._foreign()
        token = request.path_params["token"]
        link = await self._link(request, token)
        if link is None:
            return self._refused()
        form = await read_form(request)
        self._slow_down((link.conference, link.point))
        parts = _parts(form)
        telephone = _telephone(form)
        if parts:
            await self._desk.tick(link.conference, link.point, parts, WHO, telephone)
        return RedirectResponse(f"{PATH}{token}?done={int(bool(parts))}", _SEE_OTHER)

    def _slow_down(self, room: tuple[str, str]) -> None:
        """Raise RateLimitedError for a room that answers again and again."""
        now = time.monotonic()
        wait = self._ticking.wait_seconds(room, now)
        if wait > 0:
            raise RateLimitedError("this room has answered many times; come later", wait)
        self._ticking.draw(room, now)

    async def _link(self, request: Request, token: str) -> Link | None:
        """Return for whom a link is; one that is none is counted against its sender."""
        host, now = request.client.host if request.client else None, time.monotonic()
        # Behind a proxy of this machine one who guesses would keep every room out.
        if not is_loopback(place_of(host)):
            self._failures.check(host, "", now)
        found = await self._desk.find_link(token)
        if found is None:
            self._failures.check(host, "", now)
            self._failures.note(host, "", now)
        return found


def _parts(form: Form) -> dict[Part, bool]:
    """Return what was ticked; one button ticks everything as good."""
    if form.get("all") == [GOOD]:
        return dict.fromkeys(Part, True)
    said = {part: form.get(part.value, []) for part in Part}
    return {part: values == [GOOD] for part, values in said.items() if values in ([GOOD], [BAD])}


def _telephone(form: Form) -> str:
    given = next(iter(form.get("telephone", ())), "")
    return "".join(char for char in given if char.isdigit() or char in "+ .()-")[:MAX_TELEPHONE]
