"""STAMP test packets as bytes, unauthenticated mode (RFC 8762 §4, RFC 8972 §4); pure.

TWAMP-Light (RFC 5357 appendix I) is the same protocol with other words; its reflectors may answer
fewer bytes than STAMP's 44.
"""

import hashlib
import struct
from dataclasses import dataclass

BASE_BYTES = 44
"""A test packet without extensions, in either direction (RFC 8762 §4.2.1, §4.3.1)."""
SHORTEST_PROBE_BYTES = 41
"""What TWAMP-Light sends and answers without padding of its own (RFC 5357 §4.2.1)."""
SHORTEST_REPLY_BYTES = 36
"""Up to and with the sender's own time stamp. Reflectors in use answer 38 bytes."""

_PROBE = struct.Struct("!IQHH28x")
_PROBE_START = struct.Struct("!IQHH")
_REPLY = struct.Struct("!IQHHQIQHHB3x")
_REPLY_START = struct.Struct("!IQHHQIQ")
_TLV = struct.Struct("!BBH")
_COS = struct.Struct("!HH")

# RFC 8972 §4: flags and types of extensions.
_UNRECOGNISED, _MALFORMED = 0x80, 0x40
_EXTRA_PADDING, _CLASS_OF_SERVICE = 1, 4

_NTP_EPOCH_SECONDS = 2_208_988_800  # From 1900 to 1970 (RFC 5905 §6).
_BILLION = 1_000_000_000
_PTP_FLAG = 0x4000  # Z of the error estimate: PTPv2 truncated instead of NTP (RFC 8186 §2.3).
_ERROR_ESTIMATE = 0x0001  # Clock not known to be synchronised; scale 0, multiplier 1 (not 0).
_DSCP_LIMIT = 64
_UNKNOWN_TTL = 255  # RFC 5357 §4.2.1: what a reflector says that cannot see it.


@dataclass(frozen=True, slots=True)
class ReplyFields:
    """What one reply says; times in nanoseconds since 1970 on the reflector's clock."""

    sequence: int
    """The reflector's own number: a count of its replies, or a copy where it keeps no state."""
    received_ns: int
    returned_ns: int
    sender_sequence: int
    sender_timestamp: int
    """The 64 bits that we sent: whoever has not seen our packet cannot know them."""
    dscp_there: int | None
    """The DSCP with which our packet reached the reflector; None where it does not say so."""


def ntp_timestamp(unix_ns: int) -> int:
    """Return a wall-clock time in nanoseconds as the 64 bits of NTP (RFC 5905 §6)."""
    seconds, rest = divmod(unix_ns, _BILLION)
    return ((seconds + _NTP_EPOCH_SECONDS) % (1 << 32)) << 32 | (rest << 32) // _BILLION


def _unix_ns(timestamp: int, error_estimate: int) -> int:
    """Return a time stamp of either format in nanoseconds since 1970, until the year 2036."""
    seconds, fraction = timestamp >> 32, timestamp & 0xFFFF_FFFF
    if error_estimate & _PTP_FLAG:
        return seconds * _BILLION + fraction
    return (seconds - _NTP_EPOCH_SECONDS) * _BILLION + (fraction * _BILLION >> 32)


def build_probe(
    sequence: int, timestamp: int, *, dscp: int | None = None, size_bytes: int = 0
) -> bytes:
    """Return a test packet of the sender, at least 44 bytes.

    With `dscp` it asks to be answered with that DSCP and to be told which one arrived. Up to
    `size_bytes` it is filled with bytes that no line can compress (RFC 8972 §4.1); the head of
    that padding takes 4.
    """
    packet = _PROBE.pack(sequence, timestamp, _ERROR_ESTIMATE, 0)
    if dscp is not None:
        packet += _TLV.pack(_UNRECOGNISED, _CLASS_OF_SERVICE, _COS.size)
        packet += _COS.pack(dscp << 10, 0)
    padding_bytes = size_bytes - len(packet) - _TLV.size
    if padding_bytes < 0:
        return packet
    packet += _TLV.pack(_UNRECOGNISED, _EXTRA_PADDING, padding_bytes)
    return packet + hashlib.shake_128(packet).digest(padding_bytes)


