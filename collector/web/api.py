"""Every path that is not the agents' own: metrics, health, the read API, login, pages.

Handlers answer from the live view; who may ask is decided in one place (`_guarded`), by the table
of operations. What is refused says why, as on the report path, and is counted.
"""

import asyncio
import math
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

import msgspec
from isal import isal_zlib
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from collector import pages
from collector.config import Config
from collector.intake.limits import Failures, RateLimitedError
from collector.live import Live
from collector.maintenance.desk import Desk
from collector.metrics.discovery import scrape_url, target_groups
from collector.metrics.exposition import CONTENT_TYPE, Part
from collector.readiness.desk import ConferenceDesk
from collector.store.machine_facts import facts_of
from collector.store.worker import StoreWorker
from collector.web.access import COOKIE, Access, Need
from collector.web.answers import Health, Mistakes, Reloaded, agent_list, site_detail, site_list
from collector.web.conferences import ConferenceHandlers
from collector.web.maintenance import MaintenanceHandlers
from collector.web.openapi import document
from collector.web.operations import OPERATIONS, PEM
from collector.web.outages import OutageHandlers
from collector.web.sessions import Sessions
from govnet import __version__
from govnet.errors import ConfigError, WireError
from govnet.report import REASONS
from inventory.model import Inventory

_GZIP_ONLY = 31
_FASTEST = 1
_UNPROCESSABLE = 422

_WEIGHT_ZERO = re.compile(r"[qQ]\s*=\s*0(\.0*)?")

Endpoint = Callable[[Request], Awaitable[Response]]

SIGN_IN_TITLE = "Cần đăng nhập"
SIGN_IN_HOW = "Hãy tạo liên kết mới trên máy chủ bằng lệnh: govnet login-link"
NO_SESSION = "Trang này chỉ dành cho người đã đăng nhập."
BAD_LINK = "Liên kết đăng nhập không đúng, đã được dùng hoặc đã hết hạn."

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


