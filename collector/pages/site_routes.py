"""The page of one site: what is known now, and what the database knows of its past."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from collector.accounts.narrowed import book_for, coverage_for, inventory_for, verdicts_for
from collector.accounts.viewer import Viewer, viewer_of
from collector.live import Live
from collector.maintenance.desk import Desk
from collector.pages.charts.timeline import DAY_SECONDS
from collector.pages.site import DAYS, Now, Past, SitePage, build, watched
from collector.series.quality import Kept
from collector.store import Store
from collector.store.outage_tables import outage_beliefs
from collector.store.worker import StoreWorker
from collector.verdict.outages.find import MAX_LIMIT, Wanted, find
from collector.verdict.outages.saved import load_spans, read_beliefs
from inventory.coverage.helping import helped_site
from inventory.coverage.listing import said
from inventory.model import Inventory

PATH: Final = "/sites/{site}"

Render = Callable[[Viewer, SitePage, int], Response]
Missing = Callable[[Viewer], Response]


class SiteRoutes:
    """Handlers of the page; `render` prints it, `missing` says that there is no such site."""

    def __init__(
        self,
        live: Live,
        desk: Desk,
        worker: StoreWorker,
        kept: Kept,
        *,
        render: Render,
        missing: Missing,
    ) -> None:
        self._live = live
        self._desk = desk
        self._worker = worker
        self._render = render
        self._missing = missing
        self._kept = kept
        self._told_of: Inventory | None = None
        self._told: dict[str, str] = {}

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [Route(PATH, self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """Show one site."""
        viewer, live, asked = viewer_of(request), self._live, request.path_params["site"]
        viewer.require(asked)
        site = live.inventory.sites.get(asked)
        if site is None:
            return self._missing(viewer)
        items = watched(live.inventory, site)
        since = live.verdicts.judged_at - DAYS * DAY_SECONDS
        past = await self._worker.run(past_of, site.id, items, since)
        told = await self._told_about(site.id)
        # What is known now is taken at once, behind all waiting: the tables go on.
        now = Now(
            verdicts=verdicts_for(viewer, live.verdicts),
            coverage=coverage_for(viewer, live.coverage),
            book=book_for(viewer, self._desk.book()),
            qualities=self._kept.qualities(live.state, live.verdicts.judged_at),
            told=told,
            with_pcs=request.query_params.get("pcs") == "1",
            may_ask=viewer.may_change,
        )
        return self._render(
            viewer, build(inventory_for(viewer, live.inventory), site, now, past), 200
        )

    async def _told_about(self, site: str) -> str:
        """Return what can be told about a site; worked out once for an inventory."""
        inventory = self._live.inventory
        if inventory is not self._told_of:
            self._told_of, self._told = inventory, {}
        if site not in self._told:
            one = await asyncio.to_thread(helped_site, inventory, site)
            self._told[site] = said(one) if one is not None else ""
        return self._told[site]


def past_of(store: Store, site: str, items: Sequence[str], since: float) -> Past:
    """Return what the database knows of a site after `since` (Unix seconds)."""
    cases = find(store, Wanted(site=site, since=since, limit=MAX_LIMIT))
    numbers = [case.outage.number for case in cases]
    with store.read() as connection:
        beliefs = read_beliefs(connection, [outage_beliefs.c.number.in_(numbers)])
    return Past(load_spans(store, since, items=items), cases, beliefs)
