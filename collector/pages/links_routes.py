"""The page of lines, and the same as CSV."""

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from collector.accounts.narrowed import coverage_for, inventory_for, verdicts_for
from collector.accounts.viewer import Viewer, viewer_of
from collector.live import Live
from collector.pages.links import CSV_PATH, PATH, Filters, Known, LinksPage, all_rows, build
from collector.pages.links_csv import links_csv
from collector.pages.month_figures import MonthFigures
from collector.pages.paging import number_of
from collector.series.quality import Kept
from collector.verdict.coverage import Coverage
from collector.verdict.spans import SpanKind
from inventory.model import Inventory

FILE_NAME: Final = "duong-truyen.csv"

Render = Callable[[Viewer, LinksPage, int], Response]


class LinksRoutes:
    """Handlers of the page; `render` prints it."""

    def __init__(self, live: Live, month: MonthFigures, kept: Kept, render: Render) -> None:
        self._live = live
        self._month = month
        self._kept = kept
        self._render = render

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route(PATH, self.show, methods=["GET"]),
            Route(CSV_PATH, self.export, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the lines."""
        viewer = viewer_of(request)
        inventory, coverage, known = await self._known(viewer)
        page = await asyncio.to_thread(build, inventory, coverage, known, _filters(request))
        return self._render(viewer, page, 200)

    async def export(self, request: Request) -> Response:
        """Send every line that the filters let through."""
        inventory, coverage, known = await self._known(viewer_of(request))
        filters = _filters(request)
        text = await asyncio.to_thread(
            lambda: links_csv(all_rows(inventory, coverage, known, filters))
        )
        headers = {"Content-Disposition": f'attachment; filename="{FILE_NAME}"'}
        return Response(text, 200, headers, media_type="text/csv; charset=utf-8")

    async def _known(self, viewer: Viewer) -> tuple[Inventory, Coverage, Known]:
        """Return what is known at this moment, in records of its own: the judge goes on."""
        month = await self._month.links()
        live = self._live
        verdicts = verdicts_for(viewer, live.verdicts)
        known = Known(
            at=verdicts.judged_at,
            verdicts={
                item: one for item, one in verdicts.items.items() if one.kind is SpanKind.LINK
            },
            qualities=self._kept.qualities(live.state, verdicts.judged_at),
            month=month,
            cases=live.judgement.record.book.cases(),
        )
        return inventory_for(viewer, live.inventory), coverage_for(viewer, live.coverage), known


def _filters(request: Request) -> Filters:
    asked = request.query_params
    return Filters(
        query=asked.get("q", "").strip(),
        carrier=asked.get("carrier", ""),
        unit=asked.get("unit", ""),
        page=number_of(asked.get("page", "")) or 1,
    )
