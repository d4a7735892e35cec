"""Listening: the ASGI application, uvicorn with our bounds, signals.

SIGTERM and SIGINT stop in order: no new batch is taken, those under way are answered, a
checkpoint is written. SIGHUP reads certificate and inventory again.
"""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from collector import open_files
from collector.config import Config
from collector.intake.acceptor import Acceptor
from collector.intake.connection import GuardedProtocol
from collector.intake.enrol_path import EnrolPath
from collector.intake.report_path import ReportPath
from collector.logs.syslog import SyslogHandler
from collector.metrics.counts import Counts
from collector.periodic import every
from collector.places import note_urls
from collector.process import Collector
from collector.tls.serving import files_of
from govnet import __version__, notify
from govnet.errors import ConfigError
from govnet.report import PATH_ENROL, PATH_KEYS, PATH_REPORTS, PATH_SETTINGS

STOP_SECONDS = 10
KEEP_ALIVE_SECONDS = 75
"""Longer than the usual report interval, so that an agent keeps its connection."""
BACKLOG = 2048
ALIVE_SECONDS = 30.0
"""How often systemd, where it started us, hears that the loop turns (WatchdogSec of the unit)."""


class Application:
    """The ASGI application: the report path first, everything else behind."""

    def __init__(
        self,
        path: ReportPath,
        enrol_path: EnrolPath,
        rest: ASGIApp,
        counts: Counts,
        config: Config,
    ) -> None:
        self.head_seconds = config.head_seconds
        self.stalled_seconds = config.stalled_seconds
        self.max_connections = config.max_connections
        self.trusted_proxies = config.trusted_proxies
        self._path = path
        self._enrol_path = enrol_path
        self._rest = rest
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["path"] == PATH_REPORTS:
            await self._path.reports(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == PATH_SETTINGS:
            await self._path.settings(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == PATH_ENROL:
            await self._enrol_path.enrol(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] == PATH_KEYS:
            await self._enrol_path.keys(scope, receive, send)
        else:
            await self._rest(scope, receive, send)

    def refused_connection(self, reason: str) -> None:
        """Count a refusal that no request can be blamed for."""
        self._counts.rejected(reason)


async def serve(collector: Collector, config: Config, listener: socket.socket) -> None:
    """Serve on that socket until told to stop."""
    # Its warnings are one line per connection that speaks no HTTP; we count those.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    application = Application(
        collector.path, collector.enrol_path, collector.rest(), collector.counts, config
    )
    server = _Server(
        lambda: collector.tls.context if collector.tls is not None else None,
        application,
        uvicorn.Config(
            application,
            http=GuardedProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            proxy_headers=bool(config.trusted_proxies),
            forwarded_allow_ips=list(config.trusted_proxies),
            server_header=False,
            access_log=False,
            log_config=None,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=STOP_SECONDS,
        ),
    )
    alive = asyncio.create_task(every(ALIVE_SECONDS, _tell_alive))
    try:
        with _signals(collector, server):
            await collector.run_beside(server.serve(sockets=[listener]))
    finally:
        alive.cancel()


async def _tell_alive() -> None:
    notify.tell(notify.ALIVE)


class _Server(uvicorn.Server):
    """uvicorn on our acceptor, and without its signal handlers: it would end the process itself."""

    def __init__(
        self,
        tls: Callable[[], ssl.SSLContext | None],
        application: Application,
        config: uvicorn.Config,
    ) -> None:
        super().__init__(config)
        self._tls = tls
        self._application = application
        self.servers: list[Any] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept on the sockets that are bound already."""
        state = self.server_state
        for listener in sockets or ():
            acceptor = Acceptor(
                listener,
                lambda: GuardedProtocol(config=self.config, server_state=state, app_state={}),
                tls=self._tls,
                limits=self._application,
                connections=lambda: len(state.connections),
                hosts=lambda: map(_host, state.connections),
            )
            acceptor.start()
            self.servers.append(acceptor)
        self.started = True
        notify.tell(notify.READY)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to us."""
        yield


def _host(connection: Any) -> str | None:
    """Return the address of a connection's client."""
    client = getattr(connection, "client", None)
    return client[0] if client else None


@contextlib.contextmanager
def _signals(collector: Collector, server: uvicorn.Server) -> Iterator[None]:
    """Stop on SIGTERM and SIGINT; on SIGHUP (Windows has none) read what may have changed."""
    loop = asyncio.get_running_loop()
    reloads: set[asyncio.Task[None]] = set()

    def stop() -> None:
        collector.stop_taking()
        server.should_exit = True

    def start_reload() -> None:
        task = loop.create_task(collector.reload_quietly())
        reloads.add(task)
        task.add_done_callback(reloads.discard)

    handlers = {signal.SIGTERM: stop, signal.SIGINT: stop}
    if hasattr(signal, "SIGHUP"):
        handlers[signal.SIGHUP] = start_reload

    def handle(number: int, _: object) -> None:
        loop.call_soon_threadsafe(handlers[signal.Signals(number)])

    former = {number: signal.signal(number, handle) for number in handlers}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def run(config: Config, syslog: SyslogHandler | None = None) -> None:
    """Run a collector until it is told to stop. Raises ConfigError as `Collector` does.

    `syslog` is what sends the log to a server, shown in the metrics.
    """
    if files_of(config) is None and not config.is_loopback:
        what = "without TLS only an address of this machine itself, such as 127.0.0.1"
        hint = f"`govnet tls init --data {config.data_dir}` makes certificates, then start again"
        raise ConfigError([f"listen: expected {what}, got {config.listen!r}: {hint}"])
    open_files.allow(config.max_connections)
    listener = _listen(config)
    try:
        with _loop_runner() as runner:
            runner.run(_run(config, listener, syslog))
    finally:
        listener.close()


async def _run(config: Config, listener: socket.socket, syslog: SyslogHandler | None) -> None:
    # What is made at the start stays: passes over it would find nothing to collect.
    gc.disable()
    collector = Collector(config)
    gc.enable()
    if syslog is not None:
        collector.counts.show_syslog(syslog)
    local = _url(listener, "http" if collector.tls is None else "https")
    note_urls(Path(config.data_dir), local, config.url or local)
    collector.note_trust()
    print(f"govnet {__version__}: {config.url or local}", flush=True)
    _quiet_garbage_collector()
    await serve(collector, config, listener)


def _quiet_garbage_collector() -> None:
    """Spare what lives for ever (code, inventory, columns) the passes for what dies young.

    Measured under load, the default thresholds spent a third of the collector's CPU on them.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


def _loop_runner() -> asyncio.Runner:
    """Return a runner on uvloop where it exists."""
    try:
        import uvloop  # noqa: PLC0415 - there is none for Windows
    except ImportError:
        return asyncio.Runner()
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


def _listen(config: Config) -> socket.socket:
    host, port = config.address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as exc:
        raise ConfigError([f"listen: {config.listen}: {exc.strerror or exc}"]) from exc


def _url(listener: socket.socket, scheme: str) -> str:
    """Return how a command on this machine reaches the listener."""
    host, port = listener.getsockname()[:2]
    if host == "0.0.0.0":
        host = "127.0.0.1"
    if ":" in host:
        host = "[::1]" if host == "::" else f"[{host}]"
    return f"{scheme}://{host}:{port}"
