"""What stands before every answer: who may open a page, what browsers are told not to do."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from govnet.errors import WireError

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (
        b"content-security-policy",
        b"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
)


class PagesNeedSession:
    """Lets nobody to a page whom `admitted` gives another answer; it may raise WireError.

    `is_page` says of a path whether it is one.
    """

    def __init__(
        self,
        app: ASGIApp,
        is_page: Callable[[str], bool],
        admitted: Callable[[Request], Awaitable[Response | None]],
        refused: Callable[[Request, Exception], Awaitable[Response]],
    ) -> None:
        self._app = app
        self._is_page = is_page
        self._admitted = admitted
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or turn it away."""
        if scope["type"] == "http" and self._is_page(scope["path"]):
            request = Request(scope)
            try:
                answer = await self._admitted(request)
            except WireError as exc:
                answer = await self._refused(request, exc)
            if answer is not None:
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


class SecurityHeaders:
    """Adds what browsers need to be told, and keeps answers out of shared caches."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request with the headers in its answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                given = {name.lower() for name, _ in headers}
                wanted = (*SECURITY_HEADERS, (b"cache-control", b"no-store"))
                headers.extend(pair for pair in wanted if pair[0] not in given)
            await send(message)

        await self._app(scope, receive, send_with_headers)
