"""Every path that is not the agents' own: metrics, health, the read API, login, pages.

Handlers answer from the live view; who may ask is decided in one place (`collector.web.guard`), by
the tables of operations and of pages. What is refused says why, as on the report path, and is
counted.
"""

import asyncio
import math
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

import msgspec
from isal import isal_zlib
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from collector import open_files, pages
from collector.accounts.door import Door
from collector.accounts.narrowed import coverage_for, verdicts_for
from collector.accounts.viewer import viewer_of
from collector.config import Config
from collector.intake.limits import Failures, RateLimitedError
from collector.live import Live
from collector.maintenance.desk import Desk
from collector.metrics.discovery import scrape_url, target_groups
from collector.metrics.exposition import CONTENT_TYPE, Part
from collector.pages.account_routes import PATH as ACCOUNT_PATH
from collector.pages.rules import rule_of
from collector.readiness.desk import ConferenceDesk
from collector.series.versions import versions
from collector.store.known_agents import Registry
from collector.store.worker import StoreWorker
from collector.web.access import Access, Need
from collector.web.answers import (
    CollectorTold,
    Health,
    Mistakes,
    Reloaded,
    agent_list,
    site_detail,
    site_list,
)
from collector.web.conferences import ConferenceHandlers
from collector.web.facts import FactsHandlers
from collector.web.guard import Guard
from collector.web.maintenance import MaintenanceHandlers
from collector.web.openapi import document
from collector.web.operation import PEM, Operation
from collector.web.operations import OPERATIONS
from collector.web.outages import OutageHandlers
from collector.web.sessions import Sessions
from collector.web.shields import PagesNeedSession, SecurityHeaders
from collector.web.signing_in import SigningInHandlers
from collector.web.site_check import SiteCheckHandlers
from govnet import __version__
from govnet.errors import ConfigError, WireError
from govnet.report import REASONS
from inventory.model import Inventory

_GZIP_ONLY = 31
_FASTEST = 1
_SEE_OTHER, _UNAUTHENTICATED, _UNPROCESSABLE = 303, 401, 422

_WEIGHT_ZERO = re.compile(r"[qQ]\s*=\s*0(\.0*)?")

Endpoint = Callable[[Request], Awaitable[Response]]


