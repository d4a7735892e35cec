"""One client connection: uvicorn's, with bounds on what a hostile or broken client can hold.

- A request's head must arrive within `head_seconds` and `MAX_HEAD_BYTES`.
- A body that nobody wants any more is thrown away for `DRAIN_SECONDS`, then the connection ends.
- Trailers of a chunked body are dropped.
- Who does not read its answers for `stalled_seconds` is cut off, with what waits for it.
- At most `MAX_QUEUED` requests wait behind the one that is answered; the next ends the connection.
- Beyond `max_connections` new ones are asked to come later; those that are still being greeted by
  TLS are counted and bounded in `collector.intake.acceptor`.

What is refused here was never a request, so it is counted through the application's
`refused_connection`.
"""

import asyncio
from typing import Any, Protocol, cast

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from govnet.report import REASONS

DRAIN_SECONDS = 10.0
GOODBYE_SECONDS = 2.0
"""So long a stopping collector waits for the other side's end of TLS; agents send none."""
MAX_HEAD_BYTES = 32 << 10
MAX_QUEUED = 16
"""Requests that a client may send ahead of their answers; ours and browsers send none."""


class CountsRefusals(Protocol):
    """What the application must offer."""

    head_seconds: float
    stalled_seconds: float
    max_connections: int

    def refused_connection(self, reason: str) -> None:
        """Count a refusal that no request can be blamed for."""


class _TooManyQueuedError(Exception):
    """Ends the parsing of what a connection has sent."""


class GuardedProtocol(HttpToolsProtocol):
    """The protocol that `collector.server` gives to uvicorn."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guarded_app = cast("CountsRefusals", self.config.app)
        self._deadline: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._in_head = False
        self._head_bytes = 0
        self._stopping = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # As uvicorn's own.
        """Start the clock: a connection that says nothing is closed."""
        super().connection_made(transport)
        if len(self.connections) > self._guarded_app.max_connections:
            self._refuse("rate_limited", "too many connections; come later")
            return
        self._expect_within(self._guarded_app.head_seconds, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        self._stop_clock()
        self._stop_waiting_for_reader()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Wait for a client that does not read, but not for ever."""
        super().pause_writing()
        self._wait_for_reader()

    def resume_writing(self) -> None:
        """Note that the client reads."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._stop_waiting_for_reader()

    def data_received(self, data: bytes) -> None:
        """Count bytes while a head is incomplete."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if not self._in_head:
            return
        self._head_bytes += len(data)
        if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self._refuse("bad_request", f"request head over {MAX_HEAD_BYTES} bytes")

    def on_message_begin(self) -> None:
        """Start a request's head."""
        super().on_message_begin()
        self._in_head = True
        self._head_bytes = 0
        if self._deadline is None:
            self._expect_within(self._guarded_app.head_seconds, self._head_is_late)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header of the head; trailers are nobody's."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """End the head; a client that sends ever more requests ahead is cut off."""
        self._in_head = False
        self._stop_clock()
        if len(self.pipeline) >= MAX_QUEUED:
            # Cut off: an answer here would stand between those to earlier requests.
            self._guarded_app.refused_connection("rate_limited")
            self.pipeline.clear()
            self.transport.abort()
            raise _TooManyQueuedError
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """End the body."""
        self._stop_clock()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Give a client that was answered early some time to stop sending."""
        unread = self.cycle.more_body
        super().on_response_complete()
        if unread and not self.transport.is_closing():
            self._expect_within(DRAIN_SECONDS, self._close)
        if self.transport.is_closing():
            self._wait_for_reader()
            self._wait_for_goodbye()

    def shutdown(self) -> None:
        """End for a collector that stops: at once, or after the answer that is under way."""
        self._stopping = True
        super().shutdown()
        self._wait_for_goodbye()

    def timeout_keep_alive_handler(self) -> None:
        """End a connection that was not used for long."""
        self._close()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP request."""
        if not self.transport.is_closing():
            self._refuse("bad_request", msg)

    def _expect_within(self, seconds: float, otherwise: Any) -> None:
        self._stop_clock()
        self._deadline = self.loop.call_later(seconds, otherwise)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _head_is_late(self) -> None:
        if self.transport.is_closing():
            return
        if self._in_head:
            self._refuse("request_timeout", "the request's head took too long")
        else:
            self._close()

    def _close(self) -> None:
        """Close when the client has read what was written, or will not."""
        self.transport.close()
        self._wait_for_reader()

    def _wait_for_reader(self) -> None:
        if self._stalled is None:
            seconds = self._guarded_app.stalled_seconds
            self._stalled = self.loop.call_later(seconds, self.transport.abort)

    def _wait_for_goodbye(self) -> None:
        if self._stopping and self.scheme == "https" and self.transport.is_closing():
            self.loop.call_later(GOODBYE_SECONDS, self.transport.abort)

    def _stop_waiting_for_reader(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _refuse(self, reason: str, detail: str) -> None:
        self._guarded_app.refused_connection(reason)
        body = msgspec.json.encode({"error": reason, "detail": detail})
        head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[REASONS[reason]] + head % len(body) + body)
        self._close()
