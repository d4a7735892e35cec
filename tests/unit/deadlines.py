"""How long a peer that a test started is waited for."""

from agent.probe.outcome import Outcome

ANSWER_SECONDS = 20.0
"""Enough for a busy machine to run the peer's thread; nobody waits so long for what has come."""
SILENCE_SECONDS = 0.4


def seconds_for(outcome: Outcome) -> float:
    """Give seconds to wait where `outcome` is expected: long for what comes, short for silence."""
    return SILENCE_SECONDS if outcome is Outcome.TIMEOUT else ANSWER_SECONDS
