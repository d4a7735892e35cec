"""The body of a small request, bounded: what people and programs ask for, never reports."""

from typing import Final

from starlette.requests import Request

from govnet.errors import WireError

MAX_BODY_BYTES: Final = 64 << 10


async def small_body(request: Request) -> bytes:
    """Read a body; raises WireError `body_too_large`."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise WireError("body_too_large", f"expected at most {MAX_BODY_BYTES} bytes")
    return bytes(body)
