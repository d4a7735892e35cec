"""`[log]` of `collector.toml`: how the collector logs, and to which syslog server too."""

from typing import Annotated, Final, Literal, cast
from urllib.parse import urlsplit

import msgspec

EXAMPLE_ENTERPRISE: Final = 32473
"""The private enterprise number that RFC 5612 reserves for examples: we have none of our own."""
_USUAL_PORTS: Final = {"udp": 514, "tcp": 601, "tls": 6514}
"""RFC 5426, 3.3; RFC 6587, 3.2 (RFC 3195's port); RFC 5425, 4.1."""
_FORMS: Final = "udp://HOST[:PORT], tcp://HOST[:PORT], tls://HOST[:PORT] or unix:/PATH"

Transport = Literal["udp", "tcp", "tls", "unix"]
Level = Literal["debug", "info", "warning", "error"]


class LogOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is logged, in which form, and where to beside standard error."""

    level: Level = "info"
    """Least important lines to log."""
    format: Literal["text", "json"] = "text"
    """Of standard error."""
    syslog: Annotated[str, msgspec.Meta(max_length=1024)] | None = None
    """A syslog server (RFC 5424) that gets every line too."""
    syslog_ca_file: str | None = None
    """For `tls://`, instead of the public authorities."""
    syslog_enterprise: Annotated[int, msgspec.Meta(ge=1, le=2**32 - 1)] = EXAMPLE_ENTERPRISE
    """Private enterprise number behind the name of the structured data, `govnet@NUMBER`."""


class Destination(msgspec.Struct, frozen=True):
    """Where syslog messages go; `host` of `unix` is a path."""

    transport: Transport
    host: str
    port: int = 0


def destination(text: str) -> Destination:
    """Read where messages go; raises ValueError."""
    if text.startswith("unix:/"):
        path = "/" + text.removeprefix("unix:").lstrip("/")
        return Destination("unix", path)
    address = urlsplit(text)
    if address.scheme not in _USUAL_PORTS or not address.hostname:
        raise ValueError(text)
    if address.path not in {"", "/"} or address.query or address.username is not None:
        raise ValueError(text)
    port = _USUAL_PORTS[address.scheme] if address.port is None else address.port
    if port == 0 or any(char.isspace() for char in text):
        raise ValueError(text)
    return Destination(cast("Transport", address.scheme), address.hostname, port)


def mistakes(options: LogOptions) -> list[tuple[str, str]]:
    """Return what types alone do not show, as (option, what)."""
    transport = None
    if options.syslog is not None:
        try:
            transport = destination(options.syslog).transport
        except ValueError:
            # Not repeated where a password may stand in it.
            told = "" if "@" in options.syslog else f", got {options.syslog!r}"
            return [("syslog", f"expected {_FORMS}{told}")]
    if options.syslog_ca_file is not None and transport != "tls":
        return [("syslog_ca_file", "expected together with a syslog of tls://")]
    return []
