"""A request's body to plain JSON bytes, within bounds: identity or gzip (RFC 1952).

Several gzip members in a row are one body, as the RFC says. A bomb is refused at the limit: no
more than the limit is ever allocated.
"""

from isal import isal_zlib
from isal.igzip_lib import IsalError

from govnet.errors import WireError

GZIP_MAGIC = b"\x1f\x8b"
MAX_MEMBERS = 100
"""Most gzip members in one body; each costs a copy of what follows it."""
_GZIP_ONLY = 31


def inflate(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """Return the plain bytes of a body sent with that `Content-Encoding`.

    Without one, gzip is recognised by its first bytes. Raises WireError with
    `unsupported_media_type`, `bad_gzip` or `decompressed_too_large`.
    """
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise WireError("unsupported_media_type", "Content-Encoding: expected gzip or identity")
    if encoding in {"", "identity"} and not body.startswith(GZIP_MAGIC):
        if len(body) > max_bytes:
            raise WireError("decompressed_too_large", f"over {max_bytes} bytes")
        return body
    return _gunzip(body, max_bytes)


def _gunzip(body: bytes, max_bytes: int) -> bytes:
    members: list[bytes] = []
    left = max_bytes
    rest = body
    while rest or not members:
        if len(members) == MAX_MEMBERS:
            raise WireError("bad_gzip", f"over {MAX_MEMBERS} gzip members")
        member = isal_zlib.decompressobj(wbits=_GZIP_ONLY)
        try:
            plain = member.decompress(rest, left + 1)
        except IsalError as exc:  # type: ignore[misc]  # The stub declares an instance.
            raise WireError("bad_gzip", str(exc)) from exc
        if len(plain) > left:
            raise WireError("decompressed_too_large", f"over {max_bytes} bytes after decompression")
        if not member.eof:
            raise WireError("bad_gzip", "the gzip stream ends too early")
        members.append(plain)
        left -= len(plain)
        rest = member.unused_data
    return members[0] if len(members) == 1 else b"".join(members)
