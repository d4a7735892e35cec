"""The body of a request, bounded: what people and programs ask for, never reports."""

from typing import Final

from starlette.requests import Request

from govnet.errors import WireError

MAX_BODY_BYTES: Final = 64 << 10


async def small_body(request: Request, most_bytes: int = MAX_BODY_BYTES) -> bytes:
    """Read a body; raises WireError `body_too_large`."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most_bytes:
            raise WireError("body_too_large", f"expected at most {most_bytes} bytes")
    return bytes(body)
