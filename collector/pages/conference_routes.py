"""The pages of conferences: the list, the board, the record. A signed-in person may use them."""

import asyncio
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from collector.maintenance.mistakes import Mistake, MistakesError, vietnamese
from collector.maintenance.times import read_time
from collector.pages.conference_board import BoardPage, build_board
from collector.pages.conference_list import Draft, ListPage, build_list
from collector.pages.forms import Form, hosts_of, is_same_origin, read_form
from collector.readiness.desk import ConferenceDesk
from collector.readiness.links import PATH as ROOM_PATH
from collector.readiness.records import Asked, Meeting
from collector.readiness.report import CONTENT_TYPE, workbook
from collector.verdict.outages.records import Case

PATH: Final = "/conferences"
WHO: Final = "page"
_SEE_OTHER, _UNPROCESSABLE = 303, 422
_HEADERS: Final = {"Referrer-Policy": "same-origin"}
"""With `no-referrer`, browsers that know no `Sec-Fetch-Site` would send `Origin: null`."""


class ConferenceRoutes:
    """Handlers of the pages; the callables print them and answer forms of other sites."""

    def __init__(
        self,
        desk: ConferenceDesk,
        url: str | None,
        *,
        render_list: Callable[[ListPage, int], Response],
        render_board: Callable[[BoardPage, int], Response],
        foreign: Callable[[], Response],
        missing: Callable[[], Response],
        cases: Callable[[], tuple[Case, ...]],
    ) -> None:
        self._desk = desk
        self._url = url
        self._render_list = render_list
        self._render_board = render_board
        self._foreign = foreign
        self._missing = missing
        self._cases = cases

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route(PATH, self.show_list, methods=["GET"]),
            Route(PATH, self.change_list, methods=["POST"]),
            Route(f"{PATH}/{{id}}", self.show_board, methods=["GET"]),
            Route(f"{PATH}/{{id}}", self.change_board, methods=["POST"]),
            Route(f"{PATH}/{{id}}/record.xlsx", self.record, methods=["GET"]),
        ]

    # --- the list -----------------------------------------------------------------------------

    async def show_list(self, request: Request) -> Response:
        """Show what is to come and what is over."""
        return self._listed(done=request.query_params.get("done", ""))

    async def change_list(self, request: Request) -> Response:
        """Enter a conference."""
        if not is_same_origin(request.headers, hosts_of(request, self._url)):
            return self._foreign()
        form = await read_form(request)
        draft = _draft(form)
        try:
            made = await self._desk.add(self._asked(draft), WHO)
        except MistakesError as exc:
            mistakes = tuple(map(vietnamese, exc.mistakes))
            return self._listed(mistakes=mistakes, draft=draft, status=_UNPROCESSABLE)
        return RedirectResponse(f"{PATH}/{made}?{urlencode({'done': 'add'})}", _SEE_OTHER)

    def _asked(self, draft: Draft) -> Asked:
        zone = ZoneInfo(self._desk.inventory().province.timezone)
        at = read_time(draft.start, zone)
        mistakes = [] if at is not None else [Mistake("bad_time", "start", draft.start)]
        if not draft.minutes.isascii() or not draft.minutes.isdigit():
            mistakes.append(Mistake("bad_duration", "duration", draft.minutes))
        if mistakes:
            raise MistakesError(mistakes)
        return Asked(
            title=draft.title,
            starts_at=at or 0.0,
            duration_minutes=int(draft.minutes[:6]),
            points=tuple(part.strip() for part in draft.points.split(";") if part.strip()),
            all_points=draft.all_points,
            platform=draft.platform,
        )

    def _listed(
        self,
        *,
        done: str = "",
        mistakes: tuple[str, ...] = (),
        draft: Draft | None = None,
        status: int = 200,
    ) -> Response:
        desk = self._desk
        page = build_list(
            desk.inventory(),
            desk.meetings().values(),
            desk.wall(),
            done=done,
            mistakes=mistakes,
            draft=draft,
        )
        return _with_headers(self._render_list(page, status))

    # --- the board ----------------------------------------------------------------------------

    async def show_board(self, request: Request) -> Response:
        """Show how every invited point stands."""
        try:
            meeting = self._desk.meeting(request.path_params["id"])
        except MistakesError:
            return self._missing()
        asked = request.query_params
        return self._shown(
            meeting,
            query=asked.get("q", "").strip(),
            state=asked.get("state", ""),
            point=asked.get("point", ""),
            done=asked.get("done", ""),
        )

    async def change_board(self, request: Request) -> Response:
        """Check again, call off, or make a room's link."""
        if not is_same_origin(request.headers, hosts_of(request, self._url)):
            return self._foreign()
        name = request.path_params["id"]
        form = await read_form(request)
        try:
            meeting = self._desk.meeting(name)
        except MistakesError:
            return self._missing()
        try:
            if point := _first(form, "link"):
                token = await self._desk.make_links(name, point, WHO)
                base = (self._url or str(request.base_url)).rstrip("/")
                return self._shown(meeting, point=point, link=f"{base}{ROOM_PATH}{token}")
            done = await self._do(name, form)
        except MistakesError as exc:
            mistakes = tuple(map(vietnamese, exc.mistakes))
            return self._shown(meeting, mistakes=mistakes, status=_UNPROCESSABLE)
        return RedirectResponse(f"{PATH}/{name}?{urlencode({'done': done})}", _SEE_OTHER)

    async def _do(self, name: str, form: Form) -> str:
        if point := _first(form, "check"):
            asked_at = self._desk.check(name, "" if point == "all" else point)
            return "no_check" if asked_at is None else "check"
        if _first(form, "action") == "cancel":
            await self._desk.cancel(name, WHO)
            return "cancel"
        raise MistakesError([Mistake("unknown_action", "action", _first(form, "action"))])

    def _shown(
        self,
        meeting: Meeting,
        *,
        query: str = "",
        state: str = "",
        point: str = "",
        done: str = "",
        link: str = "",
        mistakes: tuple[str, ...] = (),
        status: int = 200,
    ) -> Response:
        desk = self._desk
        page = build_board(
            desk.inventory(),
            desk.stand(meeting),
            desk.book().rooms.get(meeting.id, {}),
            desk.options,
            desk.load(meeting),
            query=query,
            state=state,
            point=point,
            can_ask=desk.turns.can_ask,
            done=done,
            link=link,
            mistakes=mistakes,
        )
        return _with_headers(self._render_board(page, status))

    async def record(self, request: Request) -> Response:
        """Give the record of a conference as XLSX."""
        name = request.path_params["id"]
        try:
            meeting = self._desk.meeting(name)
        except MistakesError:
            return self._missing()
        sweeps, ticks = await self._desk.history(meeting)
        content = await asyncio.to_thread(
            workbook, self._desk.inventory(), meeting, sweeps, ticks, self._cases()
        )
        named = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
        return Response(content, headers=named, media_type=CONTENT_TYPE)


def _with_headers(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response


def _first(form: Form, name: str) -> str:
    return next(iter(form.get(name, ())), "")


def _draft(form: Form) -> Draft:
    return Draft(
        title=_first(form, "title"),
        start=_first(form, "start"),
        minutes=_first(form, "minutes"),
        points=_first(form, "points"),
        all_points=bool(_first(form, "all_points")),
        platform=_first(form, "platform"),
    )