def parse_reply(data: bytes) -> ReplyFields | None:
    """Return what a reflector's packet says, None for what cannot be one."""
    if len(data) < SHORTEST_REPLY_BYTES:
        return None
    sequence, returned, error, _, received, sender_sequence, sender_timestamp = (
        _REPLY_START.unpack_from(data)
    )
    return ReplyFields(
        sequence=sequence,
        received_ns=_unix_ns(received, error),
        returned_ns=_unix_ns(returned, error),
        sender_sequence=sender_sequence,
        sender_timestamp=sender_timestamp,
        dscp_there=_dscp_there(data),
    )


def _dscp_there(data: bytes) -> int | None:
    """Return the DSCP that the reflector saw, if it knows the extension."""
    at = BASE_BYTES
    while at + _TLV.size <= len(data):
        flags, kind, length = _TLV.unpack_from(data, at)
        at += _TLV.size
        if at + length > len(data):
            return None
        if kind == _CLASS_OF_SERVICE and length >= _COS.size:
            if flags & (_UNRECOGNISED | _MALFORMED):
                return None
            return int(_COS.unpack_from(data, at)[0] >> 4) % _DSCP_LIMIT
        at += length
    return None


@dataclass(frozen=True, slots=True)
class Asked:
    """A sender's test packet as a reflector reads it."""

    sequence: int
    timestamp: int
    error_estimate: int
    session: int
    size_bytes: int
    extensions: bytes
    dscp_wanted: int | None
    """The DSCP that the reply shall have; None where the sender does not say."""


def parse_probe(data: bytes) -> Asked | None:
    """Return a sender's test packet, None for anything else.

    A packet shorter than its reply is not answered, and neither is one whose error estimate has
    a multiplier of 0 (RFC 4656 §4.1.2: to be taken for corrupt).
    """
    if len(data) < SHORTEST_PROBE_BYTES:
        return None
    sequence, timestamp, error_estimate, session = _PROBE_START.unpack_from(data)
    if not error_estimate & 0xFF:
        return None
    extensions = data[BASE_BYTES:]
    wanted = None
    at = 0
    while at + _TLV.size <= len(extensions):
        _, kind, length = _TLV.unpack_from(extensions, at)
        at += _TLV.size
        if kind == _CLASS_OF_SERVICE and length == _COS.size and at + length <= len(extensions):
            wanted = int(_COS.unpack_from(extensions, at)[0] >> 10)
        at += length
    return Asked(sequence, timestamp, error_estimate, session, len(data), extensions, wanted)


def build_reply(
    asked: Asked,
    *,
    sequence: int,
    received_ns: int,
    returned_ns: int,
    ttl: int | None,
    dscp: int | None,
) -> bytes:
    """Return a reflector's answer, exactly as long as what was asked (RFC 8762 §4.3).

    `sequence` counts the replies to that sender; `ttl` and `dscp` are those with which its packet
    arrived, None where this machine cannot see them.
    """
    head = _REPLY.pack(
        sequence,
        ntp_timestamp(returned_ns),
        _ERROR_ESTIMATE,
        asked.session,
        ntp_timestamp(received_ns),
        asked.sequence,
        asked.timestamp,
        asked.error_estimate,
        0,
        _UNKNOWN_TTL if ttl is None else ttl,
    )
    return (head + _answered(asked.extensions, dscp))[: asked.size_bytes]


def _answered(extensions: bytes, dscp: int | None) -> bytes:
    """Return the extensions as a reflector sends them back (RFC 8972 §4).

    Known ones lose the flag "unrecognised", others keep it; one that is longer than the packet is
    marked as malformed, and nothing behind it is read.
    """
    answered = bytearray(extensions)
    at = 0
    while at + _TLV.size <= len(answered):
        _, kind, length = _TLV.unpack_from(answered, at)
        value_at = at + _TLV.size
        if value_at + length > len(answered) or (kind == _CLASS_OF_SERVICE and length != _COS.size):
            answered[at] = _MALFORMED
            break
        if kind == _EXTRA_PADDING:
            answered[at] = 0
        elif kind == _CLASS_OF_SERVICE and dscp is not None:
            answered[at] = 0
            classes, reserved = _COS.unpack_from(answered, value_at)
            _COS.pack_into(answered, value_at, classes & 0xFC00 | dscp << 4, reserved)
        else:
            answered[at] = _UNRECOGNISED
        at = value_at + length
    return bytes(answered)
