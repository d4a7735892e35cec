"""What SNMP says, apart from how it is said in bytes: questions, answers, values, OIDs."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from govnet.errors import CheckError

Value = int | bytes | str
"""Integers, counters, gauges, time ticks as int; octets and addresses as bytes; an OID as text."""

Oid = tuple[int, ...]
"""An object identifier by its arcs: ordered as devices order their trees."""

MAX_VALUE_BYTES = 4096
"""Longest octet string that is kept; of a longer one its beginning."""

TOO_BIG = 1
ERRORS = {
    0: "noError",
    TOO_BIG: "tooBig",
    2: "noSuchName",
    3: "badValue",
    4: "readOnly",
    5: "genErr",
    6: "noAccess",
    13: "resourceUnavailable",
    16: "authorizationError",
}
"""Names of the error codes that an answer to a question may have (RFC 3416 §3)."""


class Missing(Enum):
    """Why there is no value."""

    NOT_THERE = "not there"
    """The device has no such object or instance, or sent what is no value."""
    END = "end"
    """Nothing follows in the device's whole tree."""


Values = tuple[tuple[Oid, Value | Missing], ...]
"""What one message says."""


class NotSnmpError(ValueError):
    """Bytes that are no SNMP message; says why in one line, without the bytes."""


class NotForUsError(NotSnmpError):
    """A message of SNMP that answers nothing we asked, or that nobody vouches for."""


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What is asked: `kind` is get, get_next or get_bulk (then `repetitions` rows of each OID)."""

    kind: str
    oids: Sequence[Oid]
    repetitions: int = 0


@dataclass(frozen=True, slots=True)
class Pdu:
    """What was answered; `error_index` counts from 1."""

    error_status: int
    error_index: int
    values: Values


def error_name(status: int) -> str:
    """Return what RFC 3416 calls an error code."""
    return ERRORS.get(status, f"error {status}")


def oid_text(oid: Oid) -> str:
    """Return an OID as dotted text."""
    return ".".join(map(str, oid))


def parse_oid(text: str) -> Oid:
    """Return dotted text (a leading dot is allowed) as an OID. Raises CheckError."""
    parts = text.removeprefix(".").split(".")
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() for part in parts):  # noqa: PLR2004 - the first two arcs share a byte
        raise CheckError(f"expected an OID like 1.3.6.1.2.1.1.1.0, got {text!r}")
    return tuple(map(int, parts))
