"""A line that is cut and heals, and is never quite right: a TCP proxy between agents and collector.

While it is cut, connections are refused, closed half-way, or stay open and silent. When it is
whole it is slow, and some exchanges are delayed, cut off or half-closed.
"""

import asyncio
import contextlib
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable

CHUNK_BYTES = 4096
FAULTY_SHARE = 0.1
FAULTS = ("delayed", "cut off", "half-closed", "answer dropped")


class CutLine:
    """The line, on its own thread. `bytes_per_second` is for all agents together, to the centre."""

    def __init__(self, port: int, bytes_per_second: float) -> None:
        self.address = ("127.0.0.1", 0)
        self.counts: Counter[str] = Counter()
        self._to = ("127.0.0.1", port)
        self._bytes_per_second = bytes_per_second
        self._random = random.Random(4)
        self._loop = asyncio.new_event_loop()
        self._whole: asyncio.Event
        self._tasks: set[asyncio.Task[None]] = set()
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="line")
        self._thread.start()
        ready.wait(10)

    def heal(self) -> None:
        """Let everything through from now on."""
        self._loop.call_soon_threadsafe(self._whole.set)

    def close(self) -> None:
        """End every connection and the thread."""
        self._loop.call_soon_threadsafe(self._done.set)
        self._thread.join(20)

    def _run(self, ready: threading.Event) -> None:
        self._loop.run_until_complete(self._serve(ready))
        self._loop.close()

    async def _serve(self, ready: threading.Event) -> None:
        self._whole, self._done = asyncio.Event(), asyncio.Event()
        self._turn, self._free_at = asyncio.Lock(), 0.0
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0, backlog=512)
        self.address = server.sockets[0].getsockname()
        ready.set()
        await self._done.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._connect(reader, writer)
        finally:
            self._tasks.discard(task)
            _reset(writer)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection, if the line lets it."""
        if not self._whole.is_set():
            kind = self._random.choice(("refused", "closed half-way", "silent"))
            self.counts[kind] += 1
            if kind == "refused":
                return
            if kind == "closed half-way":
                await reader.read(200)
                writer.write_eof()
                await asyncio.sleep(1)
                return
            await self._whole.wait()  # As TCP does: it tries again until the line is back.
        try:
            inner_reader, inner_writer = await asyncio.open_connection(*self._to)
        except OSError:
            self.counts["collector away"] += 1
            return
        try:
            await self._carry(reader, writer, inner_reader, inner_writer)
        finally:
            _reset(inner_writer)

    async def _carry(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        inner_reader: asyncio.StreamReader,
        inner_writer: asyncio.StreamWriter,
    ) -> None:
        fault = self._random.choice(FAULTS) if self._random.random() < FAULTY_SHARE else "none"
        self.counts[fault] += 1
        left = self._random.randrange(2_000, 40_000)

        async def up() -> None:
            nonlocal left
            while piece := await reader.read(CHUNK_BYTES):
                await self._wait_for_turn(len(piece))
                self.counts["bytes to the centre"] += len(piece)
                if fault == "delayed":
                    await asyncio.sleep(self._random.uniform(0.1, 1.0))
                left -= len(piece)
                if fault == "cut off" and left < 0:
                    return
                inner_writer.write(piece)
                await inner_writer.drain()
                if fault == "half-closed" and left < 0:
                    inner_writer.write_eof()
                    await asyncio.sleep(2)
                    return

        async def down() -> None:
            while piece := await inner_reader.read(65536):
                if fault == "answer dropped" and left < 0:
                    return
                writer.write(piece)
                await writer.drain()

        ways = [asyncio.ensure_future(up()), asyncio.ensure_future(down())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _wait_for_turn(self, size: int) -> None:
        """Share the line's rate among all, in the order in which they come."""
        async with self._turn:
            now = self._loop.time()
            self._free_at = max(now, self._free_at) + size / self._bytes_per_second
            wait = self._free_at - now
        await asyncio.sleep(wait)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close as a dead line does it: with nothing flushed."""
    with contextlib.suppress(OSError):
        raw: socket.socket | None = writer.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    writer.close()


Line = Callable[[int], CutLine]
