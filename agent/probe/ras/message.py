"""H.323 gatekeeper discovery as bytes (ITU-T H.225.0 RAS, aligned PER of X.691); pure, bounded.

GatekeeperRequest asks "who are you?" and registers nothing. Both answers, GatekeeperConfirm and
GatekeeperReject, prove a gatekeeper. Only what a check uses of them is read.
"""

import ipaddress
from dataclasses import dataclass

from govnet.errors import CheckError

MAX_SEQUENCE = 0xFFFF
"""requestSeqNum is 1 to 65535."""

_PROTOCOL_VERSION_4 = bytes.fromhex("0600 0891 4a00 04")  # Length, then {0 0 8 2250 0 4}.
_HEAD_BYTES = 4  # Choice and optional fields, then requestSeqNum.
_CONFIRM, _REJECT = 1, 2
_REASONS = (
    "resourceUnavailable",
    "terminalExcluded",
    "invalidRevision",
    "undefinedReason",
)
_LATER_REASONS = (
    "securityDenial",
    "genericDataReason",
    "neededFeatureNotSupported",
    "securityError",
)


@dataclass(frozen=True, slots=True)
class GatekeeperAnswer:
    """What a gatekeeper answered; texts are empty where it gave none or one that is not read."""

    sequence: int
    confirmed: bool
    name: str
    """gatekeeperIdentifier."""
    reject_reason: str


def build_request(sequence: int, address: str, port: int) -> bytes:
    """Return a GatekeeperRequest of a terminal that is answered at `address` and `port`.

    Raises CheckError for what is no address or no sequence number.
    """
    if not 1 <= sequence <= MAX_SEQUENCE:
        raise CheckError(f"expected a sequence number of 1 to {MAX_SEQUENCE}, got {sequence}")
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError as exc:
        raise CheckError(f"{address!r} is not an address to be answered at") from exc
    # Bits: RasMessage not extended, alternative 0; no extension and none of four optional fields.
    head = b"\x00\x00" + (sequence - 1).to_bytes(2)
    # TransportAddress: ipAddress is alternative 0; ip6Address alternative 3, itself extensible.
    family = b"\x00" if ip.version == 4 else b"\x30"  # noqa: PLR2004 - the version of IP
    # EndpointType: of its optional fields only the sixth, terminal; mc and undefinedNode false.
    terminal = b"\x02\x00"
    return head + _PROTOCOL_VERSION_4 + family + ip.packed + port.to_bytes(2) + terminal


def parse_answer(data: bytes) -> GatekeeperAnswer | None:
    """Return what an answer says, or None when it is neither confirm nor reject.

    1. Bits of the first two bytes: extension, alternative (5), extension, nonStandardData there,
       gatekeeperIdentifier there; then requestSeqNum - 1.
    2. protocolIdentifier: a length and its bytes.
    3. The name, if it follows at once: nonStandardData before it is not read through.
    """
    if len(data) < _HEAD_BYTES or data[0] & 0x80:
        return None
    kind = (data[0] >> 2) & 0x1F
    if kind not in (_CONFIRM, _REJECT):
        return None
    has_other_data, has_name = data[0] & 1, data[1] >> 7
    sequence = int.from_bytes(data[2:4]) + 1
    rest = data[_HEAD_BYTES:]
    name = reason = ""
    if rest and len(rest) > rest[0]:
        rest = rest[1 + rest[0] :]
        if not has_other_data:
            if has_name:
                name, rest = _name(rest)
            if kind == _REJECT:
                reason = _reason(rest)
    return GatekeeperAnswer(sequence, kind == _CONFIRM, name, reason)


def _name(data: bytes) -> tuple[str, bytes]:
    """Read a BMPString of 1 to 128 characters: its length less 1 in 7 bits, then the characters."""
    if not data:
        return "", b""
    end = 1 + 2 * ((data[0] >> 1) + 1)
    if len(data) < end:
        return "", b""
    text = data[1:end].decode("utf-16-be", "replace")
    return "".join(char if char.isprintable() else "?" for char in text), data[end:]


def _reason(data: bytes) -> str:
    if not data:
        return ""
    if data[0] & 0x80:
        number = data[0] & 0x3F
        return _LATER_REASONS[number] if number < len(_LATER_REASONS) else ""
    return _REASONS[data[0] >> 5 & 3]