class Api(
    ConferenceHandlers,
    FactsHandlers,
    MaintenanceHandlers,
    OutageHandlers,
    SigningInHandlers,
    SiteCheckHandlers,
):
    """Handlers of the operations; `reload` reads the inventory again and takes it over.

    `registry` returns who holds a key at this very moment, `compare` brings the differences between
    inventory and reality up to date.
    """

    def __init__(
        self,
        *,
        live: Live,
        access: Access,
        sessions: Sessions,
        door: Door,
        desk: Desk,
        conferences: ConferenceDesk,
        worker: StoreWorker,
        registry: Callable[[], Registry],
        compare: Callable[[], Awaitable[None]],
        reload: Callable[[], Awaitable[Inventory]],
        is_ready: Callable[[], bool],
        is_stopping: Callable[[], bool],
        ca_pem: Callable[[], str],
        failures: Failures,
        certificate_expires_at: Callable[[], float | None],
        config: Config,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._live = live
        self._access = access
        self._sessions = sessions
        self._door = door
        self._failures = failures
        self._guard = Guard(access, sessions, failures, lambda: live.inventory, wall)
        self._count_login = live.metrics.login
        self._desk = desk
        self._conferences = conferences
        self._worker = worker
        self._registry = registry
        self._compare = compare
        self._counting = asyncio.Lock()
        self._reload = reload
        self._is_ready = is_ready
        self._is_stopping = is_stopping
        self._ca_pem = ca_pem
        self._certificate_expires_at = certificate_expires_at
        self._has_tls = certificate_expires_at() is not None
        self._config = config
        self._wall = wall
        self._started_at = wall()
        self._scraped_at: float | None = None
        self._document = msgspec.json.encode(document(__version__))

    def application(self) -> ASGIApp:
        """Return the application for everything beside the report path."""
        routes: list[BaseRoute] = [
            Route(
                operation.path,
                self._guarded(operation, getattr(self, operation.handler)),
                methods=[operation.method],
            )
            for operation in OPERATIONS
            if operation.handler
        ]
        routes += pages.routes(
            self._live,
            self._desk,
            self._door,
            self._config.url,
            conferences=self._conferences,
            failures=self._failures,
            worker=self._worker,
            registry=self._registry,
            compare=self._compare,
            data=Path(self._config.data_dir),
            law=self._config.law,
            signed_in=self._guard.signed_in,
            is_stopping=self._is_stopping,
        )
        application = Starlette(
            routes=routes,
            middleware=[
                Middleware(SecurityHeaders),
                Middleware(
                    PagesNeedSession,
                    is_page=_is_page,
                    admitted=self._admitted_to_page,
                    refused=self._refused,
                ),
            ],
            exception_handlers={HTTPException: self._http_problem, WireError: self._refused},
        )
        # A redirect would lead to whatever host the client named.
        application.router.redirect_slashes = False
        return application

    def _guarded(self, operation: Operation, endpoint: Endpoint) -> Endpoint:
        async def guarded(request: Request) -> Response:
            await self._guard.admit(request, operation.need, is_narrowed=operation.is_narrowed)
            return await endpoint(request)

        return guarded

    async def _admitted_to_page(self, request: Request) -> Response | None:
        """Return None for who may go on, else the page that says what to do first."""
        path = request.url.path
        rule = rule_of(request.method, path)
        if rule.is_open:
            return None
        viewer = await self._guard.admit_page(request, rule)
        if viewer is None:
            asked = f"{path}?{request.url.query}" if request.url.query else path
            is_page = request.method in {"GET", "HEAD"}
            return self._sign_in_page(next_page=asked if is_page else "/", status=_UNAUTHENTICATED)
        if viewer.must_change and not rule.is_first:
            return RedirectResponse(ACCOUNT_PATH, _SEE_OTHER)
        return None

    async def _refused(self, request: Request, error: Exception) -> Response:
        """Answer a refusal in the words of the wire, on pages as a page where one may not go on."""
        if not isinstance(error, WireError):
            raise error
        self._live.metrics.rejected_requests.labels(error.reason).inc()
        if error.reason == "forbidden" and _is_page(request.url.path):
            return pages.forbidden(self._live, viewer_of(request))
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
        if not self._access.holds(Need.OPERATE, request.headers.get("authorization", "")):
            self._scraped_at = self._wall()
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

    async def sites(self, request: Request) -> Response:
        """Every site."""
        viewer, live = viewer_of(request), self._live
        verdicts = verdicts_for(viewer, live.verdicts)
        return _json(site_list(verdicts, coverage_for(viewer, live.coverage)))

    async def site(self, request: Request) -> Response:
        """One site."""
        live, site = self._live, request.path_params["site"]
        viewer_of(request).require(site)
        detail = site_detail(site, live.inventory, live.verdicts, live.coverage)
        if detail is None:
            raise WireError("not_found", "no such site")
        return _json(detail)

    async def agents(self, request: Request) -> Response:
        """Every agent."""
        live = self._live
        return _json(agent_list(live.registry, live.coverage, viewer_of(request).sees))

    async def collector(self, _: Request) -> Response:
        """Tell about the collector itself."""
        told = CollectorTold(
            version=__version__,
            started_at=self._started_at,
            inventory=self._config.inventory,
            url=self._config.url,
            certificate_expires_at=self._certificate_expires_at(),
            scraped_at=self._scraped_at,
            receivers=[one.name for one in self._config.remote_write],
            credentials_missing=self._live.credentials_missing,
            versions=dict(versions(self._live.state)),
            max_connections=self._config.max_connections,
            open_files_limit=open_files.limit(),
        )
        return _json(told)

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


def _handled_paths() -> tuple[str, ...]:
    return tuple(operation.path.partition("{")[0] for operation in OPERATIONS if operation.handler)


_PATHS = frozenset(path for path in _handled_paths() if not path.endswith("/"))
# /v1/ answers in JSON even for what does not exist.
_PREFIXES = (*(path for path in _handled_paths() if path.endswith("/")), pages.STATIC_PATH, "/v1/")


def _is_page(path: str) -> bool:
    """Whether a path is none of the table of operations, nor below one: a page, or nothing."""
    return path not in _PATHS and not path.startswith(_PREFIXES)


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
