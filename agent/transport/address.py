"""Where a collector is: the addresses that `agent.toml` and a collector's answer may name."""

import ipaddress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from govnet.catalogue import PATHS

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class CollectorAddress:
    """One address of a collector; `prefix` is the path before `/v1`, without a final slash.

    `path` is the network that leads there, a word of `govnet.catalogue.PATHS`; the same address
    is the same collector whatever is said of the way.
    """

    tls: bool
    host: str
    port: int
    prefix: str
    path: str = field(default=PATHS[0], compare=False)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{self.prefix}"


def parse_collector(text: str, path: str = PATHS[0]) -> CollectorAddress:
    """Read `https://host[:port][/prefix]`; plain `http` is taken for this machine only.

    Raises ValueError with a text of the form `expected ..., got ...`.
    """
    expected = f"expected https://host[:port], got {text!r}"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as exc:
        raise ValueError(f"{expected} ({exc})") from exc
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(expected)
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError(
            f"expected an address without user, query or fragment, got {parts.hostname!r}"
        )
    if parts.scheme == "http" and not _is_this_machine(parts.hostname):
        raise ValueError(f"expected https:// (http:// is for this machine only), got {text!r}")
    return CollectorAddress(
        tls=parts.scheme == "https",
        host=parts.hostname,
        port=port or _DEFAULT_PORTS[parts.scheme],
        prefix=parts.path.rstrip("/"),
        path=path,
    )


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
