"""The page of administration: shown, and its forms. Only for admins of the whole province.

A secret (the word of a token, the link of a password) stands in the one answer that made it: in no
address, and in no log.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from collector.accounts import saved
from collector.accounts.viewer import Viewer, viewer_of
from collector.live import Live
from collector.pages.admin import (
    AGENTS,
    DONE,
    PATH,
    ROLE_WORDS,
    TABS,
    TOKENS,
    USERS,
    AdminPage,
    Once,
    sites_of,
    token_lines,
    units_of,
    user_lines,
)
from collector.pages.admin_agents import Filters, agents_part
from collector.pages.admin_asked import Asked, Office, RefusedError, do
from collector.pages.forms import OWN_REFERRER, first, hosts_of, is_same_origin, read_form
from collector.pages.paging import number_of
from collector.pages.shown import as_of
from collector.series.versions import versions
from collector.store.known_agents import Registry
from collector.store.tokens import tokens
from collector.store.worker import StoreWorker

_SEE_OTHER, _UNPROCESSABLE = 303, 422

Render = Callable[[Viewer, AdminPage, int], Response]


class AdminRoutes:
    """Handlers of the page; `render` prints it, `foreign` answers a form of another site.

    `registry` returns who holds a key at this very moment, `data` is the collector's folder.
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
        data: Path,
        render: Render,
        foreign: Callable[[], Response],
    ) -> None:
        self._live = live
        self._worker = worker
        self._registry = registry
        self._compare = compare
        self._wall = wall
        self._url = url
        self._data = data
        self._render = render
        self._foreign = foreign

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route(PATH, self.show, methods=["GET"]),
            Route(PATH, self.change, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show one of the tabs."""
        asked = request.query_params
        filters = Filters(
            query=asked.get("q", "").strip(),
            state=asked.get("state", ""),
            page=number_of(asked.get("page", "")) or 1,
            revoke=asked.get("revoke", ""),
        )
        done = DONE.get(asked.get("done", ""), "")
        return await self._shown(
            viewer_of(request), asked.get("tab", AGENTS), filters=filters, done=done
        )

    async def change(self, request: Request) -> Response:
        """Do what a form asks for, and show the tab again."""
        if not is_same_origin(request.headers, hosts_of(request, self._url)):
            return self._foreign()
        form, viewer = await read_form(request), viewer_of(request)
        office = Office(self._live.inventory, self._data, self._wall(), viewer)
        tab = {"token": TOKENS, "user": USERS}.get(first(form, "action").partition("_")[0], AGENTS)
        try:
            result = await self._worker.answer(do, office, Asked(form))
        except RefusedError as exc:
            return await self._shown(viewer, tab, mistakes=exc.lines, status=_UNPROCESSABLE)
        if tab == AGENTS:
            self._registry()
            await self._compare()
        if isinstance(result, Once):
            return await self._shown(viewer, tab, once=result)
        return RedirectResponse(f"{PATH}?{urlencode({'tab': tab, 'done': result})}", _SEE_OTHER)

    async def _shown(
        self,
        viewer: Viewer,
        tab: str,
        *,
        filters: Filters | None = None,
        done: str = "",
        mistakes: tuple[str, ...] = (),
        once: Once | None = None,
        status: int = 200,
    ) -> Response:
        inventory, now = self._live.inventory, self._wall()
        tab = tab if tab in dict(TABS) else AGENTS
        chosen = filters or Filters()
        page = AdminPage(
            as_of=as_of(now, inventory.province.timezone),
            tab=tab,
            tabs=TABS,
            agents=agents_part(
                inventory, self._registry().rows, versions(self._live.state), chosen, now
            )
            if tab == AGENTS
            else None,
            tokens=token_lines(inventory, await self._worker.run(tokens), now)
            if tab == TOKENS
            else (),
            users=user_lines(inventory, await self._worker.run(saved.every), viewer.account)
            if tab == USERS
            else (),
            sites=sites_of(inventory),
            units=units_of(inventory),
            roles=tuple((role.value, word) for role, word in ROLE_WORDS.items()),
            done=done,
            mistakes=mistakes,
            once=once,
        )
        response = self._render(viewer, page, status)
        response.headers.update(OWN_REFERRER)
        return response
