"""Read one HTTP/1.1 reply (RFC 9112) from a stream, with bounds on its length; nothing is sent."""

import io
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from agent.probe.outcome import Outcome, PeerError
from agent.probe.stream import Stream

if TYPE_CHECKING:
    import socket
    from http.client import HTTPResponse

    from _typeshed import WriteableBuffer

_CHUNK_BYTES = 16384
_HEADER_TEXT_LIMIT = 500
_HEAD_BYTES = 256 << 10
"""What may come before a body: an endless row of 100 (Continue) would keep us reading till the
deadline."""


def short(text: str | None, limit: int = _HEADER_TEXT_LIMIT) -> str:
    """Return foreign text cut to a bearable length and without control characters."""
    shown = (text or "")[:limit]
    return "".join(char if char.isprintable() else "?" for char in shown)


class _Reader(io.RawIOBase):
    """Gives a stream the form that `HTTPResponse` reads from; closing it closes nothing."""

    def __init__(self, stream: Stream) -> None:
        super().__init__()
        self._stream = stream
        self.left_bytes = _HEAD_BYTES

    def makefile(self, _mode: str = "rb") -> io.BufferedReader:
        """Return a reader, as `HTTPResponse` asks of a socket."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        if self.left_bytes <= 0:
            raise PeerError(Outcome.MALFORMED, f"no body within {_HEAD_BYTES >> 10} kB")
        count = self._stream.read_into(memoryview(buffer).cast("B"))
        self.left_bytes -= count
        return count


def read_reply(
    stream: Stream,
    *,
    method: str,
    limit_bytes: int,
    into: bytearray,
    begun: Callable[["HTTPResponse"], None],
) -> bool:
    """Read the reply to a request by `method`, at most `limit_bytes` of its body, `into` a buffer.

    `begun` is given the reply once its headers are read. Returns whether the body went on beyond
    the limit. Raises PeerError for what is no HTTP reply and for one that ends too early; what
    came before is in the buffer.
    """
    # Loaded here because it brings the whole email package with it.
    from http.client import (  # noqa: PLC0415
        HTTPException,
        HTTPResponse,
        IncompleteRead,
        RemoteDisconnected,
    )

    # The reply only ever calls makefile() on what it takes for a socket.
    reader = _Reader(stream)
    response = HTTPResponse(cast("socket.socket", reader), method=method)
    try:
        response.begin()
        reader.left_bytes = sys.maxsize  # The body has its own limit.
        begun(response)
        while len(into) <= limit_bytes:
            piece = response.read(min(_CHUNK_BYTES, limit_bytes + 1 - len(into)))
            if not piece:
                break
            into += piece
        truncated = len(into) > limit_bytes
        if response.length and not truncated:
            raise PeerError(Outcome.CLOSED, f"the body ended {response.length} bytes too early")
        del into[limit_bytes:]
    except (RemoteDisconnected, IncompleteRead) as exc:
        raise PeerError(Outcome.CLOSED, "the peer closed before its reply was whole") from exc
    except (HTTPException, ValueError) as exc:
        raise PeerError(Outcome.MALFORMED, f"not an HTTP reply: {short(repr(exc))}") from exc
    finally:
        response.close()
    return truncated
