"""What left this machine last, byte for byte: the file that `govnet-agent show` reads.

Its first line says when and to whom, as JSON; everything behind it is the body as sent.
"""

import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from govnet.disk import private_opener, put_in_place
from govnet.errors import ConfigError

FILE_NAME = "last-sent"


@dataclass(frozen=True, slots=True)
class LastSent:
    """The newest batch that went out: `sent_at` by this machine's clock, to which address."""

    sent_at: float
    collector: str
    body: bytes

    def decoded(self) -> Any:
        """Return the body as decoded JSON. Raises ValueError if a power cut has damaged it."""
        try:
            return json.loads(gzip.decompress(self.body))
        except (OSError, EOFError, zlib.error, RecursionError) as exc:
            raise ValueError(f"the body does not unpack: {exc}") from exc


def write_last_sent(state_dir: Path, sent: LastSent) -> None:
    """Keep what was just sent. Not flushed to the disk: it is for looking, not for surviving.

    Raises OSError if the disk refuses it.
    """
    head = json.dumps({"sent_at": round(sent.sent_at, 3), "collector": sent.collector})
    fresh = state_dir / f"{FILE_NAME}.new"
    fresh.unlink(missing_ok=True)  # One that was readable for others stays so.
    with open(fresh, "wb", opener=private_opener) as file:
        file.write(head.encode() + b"\n" + sent.body)
    put_in_place(fresh, state_dir / FILE_NAME)


def read_last_sent(state_dir: Path) -> LastSent | None:
    """Return what was sent last, None if nothing was yet.

    Raises ConfigError if the file is there and cannot be read.
    """
    path = state_dir / FILE_NAME
    try:
        head, _, body = path.read_bytes().partition(b"\n")
        return LastSent(**json.loads(head), body=body)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, RecursionError) as exc:
        raise ConfigError([f"{path}: cannot be read: {exc}"]) from exc
