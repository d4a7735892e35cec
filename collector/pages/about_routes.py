"""The page «Giới thiệu»: version, what is collected and what never, legal basis, licences."""

from collections.abc import Callable
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

import govnet
from collector.accounts.viewer import Viewer, viewer_of
from collector.config.law import LawOptions

PATH: Final = "/about"


class AboutPage(msgspec.Struct, frozen=True):
    """What the page says beyond its own words."""

    version: str
    citations: tuple[str, ...]
    citations_as_of: str | None
    """Month of the list that came with the program; None: the operator's own list."""


Render = Callable[[Viewer, AboutPage], Response]


class AboutRoutes:
    """The handler; `render` prints the page."""

    def __init__(self, law: LawOptions, render: Render) -> None:
        self._page = AboutPage(govnet.__version__, law.citations, law.as_of)
        self._render = render

    def routes(self) -> list[BaseRoute]:
        """Return the route."""
        return [Route(PATH, self.show, methods=["GET"])]

    async def show(self, request: Request) -> Response:
        """Show it to whoever is signed in."""
        return self._render(viewer_of(request), self._page)
