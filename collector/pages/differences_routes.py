"""The page of the inventory against reality: shown, and agents approved by its form."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from collector.accounts.viewer import Viewer, viewer_of
from collector.live import Live
from collector.pages.differences import PATH, DifferencesPage, Filters, build
from collector.pages.forms import OWN_REFERRER, Form, first, hosts_of, is_same_origin, read_form
from collector.pages.paging import number_of
from collector.siting import Siting, known_site
from collector.store.changes import approve_at
from collector.store.known_agents import PENDING, AgentRow, Registry
from collector.store.worker import StoreWorker
from govnet.errors import ConfigError

SITE_FIELD: Final = "site-"
"""The field of an agent's site is called so, with the agent's id behind it."""
_SEE_OTHER, _UNPROCESSABLE = 303, 422

Render = Callable[[Viewer, DifferencesPage, int], Response]


class RefusedError(Exception):
    """What a form asks for cannot be; `lines` say why, in Vietnamese."""

    def __init__(self, *lines: str) -> None:
        super().__init__(*lines)
        self.lines = lines


class DifferencesRoutes:
    """Handlers of the page; `render` prints it, `foreign` answers a form of another site.

    `registry` returns who holds a key at this very moment; `compare` brings the lists up to date.
    """

    def __init__(
        self,
        *,
        live: Live,
        worker: StoreWorker,
        registry: Callable[[], Registry],
        compare: Callable[[], Awaitable[None]],
        wall: Callable[[], float],
        url: str | None,
        render: Render,
        foreign: Callable[[], Response],
    ) -> None:
        self._live = live
        self._worker = worker
        self._registry = registry
        self._compare = compare
        self._wall = wall
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
        """Show both lists and who waits."""
        done = number_of(request.query_params.get("done", ""))
        filters = _filters(request.query_params, Siting(self._live.inventory))
        return self._shown(
            viewer_of(request), filters, done=f"Đã duyệt {done} máy." if done else ""
        )

    async def change(self, request: Request) -> Response:
        """Approve what a form asks for, and show the page again."""
        if not is_same_origin(request.headers, hosts_of(request, self._url)):
            return self._foreign()
        form, viewer = await read_form(request), viewer_of(request)
        typed = {
            name.removeprefix(SITE_FIELD): values[0]
            for name, values in form.items()
            if name.startswith(SITE_FIELD)
        }
        try:
            places = self._places(form, typed)
            await self._approve(places, viewer.who)
        except RefusedError as exc:
            return self._shown(
                viewer, Filters(), mistakes=exc.lines, typed=typed, status=_UNPROCESSABLE
            )
        return RedirectResponse(f"{PATH}?{urlencode({'done': len(places)})}", _SEE_OTHER)

    def _places(self, form: Form, typed: Mapping[str, str]) -> dict[str, str]:
        """Return agent -> site for those that a form approves; raises RefusedError."""
        inventory = self._live.inventory
        siting = Siting(inventory)
        waiting = {row.identity.agent: row for row in self._registry().rows if _waits(row)}
        if first(form, "action") == "approve_known":
            known = {
                agent: site
                for agent, row in waiting.items()
                if (site := known_site(siting, row.proposed_site, row.host))
            }
            if not known:
                raise RefusedError("không máy nào đang chờ mà đã biết điểm.")
            return known
        wanted = form.get("one") or form.get("agent", [])
        if not wanted:
            raise RefusedError("hãy đánh dấu ít nhất một máy.")
        places: dict[str, str] = {}
        mistakes = []
        for agent in wanted:
            row, text = waiting.get(agent), typed.get(agent, "")
            site = siting.by_code(text)
            if row is None:
                mistakes.append(f"máy {agent} không còn chờ duyệt.")
            elif not text:
                mistakes.append(f"máy {row.hostname or agent}: hãy ghi mã điểm.")
            elif site is None:
                mistakes.append(
                    f"máy {row.hostname or agent}: không có điểm «{text}» đang hoạt động."
                )
            else:
                places[agent] = site
        if mistakes:
            raise RefusedError(*mistakes)
        return places

    async def _approve(self, places: Mapping[str, str], who: str) -> None:
        try:
            await self._worker.answer(approve_at, self._live.inventory, places, self._wall(), who)
        except ConfigError as exc:
            # Somebody else was faster between the look at the form and the change.
            raise RefusedError("có máy vừa thay đổi: hãy xem lại danh sách.") from exc
        self._registry()
        await self._compare()

    def _shown(
        self,
        viewer: Viewer,
        filters: Filters,
        *,
        done: str = "",
        mistakes: tuple[str, ...] = (),
        typed: Mapping[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        live = self._live
        page = build(
            live.inventory,
            live.differences.lists,
            self._registry().rows,
            filters,
            done=done,
            mistakes=mistakes,
            typed=typed,
        )
        response = self._render(viewer, page, status)
        response.headers.update(OWN_REFERRER)
        return response


def _waits(row: AgentRow) -> bool:
    return row.state == PENDING and row.revoked_at is None


def _filters(asked: Mapping[str, str], siting: Siting) -> Filters:
    """Read the filters; a site may be named by its short code too."""
    site = asked.get("site", "").strip()
    return Filters(
        query=asked.get("q", "").strip(),
        site=siting.by_code(site) or site,
        kind=asked.get("kind", ""),
        waiting=number_of(asked.get("w", "")) or 1,
        seen=number_of(asked.get("s", "")) or 1,
        missing=number_of(asked.get("m", "")) or 1,
    )
