"""The pages of units: all of them, and one."""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from collector.accounts.narrowed import coverage_for, inventory_for, verdicts_for
from collector.accounts.viewer import Viewer, viewer_of
from collector.live import Live
from collector.pages import unit as one_unit
from collector.pages import units as all_units
from collector.pages.month_figures import MonthFigures
from collector.pages.paging import number_of
from collector.pages.unit import UnitPage
from collector.pages.units import PATH, Tree, UnitsPage
from collector.verdict.coverage import Coverage
from collector.verdict.verdicts import Verdicts
from govnet.errors import WireError

ONE_PATH: Final = f"{PATH}/{{unit}}"

RenderAll = Callable[[Viewer, UnitsPage, int], Response]
RenderOne = Callable[[Viewer, UnitPage, int], Response]
Missing = Callable[[Viewer], Response]


class UnitsRoutes:
    """Handlers of both pages; `missing` says that there is no such unit."""

    def __init__(
        self,
        live: Live,
        month: MonthFigures,
        render_all: RenderAll,
        render_one: RenderOne,
        missing: Missing,
    ) -> None:
        self._live = live
        self._month = month
        self._render_all = render_all
        self._render_one = render_one
        self._missing = missing

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route(PATH, self.show_all, methods=["GET"]),
            Route(ONE_PATH, self.show_one, methods=["GET"]),
        ]

    async def show_all(self, request: Request) -> Response:
        """Show the tree, or what a search finds."""
        viewer = viewer_of(request)
        page = await asyncio.to_thread(
            all_units.build,
            inventory_for(viewer, self._live.inventory),
            *self._known(viewer),
            request.query_params.get("q", "").strip(),
            number_of(request.query_params.get("page", "")) or 1,
        )
        return self._render_all(viewer, page, 200)

    async def show_one(self, request: Request) -> Response:
        """Show one unit; who sees a part does not learn what exists elsewhere."""
        viewer, asked = viewer_of(request), request.path_params["unit"]
        inventory = inventory_for(viewer, self._live.inventory)
        unit = inventory.units.get(asked)
        if unit is None and not viewer.sees_all:
            raise WireError("forbidden", f"{asked}: outside the part that this account sees")
        if unit is None:
            return self._missing(viewer)
        tree = await asyncio.to_thread(Tree, inventory, *self._known(viewer))
        sites = frozenset(fact.site for fact in tree.all_sites(asked))
        month = await self._month.sites(asked, sites)
        page = await asyncio.to_thread(
            one_unit.build,
            inventory,
            unit,
            *self._known(viewer),
            month,
            page=number_of(request.query_params.get("page", "")) or 1,
            child_page=number_of(request.query_params.get("units", "")) or 1,
        )
        return self._render_one(viewer, page, 200)

    def _known(self, viewer: Viewer) -> tuple[Verdicts, Coverage]:
        """Return what is known at this moment, in records of its own: the judge goes on."""
        verdicts = verdicts_for(viewer, self._live.verdicts)
        own = msgspec.structs.replace(verdicts, sites=dict(verdicts.sites))
        return own, coverage_for(viewer, self._live.coverage)
