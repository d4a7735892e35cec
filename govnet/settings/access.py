"""With what a device or endpoint may be asked: SNMP users and logins, which no log may hold.

They travel in authenticated settings, and only to the machines that measure the device.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class Secret(str):
    """A text that shows itself as dots wherever it is printed; `reveal` gives the text."""

    __slots__ = ()

    def reveal(self) -> str:
        """Return the text itself, for the one place that sends it."""
        return str.__str__(self)

    def __repr__(self) -> str:
        return "'•••'"

    def __str__(self) -> str:
        return "•••"

    def __format__(self, format_spec: str) -> str:
        return format("•••", format_spec)


NOTHING = Secret("")


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpAccess:
    """How a device may be asked by SNMP.

    `version` is "1", "2c" or "3". With 1 and 2c: `community`. With 3 (RFC 3414, RFC 7860, RFC
    3826): `user`; `authentication` is "", sha, sha224, sha256, sha384 or sha512 with its
    `authentication_key`; `privacy` is "", aes128, aes192 or aes256 with its `privacy_key`.
    """

    version: str = "2c"
    community: Secret = NOTHING
    user: str = ""
    authentication: str = ""
    authentication_key: Secret = NOTHING
    privacy: str = ""
    privacy_key: Secret = NOTHING
    context: str = ""
    port: int = 161


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A read-only account of an endpoint or server."""

    user: str = ""
    password: Secret = field(default=NOTHING)


def redacted(plain: Any) -> Any:
    """Return decoded settings (`dataclasses.asdict`) with dots for every secret that is set."""
    if isinstance(plain, Secret):
        return str(plain) if len(plain) else ""
    if isinstance(plain, Mapping):
        return {key: redacted(value) for key, value in plain.items()}
    if isinstance(plain, list | tuple):
        return [redacted(value) for value in plain]
    return plain