class Api(ConferenceHandlers, MaintenanceHandlers, OutageHandlers):
    """Handlers of the operations; `reload` reads the inventory again and takes it over."""

    def __init__(
        self,
        *,
        live: Live,
        access: Access,
        sessions: Sessions,
        desk: Desk,
        conferences: ConferenceDesk,
        worker: StoreWorker,
        reload: Callable[[], Awaitable[Inventory]],
        is_ready: Callable[[], bool],
        ca_pem: Callable[[], str],
        failures: Failures,
        has_tls: bool,
        config: Config,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._live = live
        self._access = access
        self._sessions = sessions
        self._desk = desk
        self._conferences = conferences
        self._worker = worker
        self._counting = asyncio.Lock()
        self._reload = reload
        self._is_ready = is_ready
        self._ca_pem = ca_pem
        self._failures = failures
        self._has_tls = has_tls
        self._config = config
        self._wall = wall
        self._document = msgspec.json.encode(document(__version__))

    def application(self) -> ASGIApp:
        """Return the application for everything beside the report path."""
        routes: list[BaseRoute] = [
            Route(
                operation.path,
                self._guarded(operation.need, getattr(self, operation.handler)),
                methods=[operation.method],
            )
            for operation in OPERATIONS
            if operation.handler
        ]
        routes += pages.routes(
            self._live, self._desk, self._conferences, self._failures, self._config.url
        )
        application = Starlette(
            routes=routes,
            middleware=[
                Middleware(_SecurityHeaders),
                Middleware(
                    _PagesNeedSession,
                    paths=(*_handled_paths(), pages.STATIC_PATH, pages.ROOM_PATH),
                    sessions=self._sessions,
                    sign_in_page=lambda: self._sign_in_page(NO_SESSION),
                    refused=self._refused,
                ),
            ],
            exception_handlers={HTTPException: self._http_problem, WireError: self._refused},
        )
        # A redirect would lead to whatever host the client named.
        application.router.redirect_slashes = False
        return application

    def _guarded(self, need: Need, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            if not await self._may(need, request):
                self._count_failure(request)
                raise WireError("unauthenticated", _WANTED[need])
            return await endpoint(request)

        return guarded

    def _count_failure(self, request: Request) -> None:
        """Count a wrong token; raises RateLimitedError when it is one too many."""
        host, now = _host(request), time.monotonic()
        self._failures.check(host, "", now)
        self._failures.note(host, "", now)

    async def _may(self, need: Need, request: Request) -> bool:
        if need is Need.NOTHING:
            return True
        if need is Need.SCRAPE and self._access.is_listed(_host(request)):
            return True
        if self._access.holds(need, request.headers.get("authorization", "")):
            return True
        return need is Need.READ and await self._sessions.is_valid(request.cookies.get(COOKIE, ""))

    async def _refused(self, _: Request, error: Exception) -> Response:
        """Answer a refusal in the words of the wire."""
        if not isinstance(error, WireError):
            raise error
        self._live.metrics.rejected_requests.labels(error.reason).inc()
        status = REASONS[error.reason]
        headers = {"WWW-Authenticate": "Bearer"} if status == REASONS["unauthenticated"] else {}
        if isinstance(error, RateLimitedError):
            headers["Retry-After"] = str(math.ceil(error.retry_seconds))
        body = {"error": error.reason, "detail": error.detail}
        return _json(body, status=status, headers=headers)

    async def _http_problem(self, request: Request, error: Exception) -> Response:
        """Answer what the router refuses."""
        status = error.status_code if isinstance(error, HTTPException) else 400
        reason = next((word for word, code in REASONS.items() if code == status), "bad_request")
        return await self._refused(request, WireError(reason, "no such path or method"))

    # --- metrics ------------------------------------------------------------------------------

    async def metrics(self, request: Request) -> Response:
        """All metrics."""
        return self._exposed(request, Part.ALL)

    async def metrics_verdicts(self, request: Request) -> Response:
        """Verdicts, coverage, the collector itself."""
        return self._exposed(request, Part.VERDICTS)

    async def metrics_shard(self, request: Request) -> Response:
        """Measurements of one shard; refuses a number that no site has."""
        wanted = request.path_params["shard"]
        for shard in {0, *self._live.shards.values()}:
            if wanted == str(shard):
                return self._exposed(request, Part.of_shard(shard))
        raise WireError("not_found", "no such shard")

    def _exposed(self, request: Request, part: Part) -> Response:
        pieces: Iterable[bytes] = self._live.exposition(part)
        headers = {"Vary": "Accept-Encoding"}
        if _takes_gzip(request.headers.get("accept-encoding", "")):
            headers["Content-Encoding"] = "gzip"
            pieces = _gzipped(pieces)
        return StreamingResponse(_yielding(pieces), media_type=CONTENT_TYPE, headers=headers)

    async def discovery(self, request: Request) -> Response:
        """Scrape targets."""
        scheme = "https" if self._has_tls else "http"
        url = scrape_url(
            self._config.scrape_address, self._config.url, request.scope["server"], scheme
        )
        return _json(target_groups(self._live.shards, url))

    async def ca(self, _: Request) -> Response:
        """Show by which CA agents trust the collector; it is no secret."""
        pem = self._ca_pem()
        if not pem:
            raise WireError("not_found", "agents need no CA for this collector")
        return Response(pem, media_type=PEM)

    # --- health -------------------------------------------------------------------------------

    async def healthz(self, _: Request) -> Response:
        """Say that the process answers."""
        return _json(Health("ok"))

    async def readyz(self, _: Request) -> Response:
        """Say whether reports are taken."""
        ready = self._is_ready()
        return _json(Health("ready" if ready else "not ready"), status=200 if ready else 503)

    # --- read API -----------------------------------------------------------------------------

    async def sites(self, _: Request) -> Response:
        """Every site."""
        return _json(site_list(self._live.verdicts, self._live.coverage))

    async def site(self, request: Request) -> Response:
        """One site."""
        live = self._live
        detail = site_detail(
            request.path_params["site"], live.inventory, live.verdicts, live.coverage
        )
        if detail is None:
            raise WireError("not_found", "no such site")
        return _json(detail)

    async def agents(self, _: Request) -> Response:
        """Every agent."""
        return _json(agent_list(self._live.registry, self._live.coverage))

    async def machine_facts(self, request: Request) -> Response:
        """Show what one machine is."""
        machine = f"{request.path_params['site']}/{request.path_params['machine']}"
        found = await self._worker.run(facts_of, machine)
        if found is None:
            raise WireError("not_found", "no such machine, or it has told nothing yet")
        return _json(found)

    async def openapi(self, _: Request) -> Response:
        """Describe all this."""
        return Response(self._document, media_type="application/json")

    async def reload(self, _: Request) -> Response:
        """Read the inventory again."""
        try:
            inventory = await self._reload()
        except ConfigError as exc:
            return _json(Mistakes("bad_inventory", exc.problems), status=_UNPROCESSABLE)
        return _json(Reloaded(self._config.inventory, len(inventory.sites)))

    async def try_alerts(self, _: Request) -> Response:
        """Let a test alert begin."""
        trial = self._live.trials.start(self._wall())
        if trial is None:
            raise WireError("rate_limited", "enough test alerts are under way; try later")
        return _json(trial)

    # --- login --------------------------------------------------------------------------------

    async def login(self, request: Request) -> Response:
        """Use a one-time link up; one that is only looked at stays good."""
        if request.method == "HEAD":
            raise WireError("method_not_allowed", "expected GET")
        cookie = await self._sessions.redeem(request.query_params.get("once", ""))
        if cookie is None:
            self._live.metrics.rejected_requests.labels("unauthenticated").inc()
            self._count_failure(request)
            return self._sign_in_page(BAD_LINK)
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(
            COOKIE,
            cookie,
            max_age=int(self._sessions.session_seconds),
            httponly=True,
            samesite="strict",
            secure=self._has_tls or self._config.is_https,
        )
        return response

    def _sign_in_page(self, reason: str) -> Response:
        return pages.message(self._live, SIGN_IN_TITLE, (reason, SIGN_IN_HOW), status=401)


def _host(request: Request) -> str | None:
    return request.client.host if request.client else None


_WANTED = {
    Need.SCRAPE: "expected a listed address or a bearer token",
    Need.READ: "expected a session or a bearer token",
    Need.OPERATE: "expected the operator's bearer token",
}


def _handled_paths() -> tuple[str, ...]:
    return tuple(operation.path.partition("{")[0] for operation in OPERATIONS if operation.handler)


class _PagesNeedSession:
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


class _SecurityHeaders:
    """Adds what browsers need to be told, and keeps answers out of shared caches."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.setdefault("headers", [])
                given = {name.lower() for name, _ in headers}
                wanted = (*SECURITY_HEADERS, (b"cache-control", b"no-store"))
                headers.extend(pair for pair in wanted if pair[0] not in given)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _json(answer: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    body = msgspec.json.encode(answer)
    return Response(body, status, headers, media_type="application/json")


def _takes_gzip(accepted: str) -> bool:
    """Whether an `Accept-Encoding` names gzip with a weight above 0 (RFC 9110 §12.5.3)."""
    for coding in accepted.split(","):
        name, _, weight = coding.partition(";")
        if name.strip().lower() in {"gzip", "x-gzip"}:
            return _WEIGHT_ZERO.fullmatch(weight.strip()) is None
    return False


def _gzipped(pieces: Iterable[bytes]) -> Iterable[bytes]:
    compressor = isal_zlib.compressobj(_FASTEST, wbits=_GZIP_ONLY)
    for piece in pieces:
        if packed := compressor.compress(piece):
            yield packed
    yield compressor.flush()


async def _yielding(pieces: Iterable[bytes]) -> AsyncIterator[bytes]:
    """Give the loop a turn between pieces: reports are taken while a scrape runs."""
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)
