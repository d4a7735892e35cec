"""The page of planned work: shown, and changed by its forms, within the part that somebody sees."""

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from collector.accounts.desk import DeskFor
from collector.accounts.viewer import Viewer, viewer_of
from collector.maintenance.desk import Desk
from collector.maintenance.mistakes import Mistake, MistakesError, vietnamese
from collector.maintenance.records import Kind, Planned
from collector.maintenance.times import read_time
from collector.pages.forms import OWN_REFERRER, Form, first, hosts_of, is_same_origin, read_form
from collector.pages.maintenance import Draft, MaintenancePage, build

PATH: Final = "/maintenance"
_SEE_OTHER, _UNPROCESSABLE = 303, 422

Render = Callable[[Viewer, MaintenancePage, int], Response]


class MaintenanceRoutes:
    """Handlers of the page; `render` prints it, `foreign` answers a form of another site."""

    def __init__(
        self, desk: Desk, url: str | None, render: Render, foreign: Callable[[], Response]
    ) -> None:
        self._desk = desk
        self._url = url
        self._render = render
        self._foreign = foreign

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route(PATH, self.show, methods=["GET"]),
            Route(PATH, self.change, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show what is planned and what waits."""
        return self._shown(viewer_of(request), done=request.query_params.get("done", ""))

    async def change(self, request: Request) -> Response:
        """Do what a form asks for, and show the page again."""
        if not is_same_origin(request.headers, hosts_of(request, self._url)):
            return self._foreign()
        form, viewer = await read_form(request), viewer_of(request)
        action = first(form, "action")
        try:
            await self._do(action, form, DeskFor(self._desk, viewer))
        except MistakesError as exc:
            mistakes = tuple(map(vietnamese, exc.mistakes))
            return self._shown(viewer, mistakes=mistakes, draft=_draft(form), status=_UNPROCESSABLE)
        return RedirectResponse(f"{PATH}?{urlencode({'done': action})}", _SEE_OTHER)

    async def _do(self, action: str, form: Form, desk: DeskFor) -> None:
        name, sites = first(form, "id"), form.get("site", [])
        match action:
            case "add":
                await desk.add(self._planned(_draft(form)))
            case "confirm":
                await desk.confirm(name, _chosen(sites))
            case "reject":
                if sites:
                    raise MistakesError([Mistake("ticked", "sites")])
                await desk.reject(name, ())
            case "end":
                await desk.end(name)
            case _:
                raise MistakesError([Mistake("unknown_action", "action", action)])

    def _planned(self, draft: Draft) -> Planned:
        """Read what was typed; times without an offset are the province's."""
        zone = ZoneInfo(self._desk.inventory().province.timezone)
        times = [read_time(text, zone) for text in (draft.start, draft.end)]
        mistakes = [
            Mistake("bad_time", name, text)
            for name, text, at in zip(
                ("start", "end"), (draft.start, draft.end), times, strict=True
            )
            if at is None
        ]
        start, end = (0.0 if at is None else at for at in times)
        planned = Planned(
            item=draft.item, start=start, end=end, reason=draft.reason, kind=_kind(draft.kind)
        )
        if mistakes:
            raise MistakesError([*self._desk.mistakes(planned, but={"end"}), *mistakes])
        return planned

    def _shown(
        self,
        viewer: Viewer,
        *,
        done: str = "",
        mistakes: tuple[str, ...] = (),
        draft: Draft | None = None,
        status: int = 200,
    ) -> Response:
        desk = self._desk
        page = build(
            desk.book(),
            desk.inventory(),
            desk.wall(),
            done=done,
            mistakes=mistakes,
            draft=draft,
            viewer=viewer,
        )
        response = self._render(viewer, page, status)
        response.headers.update(OWN_REFERRER)
        return response


def _chosen(sites: Sequence[str]) -> list[str]:
    """Return what was ticked or typed; a page never means "the only one" by ticking nothing."""
    if not sites:
        raise MistakesError([Mistake("none_ticked", "sites")])
    return list(sites)


def _draft(form: Form) -> Draft:
    if first(form, "action") != "add":
        return Draft()
    return Draft(
        item=first(form, "item"),
        start=first(form, "start"),
        end=first(form, "end"),
        reason=first(form, "reason"),
        kind=first(form, "kind"),
    )


def _kind(text: str) -> Kind:
    return Kind.POWER_CUT if text == Kind.POWER_CUT else Kind.MAINTENANCE
