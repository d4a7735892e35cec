"""The page of coverage, and what of it can be taken along."""

import asyncio
from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from collector.accounts.narrowed import coverage_for, inventory_for, verdicts_for
from collector.accounts.viewer import Viewer, viewer_of
from collector.live import Live
from collector.pages.coverage import PATH, CoveragePage, Filters, build, sheet
from collector.pages.downloads import Sheet, as_csv, as_xlsx
from collector.pages.paging import number_of
from collector.verdict.coverage import Coverage
from collector.verdict.verdicts import Verdicts
from govnet.errors import WireError
from inventory.model import Inventory

Render = Callable[[Viewer, CoveragePage], Response]


class CoverageRoutes:
    """Handlers of the page; `render` prints it."""

    def __init__(self, live: Live, render: Render) -> None:
        self._live = live
        self._render = render

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route(PATH, self.show, methods=["GET"]),
            Route(f"{PATH}.csv", self.csv, methods=["GET"]),
            Route(f"{PATH}.xlsx", self.xlsx, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show all units, or one."""
        viewer, asked = viewer_of(request), request.query_params
        filters = Filters(
            query=asked.get("q", "").strip(),
            unit=asked.get("unit", ""),
            worst=asked.get("sort", "") == "thieu",
            page=number_of(asked.get("page", "")) or 1,
        )
        known = self._known(viewer, filters.unit)
        return self._render(viewer, await asyncio.to_thread(build, *known, filters))

    async def csv(self, request: Request) -> Response:
        """Send every number as CSV."""
        return await as_csv(self._sheet(request))

    async def xlsx(self, request: Request) -> Response:
        """Send every number as a workbook."""
        return await as_xlsx(self._sheet(request))

    def _sheet(self, request: Request) -> Callable[[], Sheet]:
        unit = request.query_params.get("unit", "")
        known = self._known(viewer_of(request), unit)
        return lambda: sheet(*known, unit)

    def _known(self, viewer: Viewer, unit: str) -> tuple[Inventory, Coverage, Verdicts]:
        """Return what is known at this moment, in tables of its own: the judge goes on.

        Who sees a part does not learn which units exist elsewhere.
        """
        inventory = inventory_for(viewer, self._live.inventory)
        if unit and unit not in inventory.units and not viewer.sees_all:
            raise WireError("forbidden", f"{unit}: outside the part that this account sees")
        verdicts = verdicts_for(viewer, self._live.verdicts)
        kept = msgspec.structs.replace(
            verdicts, sites=dict(verdicts.sites), items=dict(verdicts.items)
        )
        return inventory, coverage_for(viewer, self._live.coverage), kept
