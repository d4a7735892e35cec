"""Whether the collector's clock is right enough to drop by it: its agents have clocks, too.

A clock that runs years ahead makes everything old. The account of changes would be gone for good.
"""

from collections.abc import Iterable
from statistics import median
from typing import Final, Protocol

HEARD_SECONDS: Final = 3_600.0
"""What an agent said earlier tells nothing of the clock as it is now."""
MOST_AHEAD_SECONDS: Final = 86_400.0


class Heard(Protocol):
    """An agent as it was heard last: when, by our clock, and its clock minus ours (seconds)."""

    @property
    def received_at(self) -> float:
        """Unix seconds."""

    @property
    def skew_seconds(self) -> float:
        """Its clock minus ours."""


def ahead_seconds(agents: Iterable[Heard], now: float) -> float | None:
    """Return how far the clock that says `now` is ahead of the agents'; None: nobody can tell.

    It is that of the agent in the middle, so that some wrong clocks stop nothing. A collector
    without agents is believed.
    """
    known = list(agents)
    skews = [one.skew_seconds for one in known if abs(now - one.received_at) <= HEARD_SECONDS]
    if not skews:
        return None if known else 0.0
    return -median(skews)
