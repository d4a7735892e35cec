"""The history processes of a collector: started, told how far to go, counted, started again."""

import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec

from collector.history.channel import Done, Go, Start, done_decoder, line
from collector.history.options import RemoteWrite
from collector.logs.options import LogOptions
from collector.series.labels import Allowed

log = logging.getLogger(__name__)

TELL_SECONDS: Final = 1.0
FIRST_WAIT_SECONDS: Final = 1.0
MAX_WAIT_SECONDS: Final = 60.0
STOP_SECONDS: Final = 5.0
_STEADY_SECONDS: Final = 300.0
"""A process that ran so long and died is started again at once."""


class Metrics(Protocol):
    """What is counted here; `collector.metrics.counts` does it."""

    def history_done(self, receiver: str, done: Done) -> None:
        """Count what a process did."""

    def history_state(self, receiver: str, *, is_up: bool, lag_seconds: float) -> None:
        """Show how a receiver stands."""


class Histories:
    """All history processes. `durable_position` and `allowed` are asked about once a second."""

    def __init__(
        self,
        receivers: Sequence[RemoteWrite],
        data: Path,
        *,
        durable_position: Callable[[], int],
        allowed: Callable[[], Allowed],
        metrics: Metrics,
        log_options: LogOptions | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._histories = [
            _History(
                one,
                data,
                durable_position=durable_position,
                allowed=allowed,
                metrics=metrics,
                log_options=log_options or LogOptions(),
                wall=wall,
            )
            for one in receivers
        ]

    async def run(self) -> None:
        """Run all until cancelled; then end them."""
        async with asyncio.TaskGroup() as group:
            for history in self._histories:
                group.create_task(history.run())


class _History:
    """The process of one receiver."""

    def __init__(
        self,
        receiver: RemoteWrite,
        data: Path,
        *,
        durable_position: Callable[[], int],
        allowed: Callable[[], Allowed],
        metrics: Metrics,
        log_options: LogOptions,
        wall: Callable[[], float],
    ) -> None:
        self._receiver = receiver
        self._inbox = str((data / "inbox").resolve())
        self._file = str((data / "history" / f"{receiver.name}.json").resolve())
        self._durable_position = durable_position
        self._allowed = allowed
        self._metrics = metrics
        self._log_options = log_options
        self._wall = wall
        self._is_up = False
        self._behind_since: float | None = wall()

    async def run(self) -> None:
        wait_seconds = FIRST_WAIT_SECONDS
        while True:
            started_at = time.monotonic()
            status: int | str
            try:
                status = await self._run_once()
            except OSError as exc:
                # No process or file to be had just now: no reason never to try again.
                status = f"not started: {exc}"
            if time.monotonic() - started_at > _STEADY_SECONDS:
                wait_seconds = FIRST_WAIT_SECONDS
            log.error(
                "history process ended; it is started again",
                extra={
                    "receiver": self._receiver.name,
                    "status": status,
                    "wait_seconds": wait_seconds,
                },
            )
            self._is_up = False
            self._behind_since = self._behind_since or self._wall()
            ends_at = time.monotonic() + wait_seconds
            while (left := ends_at - time.monotonic()) > 0:
                self._show()
                await asyncio.sleep(min(left, TELL_SECONDS))
            wait_seconds = min(2 * wait_seconds, MAX_WAIT_SECONDS)

    async def _run_once(self) -> int:
        """Run a process until it ends by itself, or end it when cancelled."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "collector.history", self._receiver.name),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Ctrl-C reaches the collector only, which ends it in order.
            start_new_session=True,
        )
        listening = asyncio.create_task(self._listen(process))
        try:
            await self._tell_until_ended(process, listening)
            return await process.wait()
        finally:
            await _end(process)
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening

    async def _tell_until_ended(
        self, process: asyncio.subprocess.Process, listening: "asyncio.Task[None]"
    ) -> None:
        assert process.stdin is not None  # noqa: S101 - it was asked for
        allowed = self._allowed()
        start = Start(self._receiver, self._inbox, self._file, allowed, self._log_options)
        # A process that ended takes no more lines; its status tells.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            process.stdin.write(line(start))
            while not listening.done():
                changed, allowed = self._allowed() is not allowed, self._allowed()
                order = Go(self._durable_position(), allowed if changed else None)
                process.stdin.write(line(order))
                await process.stdin.drain()
                self._show()
                await asyncio.wait([listening], timeout=TELL_SECONDS)

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        """Count what the process says until it ends."""
        assert process.stdout is not None  # noqa: S101 - it was asked for
        while raw := await _line_of(process.stdout):
            try:
                done = done_decoder.decode(raw)
            except (msgspec.DecodeError, UnicodeDecodeError):
                log.warning("history process said what cannot be read", extra={"line": raw[:200]})
                continue
            self._is_up = done.is_up
            self._behind_since = done.behind_since
            self._metrics.history_done(self._receiver.name, done)
            self._show()

    def _show(self) -> None:
        lag = 0.0 if self._behind_since is None else self._wall() - self._behind_since
        self._metrics.history_state(
            self._receiver.name, is_up=self._is_up, lag_seconds=max(lag, 0.0)
        )


async def _line_of(said: asyncio.StreamReader) -> bytes:
    """Return the next line, as it is where it is too long for one; b"" at the end."""
    try:
        return await said.readuntil()
    except asyncio.IncompleteReadError as exc:
        return exc.partial
    except asyncio.LimitOverrunError as exc:
        return await said.read(exc.consumed)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Let a process end by closing what it reads; kill it if it does not."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
