"""When something that repeats is due: spread over the interval by a stable hash, never bunched.

After a power cut a whole town's PCs start in the same minute; the hash of who and what spreads
them. The first start comes early, so that a fresh agent is useful at once.
"""

import hashlib
import math

FIRST_WITHIN_SECONDS = 15.0
"""The first start is spread over this time, or over the interval if that is shorter."""

_CLOSEST = 0.25
"""Two starts are never closer than this part of the interval."""


def spread(key: str) -> float:
    """Return a number from 0 up to 1 that is the same for the same key on every machine."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64


class Schedule:
    """The starts of one thing; all times are monotonic seconds.

    The first start keeps `first_after_seconds` (or one interval, if that is shorter) of distance
    and is spread over `spread_seconds` from there.
    """

    __slots__ = ("_grid", "interval_seconds", "next_at")

    def __init__(
        self,
        key: str,
        interval_seconds: float,
        now: float,
        first_after_seconds: float = 0.0,
        spread_seconds: float = FIRST_WITHIN_SECONDS,
    ) -> None:
        self.interval_seconds = interval_seconds
        self._grid = now + spread(key) * interval_seconds
        first_at = now + min(interval_seconds, first_after_seconds)
        self.next_at = first_at + spread(key) * min(interval_seconds, spread_seconds)

    def bring_forward(self, at: float) -> None:
        """Start at that moment already, if the next start is later; those behind it stay."""
        self.next_at = min(self.next_at, at)

    def advance(self, now: float) -> None:
        """Set the next start after one at `now`; starts that were missed are not made up for."""
        steps = (now + _CLOSEST * self.interval_seconds - self._grid) / self.interval_seconds
        self.next_at = self._grid + (math.floor(steps) + 1) * self.interval_seconds
