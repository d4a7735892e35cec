"""The page of the inventory, and what of it can be taken along."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from collector.accounts.narrowed import inventory_for
from collector.accounts.viewer import Viewer, viewer_of
from collector.live import Live
from collector.pages.downloads import Sheet, as_csv, as_xlsx
from collector.pages.inventory import (
    PATH,
    Facts,
    Filters,
    InventoryPage,
    asked_ids,
    build,
    cut_of,
    found,
    of_kind,
    sheet,
)
from collector.pages.paging import number_of
from collector.pages.stock import Entry, Kind, entries
from collector.store.device_facts import told_of_some
from collector.store.machine_facts import facts_of_some
from collector.store.worker import StoreWorker
from inventory.model import Inventory

Render = Callable[[Viewer, InventoryPage], Response]


class InventoryRoutes:
    """Handlers of the page; `render` prints it, `wall` returns Unix seconds."""

    def __init__(
        self, live: Live, worker: StoreWorker, wall: Callable[[], float], render: Render
    ) -> None:
        self._live = live
        self._worker = worker
        self._wall = wall
        self._render = render
        self._listed: tuple[Inventory, date, tuple[Entry, ...]] | None = None

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route(PATH, self.show, methods=["GET"]),
            Route(f"{PATH}.csv", self.csv, methods=["GET"]),
            Route(f"{PATH}.xlsx", self.xlsx, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show what the filters let through."""
        viewer, filters = viewer_of(request), _filters(request)
        inventory = inventory_for(viewer, self._live.inventory)
        everything = await self._everything(viewer)
        ones = await asyncio.to_thread(found, inventory, everything, filters)
        facts = await self._facts(cut_of(ones, filters)[1])
        page = await asyncio.to_thread(
            build, inventory, everything, ones, facts, filters, at=self._wall()
        )
        return self._render(viewer, page)

    async def csv(self, request: Request) -> Response:
        """Send what the filters let through as CSV."""
        return await as_csv(await self._sheet(request))

    async def xlsx(self, request: Request) -> Response:
        """Send what the filters let through as a workbook."""
        return await as_xlsx(await self._sheet(request))

    async def _sheet(self, request: Request) -> Callable[[], Sheet]:
        viewer, filters = viewer_of(request), _filters(request)
        inventory = inventory_for(viewer, self._live.inventory)
        everything = await self._everything(viewer)
        ones = await asyncio.to_thread(found, inventory, everything, filters)
        chosen = of_kind(ones, filters.kind)
        facts = await self._facts(chosen)
        return lambda: sheet(chosen, facts)

    async def _everything(self, viewer: Viewer) -> Sequence[Entry]:
        """Return what the viewer sees; worked out anew for another inventory or another day."""
        inventory = self._live.inventory
        zone = ZoneInfo(inventory.province.timezone)
        day = datetime.fromtimestamp(self._wall(), zone).date()
        listed = self._listed
        if listed is None or listed[0] is not inventory or listed[1] != day:
            made = await asyncio.to_thread(lambda: tuple(entries(inventory, day)))
            self._listed = listed = (inventory, day, made)
        if viewer.sees_all:
            return listed[2]
        return [one for one in listed[2] if one.kind is not Kind.SERVICE and viewer.sees(one.id)]

    async def _facts(self, ones: Sequence[Entry]) -> Facts:
        machines, devices = asked_ids(ones)
        told = await self._worker.run(facts_of_some, machines)
        return told | await self._worker.run(told_of_some, devices)


def _filters(request: Request) -> Filters:
    asked = request.query_params
    return Filters(
        query=asked.get("q", "").strip(),
        kind=asked.get("kind", ""),
        unit=asked.get("unit", "").strip(),
        sort=asked.get("sort", "").strip(),
        lifecycle=asked.get("life", ""),
        page=number_of(asked.get("page", "")) or 1,
    )
