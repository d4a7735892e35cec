"""How long a test waits, so that a busy machine fails none: long for what comes, never for luck."""

import time

from agent.probe.outcome import Outcome
from agent.probe.trace import Trace

ANSWER_SECONDS = 20.0
"""Enough for a busy machine to run the peer's thread; nobody waits so long for what has come."""
SILENCE_SECONDS = 0.4
HANG_SECONDS = 60.0
"""How long a thread waits for its test, or a test for a thread: only broken code takes so long."""


def seconds_for(outcome: Outcome) -> float:
    """Give seconds to wait where `outcome` is expected: long for what comes, short for silence."""
    return SILENCE_SECONDS if outcome is Outcome.TIMEOUT else ANSWER_SECONDS


class LeapingClock:
    """A clock that leaps past every deadline once there is nothing more to wait for."""

    def __init__(self) -> None:
        self._ahead_seconds = 0.0

    def __call__(self) -> float:
        return time.perf_counter() + self._ahead_seconds

    def leap(self, seconds: float = 2 * ANSWER_SECONDS) -> None:
        self._ahead_seconds += seconds

    def leap_at(self, *words: str) -> Trace:
        """Return a trace that lets the clock leap at a line with one of these words in it."""

        def trace(line: str) -> None:
            if any(word in line for word in words):
                self.leap()

        return trace
