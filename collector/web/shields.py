"""What stands before every answer: pages need a session, browsers are told what not to do."""

from collections.abc import Awaitable, Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from collector.web.access import COOKIE
from collector.web.sessions import Sessions
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
    """Turns away whoever is not signed in from every path that is not in the table: the pages."""

    def __init__(
        self,
        app: ASGIApp,
        paths: Iterable[str],
        sessions: Sessions,
        sign_in_page: Callable[[], Response],
        refused: Callable[[Request, Exception], Awaitable[Response]],
    ) -> None:
        self._app = app
        self._refused = refused
        self._sign_in_page = sign_in_page
        self._paths = frozenset(path for path in paths if not path.endswith("/"))
        self._prefixes = tuple(path for path in paths if path.endswith("/"))
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or turn it away."""
        if scope["type"] == "http" and not self._is_handled(scope["path"]):
            request = Request(scope)
            try:
                is_signed_in = await self._sessions.is_valid(request.cookies.get(COOKIE, ""))
            except WireError as exc:
                await (await self._refused(request, exc))(scope, receive, send)
                return
            if not is_signed_in:
                await self._sign_in_page()(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_handled(self, path: str) -> bool:
        # /v1/ answers in JSON even for what does not exist.
        return path in self._paths or path.startswith((*self._prefixes, "/v1/"))


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
