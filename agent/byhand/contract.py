"""What every probe by hand is: its arguments, and an answer in Vietnamese sentences."""

import argparse
from dataclasses import dataclass
from typing import Protocol

from agent.probe.trace import Trace


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found: `good` decides the exit status (0 or 1).

    `lines` are whole Vietnamese sentences, the most important first; numbers with their units.
    """

    good: bool
    lines: tuple[str, ...]


class Probe(Protocol):
    """A module of this package, as `agent.byhand.table` names it."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the arguments; `--timeout` and `--debug` are there already."""
        ...

    def ask(self, arguments: argparse.Namespace, timeout_seconds: float, trace: Trace) -> Answer:
        """Ask once. Raises CheckError if this machine could not ask."""
        ...
