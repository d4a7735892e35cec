"""Many keep-alive connections from one process: whole requests in, statuses and times out."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import uvloop

ANSWER_SECONDS = 60.0


@dataclass(slots=True)
class Load:
    """What came back; `seconds` is the wall clock time of it all."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def done(self) -> int:
        """Number of requests answered with 2xx."""
        return sum(count for status, count in self.statuses.items() if status // 100 == 2)


class _Connection(asyncio.Protocol):
    """One request at a time; answers must carry Content-Length."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._received = b""
        self._answer: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or self._answer is None:
            return
        lowered = head.lower()
        at = lowered.find(b"content-length:")
        length = int(lowered[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(body) >= length:
            self._received = b""
            self._answer.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("closed by the server"))

    async def exchange(self, request: bytes) -> int:
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await asyncio.wait_for(self._answer, ANSWER_SECONDS)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def post(port: int, queues: Sequence[Sequence[bytes]], rate: float | None = None) -> Load:
    """Send every queue over a connection of its own, one request after the other.

    `rate` spreads all requests evenly, so many a second; None sends as fast as answers come.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_post(port, queues, rate))


async def _post(port: int, queues: Sequence[Sequence[bytes]], rate: float | None) -> Load:
    loop = asyncio.get_running_loop()
    connections = []
    for _ in queues:
        _, connection = await loop.create_connection(_Connection, "127.0.0.1", port)
        connections.append(connection)
    load = Load()
    started = time.perf_counter()

    async def work(number: int, connection: _Connection, queue: Sequence[bytes]) -> None:
        for turn, request in enumerate(queue):
            if rate is not None:
                due = started + (turn * len(queues) + number) / rate
                await asyncio.sleep(due - time.perf_counter())
            load.statuses[await connection.exchange(request)] += 1

    await asyncio.gather(
        *(work(number, *pair) for number, pair in enumerate(zip(connections, queues, strict=True)))
    )
    load.seconds = time.perf_counter() - started
    for connection in connections:
        connection.close()
    return load
