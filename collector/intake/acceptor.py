"""Taking connections: one after the other, with the greeting of TLS bounded in number and time.

The event loop's own server would greet any number of clients at once and tell nobody how many.
Here those that are being greeted count as connections, and each gets the context that is in use
now: a renewed certificate needs no restart.
"""

import asyncio
import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from collector.intake.limits import Crowd

log = logging.getLogger(__name__)

PAUSE_SECONDS = 1.0
"""After the system refused a connection: too many files are open."""


class Limits(Protocol):
    """What the application must offer."""

    head_seconds: float
    stalled_seconds: float
    max_connections: int
    trusted_proxies: tuple[str, ...]

    def refused_connection(self, reason: str) -> None:
        """Count a refusal that no request can be blamed for."""


class Acceptor:
    """Accepts on one socket; it has the methods of a server that uvicorn calls."""

    def __init__(
        self,
        listener: socket.socket,
        protocol: Callable[[], asyncio.Protocol],
        *,
        tls: Callable[[], ssl.SSLContext | None],
        limits: Limits,
        connections: Callable[[], int],
        hosts: Callable[[], Iterator[str | None]],
    ) -> None:
        """Prepare to accept.

        `connections` counts those that are greeted, `hosts` gives their addresses, which is asked
        only while places are scarce.
        """
        self._listener = listener
        self._protocol = protocol
        self._tls = tls
        self._limits = limits
        self._connections = connections
        self._hosts = hosts
        self._crowd = Crowd(limits.max_connections, limits.trusted_proxies)
        self._greeting: dict[asyncio.Task[None], str | None] = {}
        self._accepting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start to accept."""
        self._listener.setblocking(False)
        self._accepting = asyncio.create_task(self._accept())

    def close(self) -> None:
        """Accept no more, and greet no more."""
        for task in (self._accepting, *self._greeting):
            if task is not None:
                task.cancel()

    async def wait_closed(self) -> None:
        """Return when nothing is under way."""
        tasks = [task for task in (self._accepting, *self._greeting) if task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        is_short = False
        while True:
            try:
                connection, address = await loop.sock_accept(self._listener)
            except ConnectionError:
                continue  # It was gone before we looked.
            except OSError as exc:
                if not is_short:
                    log.error("no connection can be taken", extra={"error": str(exc)})  # noqa: TRY400 - the system's state, no bug
                is_short = True
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            is_short = False
            self._take(connection, address[0], self._tls())

    def _take(
        self, connection: socket.socket, host: str | None, tls: ssl.SSLContext | None
    ) -> None:
        present = self._connections() + len(self._greeting)
        if not self._crowd.has_room(host, present, self._all_hosts, time.monotonic()):
            self._limits.refused_connection("rate_limited")
            connection.close()
            return
        # Over plain HTTP the protocol says so in words; here the words would cost a greeting.
        if tls is not None and present >= self._limits.max_connections:
            self._limits.refused_connection("rate_limited")
            connection.close()
            return
        task = asyncio.create_task(self._greet(connection, tls))
        self._greeting[task] = host
        task.add_done_callback(self._greeting.pop)

    def _all_hosts(self) -> Iterator[str | None]:
        yield from self._hosts()
        yield from self._greeting.values()

    async def _greet(self, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
        """Hand a connection to its protocol, over TLS after the greeting."""
        loop = asyncio.get_running_loop()
        try:
            if tls is None:
                await loop.connect_accepted_socket(self._protocol, connection)
            else:
                await loop.connect_accepted_socket(
                    self._protocol,
                    connection,
                    ssl=tls,
                    ssl_handshake_timeout=self._limits.head_seconds,
                    ssl_shutdown_timeout=self._limits.stalled_seconds,
                )
        except ssl.SSLError as exc:
            # No TLS, an old version, or a client that does not trust our certificate.
            self._limits.refused_connection("bad_request")
            log.debug("no TLS with a client", extra={"error": str(exc)})
        except ConnectionAbortedError:
            self._limits.refused_connection("request_timeout")
        except OSError as exc:
            log.debug("a client went before it said anything", extra={"error": str(exc)})
