"""The API's paths of checks once more: their handlers."""

import math
from collections.abc import Callable
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from collector.accounts.viewer import viewer_of
from collector.live import Live
from collector.site_check import check_site, site_check
from govnet.errors import WireError

_ACCEPTED: Final = 202
_WHO: Final = "api"


class SiteCheckHandlers:
    """The handlers; `collector.web.api.Api` is one."""

    _live: Live
    _wall: Callable[[], float]

    async def check_site(self, request: Request) -> Response:
        """Ask for a site's checks once more."""
        now = self._wall()
        text = request.query_params.get("at")
        at = now if text is None else _seconds(text)
        asked = check_site(self._live, request.path_params["site"], at, now, _WHO)
        return Response(msgspec.json.encode(asked), _ACCEPTED, media_type="application/json")

    async def site_check(self, request: Request) -> Response:
        """Show how new what is known of a site is, and what was asked."""
        site = request.path_params["site"]
        viewer_of(request).require(site)
        found = site_check(self._live, site, self._wall())
        return Response(msgspec.json.encode(found), media_type="application/json")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise WireError("bad_request", f"at: expected Unix seconds, got {text!r}")
    return seconds
