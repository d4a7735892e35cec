"""DNS questions and answers as bytes (RFC 1035 §4.1, AAAA: RFC 3596): pure, bounded.

Only what a check needs: one question, the response code, and the addresses among the answers.
"""

import ipaddress
import struct
from dataclasses import dataclass
from enum import IntEnum

from govnet.errors import CheckError

_HEADER = struct.Struct("!HHHHHH")
_QUESTION_TAIL = struct.Struct("!HH")
_RECORD = struct.Struct("!HHIH")
_RECURSION_DESIRED, _RESPONSE, _TRUNCATED = 0x0100, 0x8000, 0x0200
_INTERNET = 1
_LABEL_LIMIT_BYTES, _NAME_LIMIT_BYTES = 63, 255
_POINTER = 0xC0
_RECORDS_LIMIT = 256  # A hostile reply may announce 65535 records; honest ones have a few.


class RecordType(IntEnum):
    """Kind of address asked for."""

    A = 1
    AAAA = 28


RCODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to our question. `addresses` are in text, in the order of the answer."""

    rcode: int
    truncated: bool
    addresses: tuple[str, ...]


def _encode_name(name: str) -> bytes:
    try:
        encoded = name.rstrip(".").encode("ascii" if name.isascii() else "idna")
    except UnicodeError as exc:
        raise CheckError(f"{name!r} cannot be a DNS name: {exc}") from exc
    wire = bytearray()
    for label in encoded.split(b"."):
        if not 1 <= len(label) <= _LABEL_LIMIT_BYTES:
            raise CheckError(f"{name!r} cannot be a DNS name: its labels need 1 to 63 characters")
        wire += bytes([len(label)]) + label
    wire.append(0)
    if len(wire) > _NAME_LIMIT_BYTES:
        raise CheckError(f"{name!r} cannot be a DNS name: longer than 255 bytes")
    return bytes(wire)


def build_query(query_id: int, name: str, record_type: RecordType) -> bytes:
    """Return a recursive query for `name`. Raises CheckError when it cannot be a DNS name."""
    return (
        _HEADER.pack(query_id, _RECURSION_DESIRED, 1, 0, 0, 0)
        + _encode_name(name)
        + _QUESTION_TAIL.pack(record_type, _INTERNET)
    )


def _name_end(message: bytes, position: int) -> int:
    """Return where the name at `position` ends. Pointers are passed over, never followed."""
    start = position
    while True:
        if position >= len(message):
            raise CheckError("the DNS reply ends inside a name")
        length = message[position]
        if length & _POINTER == _POINTER:
            return position + 2
        if length > _LABEL_LIMIT_BYTES:
            raise CheckError("the DNS reply has a label of a kind that does not exist")
        position += 1 + length
        if length == 0:
            return position
        if position - start > _NAME_LIMIT_BYTES:
            raise CheckError("the DNS reply has a name longer than 255 bytes")


def answers_query(message: bytes, query: bytes) -> bool:
    """Tell whether `message` is a response with the id and the question of `query`.

    The name is compared without regard to case (RFC 1035 §2.3.3). Some servers leave the question
    out when they refuse a query: that is accepted where the code is not NOERROR.
    """
    if len(message) < _HEADER.size or message[:2] != query[:2]:
        return False
    _, flags, questions, *_ = _HEADER.unpack_from(message)
    if not flags & _RESPONSE:
        return False
    if questions == 0:
        return bool(flags & 0xF)
    asked = query[_HEADER.size :]
    echoed = message[_HEADER.size : _HEADER.size + len(asked)]
    return questions == 1 and echoed.lower() == asked.lower()


def parse_reply(message: bytes, query: bytes) -> Reply:
    """Return what a reply for which `answers_query` is true says.

    Raises CheckError when its records are malformed. Every address record of the asked type
    counts, whatever its owner name: resolvers put CNAME chains before it.
    """
    _, flags, questions, answers, *_ = _HEADER.unpack_from(message)
    position = len(query) if questions else _HEADER.size
    wanted = _QUESTION_TAIL.unpack(query[-_QUESTION_TAIL.size :])
    truncated = bool(flags & _TRUNCATED)
    if answers > _RECORDS_LIMIT:
        raise CheckError(f"the DNS reply announces {answers} records; at most 256 are read")
    addresses: list[str] = []
    for _ in range(0 if truncated else answers):
        position = _name_end(message, position)
        if position + _RECORD.size > len(message):
            raise CheckError("the DNS reply ends inside a record")
        kind, kind_class, _, length = _RECORD.unpack_from(message, position)
        position += _RECORD.size
        data = message[position : position + length]
        position += length
        if len(data) != length:
            raise CheckError("the DNS reply ends inside a record")
        if (kind, kind_class) == wanted:
            if length != (4 if kind == RecordType.A else 16):
                raise CheckError(f"the DNS reply has an address of {length} bytes")
            addresses.append(str(ipaddress.ip_address(data)))
    return Reply(flags & 0xF, truncated, tuple(addresses))
