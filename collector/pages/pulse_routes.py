"""`GET /events`: tells an open page that verdicts changed, as server-sent events (WHATWG HTML).

An event only says that there is something new: the page fetches itself again, so what somebody may
see is decided where pages are made. Who sees a part is told of that part only. Streams are bounded,
end with the session and with the collector, and a page without one follows by asking.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from collector.accounts.viewer import Viewer, viewer_of
from collector.live import Live
from collector.pages.pulse import Pulse
from govnet.errors import WireError

PATH: Final = "/events"
LOOK_SECONDS: Final = 0.5
"""How often a stream looks for news; verdicts are judged once a second."""
APART_SECONDS: Final = 2.0
"""At least so far apart are two events of a stream."""
HEARTBEAT_SECONDS: Final = 15.0
"""So long a stream is silent at most, so that both sides notice a broken line."""
SESSION_SECONDS: Final = 10.0
"""How often it is asked whether whoever listens is still signed in, with the same rights."""
RETRY_MILLISECONDS: Final = 5000
MOST_STREAMS: Final = 200
MOST_OF_ONE: Final = 12
"""Streams of one account: a browser opens six to one host at most, people have two or three."""


class PulseRoutes:
    """The handler; `signed_in` says who a request is of, `is_stopping` whether to end."""

    def __init__(
        self,
        live: Live,
        signed_in: Callable[[Request], Awaitable[Viewer | None]],
        is_stopping: Callable[[], bool],
    ) -> None:
        self._live = live
        self._signed_in = signed_in
        self._is_stopping = is_stopping
        self._pulse = Pulse()
        self._open: Counter[str] = Counter()

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        return [Route(PATH, self.events, methods=["GET"])]

    async def events(self, request: Request) -> Response:
        """Open a stream; raises WireError `rate_limited` where there are too many."""
        viewer = viewer_of(request)
        if self._is_full(viewer):
            raise WireError("rate_limited", "too many pages follow by events; they go on by asking")
        return StreamingResponse(self._stream(request, viewer), media_type="text/event-stream")

    def _is_full(self, viewer: Viewer) -> bool:
        return self._open.total() >= MOST_STREAMS or self._open[viewer.who] >= MOST_OF_ONE

    async def _stream(self, request: Request, viewer: Viewer) -> AsyncIterator[str]:
        # Of many that ask at the same moment none is counted yet when it is let in.
        if self._is_full(viewer):
            return
        self._open[viewer.who] += 1
        try:
            yield f"retry: {RETRY_MILLISECONDS}\n\n"
            async for text in self._told(request, viewer):
                yield text
        finally:
            self._open[viewer.who] -= 1
            self._open += Counter()  # Forgets who has none any more.

    async def _told(self, request: Request, viewer: Viewer) -> AsyncIterator[str]:
        number = self._look()
        spoken = asked = time.monotonic()
        while not self._is_stopping():
            await asyncio.sleep(LOOK_SECONDS)
            now = time.monotonic()
            if now - asked >= SESSION_SECONDS:
                asked = now
                if await self._signed_in(request) != viewer:
                    return
            newest = self._look()
            is_news = self._pulse.is_news(number, viewer.sites)
            if not is_news:
                number = newest
            if is_news and now - spoken >= APART_SECONDS:
                number, spoken = newest, now
                yield f"event: verdicts\nid: {newest}\ndata: {newest}\n\n"
            elif now - spoken >= HEARTBEAT_SECONDS:
                spoken = now
                yield ": \n\n"

    def _look(self) -> int:
        live = self._live
        return self._pulse.look(live.verdicts, live.judgement.record.book.cases())
