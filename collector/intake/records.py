"""What the inbox journal holds: batches exactly as sent, and what became of each.

A batch comes first; when it is durable and its reports are timed, a `Settled` follows in the same
journal. So the times that were shown are the times that history gets, whatever happens between.
The tag of a record tells its kind and version.
"""

import msgspec

from collector.wire import FormerIdentity
from govnet.errors import JournalError


class InboxRecord(msgspec.Struct, array_like=True, frozen=True, tag=2):
    """One batch as received; `received_at` is Unix seconds, `encoding` its Content-Encoding.

    `site` and `machine` are whom the agent spoke for at that moment, `former` whom before.
    """

    agent: str
    site: str
    machine: str
    key: str
    incarnation: str
    received_at: float
    signature: str
    encoding: str
    body: bytes
    former: tuple[FormerIdentity, ...] = ()


class SettledReport(msgspec.Struct, array_like=True, frozen=True):
    """A report that was newly accepted, and when it was made (Unix ms), for good."""

    seq: int
    at_ms: int
    is_timed: bool


class Settled(msgspec.Struct, array_like=True, frozen=True, tag=3):
    """What became of the batch whose record stands at `position`."""

    position: int
    reports: list[SettledReport]


Record = InboxRecord | Settled

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(InboxRecord | Settled)


def encode_record(record: Record) -> bytes:
    """Return the journal's payload of a record."""
    return _encoder.encode(record)


def decode_record(payload: bytes) -> Record:
    """Read a payload; raises JournalError for one of a foreign form."""
    try:
        return _decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise JournalError(f"no record of this version: {exc}") from exc
