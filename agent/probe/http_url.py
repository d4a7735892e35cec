"""The parts of an HTTP URL (RFC 3986, RFC 9110 §4.2) that a request is made of; pure."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from agent.probe.resolve import bracketed
from govnet.errors import CheckError


@dataclass(frozen=True, slots=True)
class Url:
    """What a URL says about whom to ask for what."""

    secure: bool
    host: str
    port: int
    target: str
    host_header: str


def parse(url: str) -> Url:
    """Return the parts of an http or https URL.

    Raises CheckError for what is none, and for what must not be in one: logins, spaces.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname or ""
        ascii_host = host if host.isascii() else host.encode("idna").decode()
    except (ValueError, UnicodeError) as exc:
        raise CheckError(f"{url!r} is not a URL: {exc}") from exc
    secure = parts.scheme == "https"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme not in ("http", "https") or not host:
        raise CheckError(f"expected a URL like https://host/path, got {url!r}")
    if not url.isascii() and not target.isascii():
        raise CheckError(f"the path of {url!r} must be percent-encoded")
    if any(char <= " " or char == "\x7f" for char in url) or parts.username is not None:
        raise CheckError(f"{url!r}: spaces, control characters and logins are not allowed")
    standard = 443 if secure else 80
    shown = bracketed(ascii_host)
    return Url(
        secure=secure,
        host=ascii_host,
        port=port if port is not None else standard,
        target=target,
        host_header=shown if port in (None, standard) else f"{shown}:{port}",
    )
