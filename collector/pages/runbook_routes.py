"""The pages of the runbook: the list by subject, and one page for each alert."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from collector.accounts.viewer import Viewer, viewer_of
from collector.runbook.book import Entry, Shown, found, shown
from collector.runbook.subjects import PATH, href

MOST_ASKED = 100
"""Of what is searched for, so many characters count."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What the list shows: by subject, each page with its path."""

    query: str
    subjects: Sequence[tuple[str, Sequence[tuple[Entry, str]]]]


class RunbookRoutes:
    """Handlers; `render_list` and `render_page` print, `missing` answers for no such alert."""

    def __init__(
        self,
        render_list: Callable[[Viewer, Listed], Response],
        render_page: Callable[[Viewer, Shown], Response],
        missing: Callable[[Viewer], Response],
    ) -> None:
        self._render_list = render_list
        self._render_page = render_page
        self._missing = missing

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [
            Route(PATH, self.list, methods=["GET"]),
            Route(f"{PATH}/{{alert}}", self.page, methods=["GET"]),
        ]

    async def list(self, request: Request) -> Response:
        """List the pages that hold what is searched for."""
        query = request.query_params.get("q", "").strip()[:MOST_ASKED]
        return self._render_list(viewer_of(request), await asyncio.to_thread(listed, query))

    async def page(self, request: Request) -> Response:
        """Show the page of one alert."""
        viewer = viewer_of(request)
        page = await asyncio.to_thread(shown, request.path_params["alert"])
        return self._missing(viewer) if page is None else self._render_page(viewer, page)


def listed(query: str) -> Listed:
    """Return the pages that hold every word of `query`, by subject."""
    groups = groupby(found(query), key=lambda entry: entry.subject)
    return Listed(
        query, [(name, [(one, href(one.alert)) for one in entries]) for name, entries in groups]
    )
