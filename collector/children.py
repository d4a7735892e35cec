"""Child processes that end with us: started one by one, ended last first.

Each has a process group of its own, so that Ctrl-C reaches only us and the order is kept.
"""

import subprocess
from collections.abc import Sequence

from govnet.errors import GovnetError

STOP_SECONDS = 15.0
"""A child that has not ended this long after SIGTERM is killed."""


class Children:
    """The processes started so far."""

    def __init__(self) -> None:
        self._started: list[tuple[str, subprocess.Popen[bytes]]] = []

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a program; what it logs goes to our standard error. Raises OSError."""
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, process_group=0
        )
        self._started.append((name, child))

    def refuse_dead(self) -> None:
        """Raise GovnetError if one has ended by itself."""
        for name, child in self._started:
            if child.poll() is not None:
                raise GovnetError(f"{name} ended by itself with status {child.returncode}")

    def stop(self) -> None:
        """End all and wait for each, the last started first."""
        while self._started:
            _, child = self._started.pop()
            child.terminate()
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
