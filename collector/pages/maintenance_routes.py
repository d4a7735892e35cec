"""The page of planned work: shown, and changed by its forms. A signed-in person may do that."""

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from collector.maintenance.desk import Desk
from collector.maintenance.mistakes import Mistake, MistakesError, vietnamese
from collector.maintenance.records import Kind, Planned
from collector.maintenance.times import read_time
from collector.pages.forms import Form, first, hosts_of, is_same_origin, read_form
from collector.pages.maintenance import Draft, MaintenancePage, build

PATH: Final = "/maintenance"
WHO: Final = "page"
_SEE_OTHER, _UNPROCESSABLE = 303, 422
_HEADERS: Final = {"Referrer-Policy": "same-origin"}
"""With `no-referrer`, browsers that know no `Sec-Fetch-Site` would send `Origin: null`."""

Render = Callable[[MaintenancePage, int], Response]


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
        return self._shown(done=request.query_params.get("done", ""))

    async def change(self, request: Request) -> Response:
        """Do what a form asks for, and show the page again."""
        if not is_same_origin(request.headers, hosts_of(request, self._url)):
            return self._foreign()
        form = await read_form(request)
        action = first(form, "action")
        try:
            await self._do(action, form)
        except MistakesError as exc:
            mistakes = tuple(map(vietnamese, exc.mistakes))
            return self._shown(mistakes=mistakes, draft=_draft(form), status=_UNPROCESSABLE)
        return RedirectResponse(f"{PATH}?{urlencode({'done': action})}", _SEE_OTHER)

    async def _do(self, action: str, form: Form) -> None:
        name, sites = first(form, "id"), form.get("site", [])
        match action:
            case "add":
                await self._desk.add(self._planned(_draft(form)), WHO)
            case "confirm":
                await self._desk.confirm(name, _chosen(sites), WHO)
            case "reject":
                if sites:
                    raise MistakesError([Mistake("ticked", "sites")])
                await self._desk.reject(name, (), WHO)
            case "end":
                await self._desk.end(name, WHO)
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
        *,
        done: str = "",
        mistakes: tuple[str, ...] = (),
        draft: Draft | None = None,
        status: int = 200,
    ) -> Response:
        desk = self._desk
        page = build(
            desk.book(), desk.inventory(), desk.wall(), done=done, mistakes=mistakes, draft=draft
        )
        response = self._render(page, status)
        response.headers.update(_HEADERS)
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
