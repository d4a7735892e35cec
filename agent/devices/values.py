"""Raw SNMP values as numbers, texts and hardware addresses; and everything a device answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.probe.snmp import Value

MAX_LABEL_CHARACTERS = 64
"""Longest text of a label; the collector cuts there as well."""

_MAC_OCTETS = 6
_GROUP_OR_LOCAL = 0b11
_NO_ADDRESS = "00:00:00:00:00:00"


@dataclass(frozen=True, slots=True)
class Answers:
    """What a device said: single values by OID, columns by OID and then by index."""

    scalars: Mapping[str, Value] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)

    def column(self, oid: str) -> Mapping[str, Value]:
        """Return a column's values by index; empty where the device has none."""
        return self.columns.get(oid, {})


def number(value: Value | None) -> int | None:
    """Return an integer as it is, and nothing of octets, OIDs and what is not there."""
    return value if isinstance(value, int) else None


def text(value: Value | None) -> str:
    """Return a value as one clean line of at most 64 characters; "" where there is none.

    Devices pad with NUL, end with line feeds and mix code pages.

    >>> text(b"S5720-28X " + bytes(2))
    'S5720-28X'
    """
    return line_of(value, MAX_LABEL_CHARACTERS)


def line_of(value: Value | None, characters: int) -> str:
    """Return a value as one clean line of at most so many characters."""
    if value is None:
        return ""
    plain = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    plain = plain.partition("\0")[0]
    printable = "".join(each if each.isprintable() else " " for each in plain)
    return " ".join(printable.split())[:characters].rstrip()


def whole_text(value: Value | None) -> str:
    """Return all of a longer text, line breaks kept: for patterns, not for labels."""
    if value is None:
        return ""
    plain = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return plain.replace("\0", "")


def mac(octets: bytes) -> str | None:
    """Return a hardware address in small hex with colons, None if it is none.

    >>> mac(bytes([0, 17, 34, 51, 68, 255]))
    '00:11:22:33:44:ff'
    """
    return octets.hex(":") if len(octets) == _MAC_OCTETS else None


def is_of_a_maker(address: str) -> bool:
    """Whether a hardware address was given by its maker, to one station (IEEE 802, 8.4).

    Telephones make theirs up, and set the bit that says so.

    >>> is_of_a_maker("00:11:22:33:44:ff"), is_of_a_maker("da:a1:19:00:00:01")
    (True, False)
    """
    return not int(address[:2], 16) & _GROUP_OR_LOCAL and address != _NO_ADDRESS


def index_order(index: str) -> tuple[int, ...]:
    """Return the key by which rows are sorted as SNMP does: by numbers, not by text."""
    return tuple(int(piece) for piece in index.split(".") if piece.isdecimal())
