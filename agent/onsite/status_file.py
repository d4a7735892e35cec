"""What only the running agent knows, in a small file for `govnet-agent status`.

Written at most every few seconds, not flushed: it is for looking, not for surviving.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from agent.clock import Clock
from govnet.disk import private_opener

FILE_NAME = "status.json"
CLOSEST_SECONDS = 3.0
_PADDED_BYTES = 2048


class StatusFile:
    """Keeps the file up to date; any thread may call `note`."""

    def __init__(self, state_dir: Path, clock: Clock, read: Callable[[], dict[str, Any]]) -> None:
        self._path = state_dir / FILE_NAME
        self._clock = clock
        self._read = read
        self._lock = Lock()
        self._written: dict[str, Any] | None = None
        self._written_at = 0.0

    def note(self) -> None:
        """Write what is so now, if it has changed and was not written a moment ago."""
        with self._lock:
            now = self._clock.monotonic()
            if self._written is not None and now < self._written_at + CLOSEST_SECONDS:
                return
            present = self._read()
            if present == self._written:
                return
            self._written, self._written_at = present, now
            stamped = present | {"written_at": round(self._clock.time(), 3)}
            # Padded, so that on a full disk the old file's place is large enough for the new.
            _replace(self._path, json.dumps(stamped).encode().ljust(_PADDED_BYTES))


def read_status(state_dir: Path) -> dict[str, Any]:
    """Return what was written last; empty where there is nothing that can be read."""
    try:
        plain = json.loads((state_dir / FILE_NAME).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return plain if isinstance(plain, dict) else {}


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.unlink(missing_ok=True)
        with open(fresh, "wb", opener=private_opener) as file:
            file.write(content)
        fresh.replace(path)
    except OSError:
        # A full disk is what somebody will want to see here.
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        with suppress(OSError), path.open("r+b") as file:
            file.write(content)
            file.truncate()
