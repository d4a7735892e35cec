"""What only the running agent knows, in a small file for `govnet-agent status`.

Written at most every few seconds, not flushed: it is for looking, not for surviving.
"""

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import psutil

import govnet
from agent.clock import Clock
from govnet.disk import private_opener, put_in_place

FILE_NAME = "status.json"
CLOSEST_SECONDS = 3.0
_PADDED_BYTES = 2048
_SAME_PROCESS_SECONDS = 2.0


def process_state(started_at: float) -> dict[str, Any]:
    """Return which process writes the file, and since when it runs (Unix seconds)."""
    return {
        "pid": os.getpid(),
        "process_started_at": psutil.Process().create_time(),
        "started_at": started_at,
        "version": govnet.__version__,
    }


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


def process_runs(left: dict[str, Any]) -> bool:
    """Whether the process that left this is there: its number may be another's by now."""
    try:
        started_at = psutil.Process(int(left["pid"])).create_time()
        return abs(started_at - float(left["process_started_at"])) < _SAME_PROCESS_SECONDS
    except (KeyError, TypeError, ValueError, psutil.Error):
        return False


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.unlink(missing_ok=True)
        with open(fresh, "wb", opener=private_opener) as file:
            file.write(content)
        put_in_place(fresh, path)
    except OSError:
        # A full disk is what somebody will want to see here.
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        with suppress(OSError), path.open("r+b") as file:
            file.write(content)
            file.truncate()
