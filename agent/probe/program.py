"""Run one of the system's own programs for its answer, within a time limit."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from govnet.errors import CheckError

# Keeps a black window from flashing up on the office worker's screen.
_NO_WINDOW = 0x08000000 if sys.platform == "win32" else 0


@dataclass(frozen=True, slots=True)
class Finished:
    """What a program left behind. Bytes that are not ASCII become U+FFFD: numbers stay readable."""

    output: str
    errors: str
    status: int


Run = Callable[[Sequence[str]], Finished]


def run_program(command: Sequence[str], timeout_seconds: float = 5.0) -> Finished:
    """Run `command` without a shell, in the C locale, with no input.

    Raises CheckError when it is missing, may not be started, or does not end in time; it is then
    killed.
    """
    try:
        done = subprocess.run(
            list(command),
            capture_output=True,
            timeout=timeout_seconds,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "LC_ALL": "C"},
            creationflags=_NO_WINDOW,
        )
    except subprocess.TimeoutExpired as exc:
        raise CheckError(f"{command[0]} did not end within {timeout_seconds:g} s") from exc
    except OSError as exc:
        raise CheckError(f"{command[0]} cannot be started: {exc}") from exc
    return Finished(
        done.stdout.decode("ascii", "replace"),
        done.stderr.decode("ascii", "replace"),
        done.returncode,
    )
