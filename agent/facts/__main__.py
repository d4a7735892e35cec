"""`python -m agent.facts SUITE...`: the child process that reads everything and prints it."""

import sys
from functools import partial

from agent.facts.adapters import add_adapters
from agent.facts.reading import Reading, encode
from agent.probe.program import run_program

_PROGRAM_SECONDS = 45.0
"""PowerShell takes half a minute on an old PC; the parent's own limit ends this process."""


def read(suites: tuple[str, ...]) -> Reading:
    """Return the facts of this machine. Raises CheckError if the system cannot be asked at all."""
    run = partial(run_program, timeout_seconds=_PROGRAM_SECONDS)
    if sys.platform == "win32":
        from agent.facts.windows import read as read_windows  # noqa: PLC0415 - by system

        reading = read_windows(suites, run)
    else:
        from agent.facts.linux import read as read_linux  # noqa: PLC0415 - by system

        reading = read_linux(suites, run=run)
    add_adapters(reading)
    return reading


if __name__ == "__main__":
    print(encode(read(tuple(sys.argv[1:]))))
