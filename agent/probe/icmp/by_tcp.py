"""Echoes by connecting to TCP ports: needs no right, and a refusal is an answer too."""

import errno
import os
import selectors
import socket
import time
from collections.abc import Callable
from typing import Self

from agent.probe.deadline import Clock
from agent.probe.echo import Method
from agent.probe.resolve import Endpoint

_IN_PROGRESS = frozenset((errno.EINPROGRESS, errno.EWOULDBLOCK))
_ANSWERED = frozenset((0, errno.ECONNREFUSED))


class TcpEcho:
    """An EchoPort that connects, and hangs up as soon as the host has answered.

    Every probe tries all ports at once until one has answered, then only that one: a firewall may
    drop some of them in silence.
    """

    method = Method.TCP

    def __init__(
        self,
        endpoint: Endpoint,
        ports: tuple[int, ...],
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._endpoint = endpoint
        self._ports = ports
        self._clock = clock
        self._sleep = sleep
        self._selector = selectors.DefaultSelector()
        self._answered: list[tuple[int, float]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for key in list(self._selector.get_map().values()):
            self._drop(key.fileobj)
        self._selector.close()

    def _drop(self, sock: object) -> None:
        if isinstance(sock, socket.socket):
            self._selector.unregister(sock)
            sock.close()

    def send(self, sequence: int) -> None:
        """Begin to connect. Raises the OSError of the last port when none could be tried."""
        failures = 0
        for port in self._ports:
            sock = socket.socket(self._endpoint.family, socket.SOCK_STREAM)
            sock.setblocking(False)
            rest = self._endpoint.sockaddr[2:]
            code = sock.connect_ex((self._endpoint.address, port, *rest))
            if code in _ANSWERED:
                self._answered.append((sequence, self._clock()))
                self._ports = (port,)
                sock.close()
                return
            if code in _IN_PROGRESS:
                self._selector.register(sock, selectors.EVENT_WRITE, (sequence, port))
                continue
            sock.close()
            failures += 1
            if failures == len(self._ports):
                raise OSError(code, os.strerror(code))

    def receive(self, wait_seconds: float) -> tuple[int, float] | None:
        """Return number and time of the next probe that was accepted or refused."""
        if self._answered:
            return self._answered.pop(0)
        if not self._selector.get_map():
            self._sleep(wait_seconds)  # Windows cannot select among no sockets at all.
            return None
        ready = self._selector.select(wait_seconds)
        arrived_at = self._clock()
        for key, _ in ready:
            sequence, port = key.data
            sock = key.fileobj
            if not isinstance(sock, socket.socket):
                continue
            if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in _ANSWERED:
                self._answered.append((sequence, arrived_at))
                self._ports = (port,)
            self._drop(sock)
        return self._answered.pop(0) if self._answered else None
