"""The pages of conferences: the list, the board, the record, with the points that somebody sees."""

import asyncio
from collections.abc import Callable
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from collector.accounts.conferences import ConferencesFor
from collector.accounts.viewer import Viewer, viewer_of
from collector.maintenance.mistakes import Mistake, MistakesError, vietnamese
from collector.maintenance.times import read_time
from collector.pages.conference_board import BoardPage, build_board
from collector.pages.conference_list import Draft, ListPage, build_list
from collector.pages.downloads import XLSX
from collector.pages.forms import OWN_REFERRER, Form, first, hosts_of, is_same_origin, read_form
from collector.pages.upload import fields_of, is_upload
from collector.readiness.calendar_file import MAX_BYTES, Defaults
from collector.readiness.desk import ConferenceDesk
from collector.readiness.links import PATH as ROOM_PATH
from collector.readiness.records import Asked, Meeting
from collector.request_body import MAX_BODY_BYTES, small_body
from collector.verdict.outages.records import Case

PATH: Final = "/conferences"
_SEE_OTHER, _UNPROCESSABLE = 303, 422


class ConferenceRoutes:
    """Handlers of the pages; the callables print them and answer forms of other sites."""

    def __init__(
        self,
        desk: ConferenceDesk,
        url: str | None,
        *,
        render_list: Callable[[Viewer, ListPage, int], Response],
        render_board: Callable[[Viewer, BoardPage, int], Response],
        foreign: Callable[[], Response],
        missing: Callable[[Viewer], Response],
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
        return self._listed(viewer_of(request), done=request.query_params.get("done", ""))

    async def change_list(self, request: Request) -> Response:
        """Enter a conference, or those of a calendar file."""
        if not is_same_origin(request.headers, hosts_of(request, self._url)):
            return self._foreign()
        if is_upload(request.headers.get("content-type", "")):
            return await self._take_calendar(request)
        form, viewer = await read_form(request), viewer_of(request)
        draft = _draft(form)
        try:
            made = await self._for(viewer).add(self._asked(draft))
        except MistakesError as exc:
            mistakes = tuple(map(vietnamese, exc.mistakes))
            return self._listed(viewer, mistakes=mistakes, draft=draft, status=_UNPROCESSABLE)
        return RedirectResponse(f"{PATH}/{made}?{urlencode({'done': 'add'})}", _SEE_OTHER)

    async def _take_calendar(self, request: Request) -> Response:
        viewer = viewer_of(request)
        body = await small_body(request, MAX_BYTES + MAX_BODY_BYTES)
        fields = fields_of(request.headers.get("content-type", ""), body)
        platform = fields.get("platform", b"").decode("utf-8", "replace")
        defaults = Defaults(all_points="all_points" in fields, platform=platform)
        try:
            made = await self._for(viewer).take_calendar(fields.get("calendar", b""), defaults)
        except MistakesError as exc:
            mistakes = tuple(map(vietnamese, exc.mistakes))
            return self._listed(viewer, mistakes=mistakes, status=_UNPROCESSABLE)
        done = "calendar" if made.added or made.changed or made.cancelled else "calendar_same"
        return RedirectResponse(f"{PATH}?{urlencode({'done': done})}", _SEE_OTHER)

    def _for(self, viewer: Viewer) -> ConferencesFor:
        return ConferencesFor(self._desk, viewer)

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
        viewer: Viewer,
        *,
        done: str = "",
        mistakes: tuple[str, ...] = (),
        draft: Draft | None = None,
        status: int = 200,
    ) -> Response:
        desk = self._desk
        page = build_list(
            desk.inventory(),
            self._for(viewer).meetings(),
            desk.wall(),
            may_add=viewer.may_change and viewer.sees_all,
            done=done,
            mistakes=mistakes,
            draft=draft,
        )
        return _with_headers(self._render_list(viewer, page, status))

    # --- the board ----------------------------------------------------------------------------

    async def show_board(self, request: Request) -> Response:
        """Show how every invited point stands."""
        viewer = viewer_of(request)
        try:
            meeting = self._for(viewer).meeting(request.path_params["id"])
        except MistakesError:
            return self._missing(viewer)
        asked = request.query_params
        return self._shown(
            viewer,
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
        name, viewer = request.path_params["id"], viewer_of(request)
        form, desk = await read_form(request), self._for(viewer)
        try:
            meeting = desk.meeting(name)
        except MistakesError:
            return self._missing(viewer)
        try:
            if point := first(form, "link"):
                token = await desk.make_links(name, point)
                base = (self._url or str(request.base_url)).rstrip("/")
                return self._shown(viewer, meeting, point=point, link=f"{base}{ROOM_PATH}{token}")
            done = await _do(desk, name, form)
        except MistakesError as exc:
            mistakes = tuple(map(vietnamese, exc.mistakes))
            return self._shown(viewer, meeting, mistakes=mistakes, status=_UNPROCESSABLE)
        return RedirectResponse(f"{PATH}/{name}?{urlencode({'done': done})}", _SEE_OTHER)

    def _shown(
        self,
        viewer: Viewer,
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
            self._for(viewer).stand(meeting),
            desk.book().rooms.get(meeting.id, {}),
            desk.options,
            desk.load(meeting),
            query=query,
            state=state,
            point=point,
            may_change=viewer.may_change,
            may_cancel=viewer.may_change and viewer.sees_all,
            done=done,
            link=link,
            mistakes=mistakes,
        )
        return _with_headers(self._render_board(viewer, page, status))

    async def record(self, request: Request) -> Response:
        """Give the record of a conference as XLSX."""
        # 13 MB that only who takes a record along needs.
        from collector.readiness.report import workbook  # noqa: PLC0415

        name, viewer = request.path_params["id"], viewer_of(request)
        desk = self._for(viewer)
        try:
            meeting = desk.meeting(name)
        except MistakesError:
            return self._missing(viewer)
        sweeps, ticks = await desk.history(meeting)
        content = await asyncio.to_thread(
            workbook, self._desk.inventory(), meeting, sweeps, ticks, self._cases()
        )
        named = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
        return Response(content, headers=named, media_type=XLSX)


async def _do(desk: ConferencesFor, name: str, form: Form) -> str:
    """Check again or call off; return what was done."""
    if point := first(form, "check"):
        asked_at = desk.check(name, "" if point == "all" else point)
        return "no_check" if asked_at is None else "check"
    if first(form, "action") == "cancel":
        await desk.cancel(name)
        return "cancel"
    raise MistakesError([Mistake("unknown_action", "action", first(form, "action"))])


def _with_headers(response: Response) -> Response:
    response.headers.update(OWN_REFERRER)
    return response


def _draft(form: Form) -> Draft:
    return Draft(
        title=first(form, "title"),
        start=first(form, "start"),
        minutes=first(form, "minutes"),
        points=first(form, "points"),
        all_points=bool(first(form, "all_points")),
        platform=first(form, "platform"),
    )
