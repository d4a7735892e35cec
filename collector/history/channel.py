"""What the collector and a history process tell each other: one JSON line at a time.

The collector tells at first what to do (`Start`), then up to where the inbox is durable (`Go`),
with the targets of another inventory when it was reloaded. The process tells what it did (`Done`).
"""

import msgspec

from collector.history.options import RemoteWrite
from collector.logs.options import LogOptions
from collector.series.labels import Allowed


class Start(msgspec.Struct, frozen=True):
    """The first line for a history process."""

    receiver: RemoteWrite
    inbox: str
    position_file: str
    allowed: Allowed
    log: LogOptions = LogOptions()


class Go(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything before `durable_position` may be sent; `allowed` if it changed."""

    durable_position: int
    allowed: Allowed | None = None


class Done(msgspec.Struct, frozen=True):
    """What a process did since its last line.

    `behind_since` is when the oldest batch that is not sent was received (Unix seconds), None if
    there is none; `syslog` has how many of its log lines a syslog server got, by result.
    """

    pushed: int
    dropped: dict[str, int]
    failures: int
    gaps: int
    is_up: bool
    behind_since: float | None
    syslog: dict[str, int] = {}


_encoder = msgspec.json.Encoder()
start_decoder = msgspec.json.Decoder(Start)
go_decoder = msgspec.json.Decoder(Go)
done_decoder = msgspec.json.Decoder(Done)


def line(message: Start | Go | Done) -> bytes:
    """Return a message as one line."""
    return _encoder.encode(message) + b"\n"
