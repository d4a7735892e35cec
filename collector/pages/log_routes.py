"""The page of the log, and what of it can be taken along."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from collector.accounts.narrowed import book_for, inventory_for
from collector.accounts.viewer import Viewer, viewer_of
from collector.live import Live
from collector.maintenance.desk import Desk
from collector.pages.downloads import as_csv
from collector.pages.log import PATH, USUAL_DAYS, Filters, LogPage, build, found, of_kind, sheet
from collector.pages.log_events import Event, changed, outages, planned
from collector.pages.paging import number_of
from collector.siting import Siting
from collector.store.audit import entries_between
from collector.store.worker import StoreWorker

Render = Callable[[Viewer, LogPage], Response]


class LogRoutes:
    """Handlers of the page; `render` prints it."""

    def __init__(self, live: Live, desk: Desk, worker: StoreWorker, render: Render) -> None:
        self._live = live
        self._desk = desk
        self._worker = worker
        self._render = render

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route(PATH, self.show, methods=["GET"]),
            Route(f"{PATH}.csv", self.csv, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show what the filters let through."""
        viewer, filters = viewer_of(request), self._filters(request)
        inventory = inventory_for(viewer, self._live.inventory)
        events = await self._found(viewer, filters)
        page = build(inventory, events, filters, is_admin=viewer.is_admin, at=self._desk.wall())
        return self._render(viewer, page)

    async def csv(self, request: Request) -> Response:
        """Send what the filters let through as CSV."""
        viewer, filters = viewer_of(request), self._filters(request)
        inventory = inventory_for(viewer, self._live.inventory)
        events = of_kind(await self._found(viewer, filters), filters.kind)
        return await as_csv(lambda: sheet(inventory, events))

    async def _found(self, viewer: Viewer, filters: Filters) -> Sequence[Event]:
        inventory = inventory_for(viewer, self._live.inventory)
        cases = self._live.judgement.record.book.cases()
        book = book_for(viewer, self._desk.book())
        span = filters.span(inventory.province.timezone)
        noted = await self._worker.run(entries_between, *span) if viewer.is_admin else []

        def made() -> list[Event]:
            events = [
                *outages(inventory, viewer, cases),
                *planned(inventory, viewer, book.entries),
                *changed(inventory, noted),
            ]
            return found(inventory, events, filters)

        return await asyncio.to_thread(made)

    def _filters(self, request: Request) -> Filters:
        """Read the filters; without days they are the last ones."""
        asked, inventory = request.query_params, self._live.inventory
        zone = ZoneInfo(inventory.province.timezone)
        today = datetime.fromtimestamp(self._desk.wall(), zone).date()
        until = _day(asked.get("to", "")) or today
        since = _day(asked.get("from", "")) or until - timedelta(days=USUAL_DAYS - 1)
        site = asked.get("site", "").strip()
        return Filters(
            since=min(since, until),
            until=until,
            kind=asked.get("kind", ""),
            site=Siting(inventory).by_code(site) or site,
            query=asked.get("q", "").strip(),
            page=number_of(asked.get("page", "")) or 1,
        )


def _day(text: str) -> date | None:
    """Return a day as the browser's field or a person writes it, None for anything else."""
    for form in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            day = datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if 2000 <= day.year <= 2100:  # noqa: PLR2004 - farther ones are mistakes
            return day
    return None
