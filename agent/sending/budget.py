"""How many bytes may leave this machine in an hour, and who waits when they are used up.

A token bucket over bytes that were really sent (`agent.transport.channel` counts them). The newest
report goes while the bucket holds anything, and what it takes too much is waited for before the
next one; the backlog gets what lies above the cost of the newest report. So the backlog waits
first; where even the newest reports are too much, they go less often, and those that were overtaken
join the backlog. Nothing is thrown away for the budget. Pure: `now` is monotonic.
"""

import math

BURST_SECONDS = 180.0
"""The bucket holds so much of the hourly share, and starts with it."""

_FIRST_RATIO = 0.25
"""Compressed to plain bytes before anything was sent; later as measured."""


class Budget:
    """The bucket of one agent; `bytes_per_hour` None means no limit."""

    def __init__(self, bytes_per_hour: int | None, now: float) -> None:
        self._rate = 0.0
        self._room = 0.0
        self._tokens = 0.0
        self._at = now
        self._is_limited = False
        self._ratio = _FIRST_RATIO
        self._newest_bytes = 0.0
        self.limit(bytes_per_hour, now)

    def limit(self, bytes_per_hour: int | None, now: float) -> None:
        """Keep to another share from now on; what was overdrawn stays owed."""
        was_limited = self._is_limited
        self._refill(now)
        self._is_limited = bytes_per_hour is not None
        self._rate = (bytes_per_hour or 0) / 3600.0
        self._room = self._rate * BURST_SECONDS
        self._tokens = min(self._tokens, self._room) if was_limited else self._room

    def spent(self, sent_bytes: int, now: float) -> None:
        """Take off what went out."""
        self._refill(now)
        if self._is_limited:
            self._tokens -= sent_bytes

    def learn(self, plain_bytes: int, sent_bytes: int, *, is_newest_alone: bool) -> None:
        """Learn from an exchange what reports cost on the wire."""
        if plain_bytes > 0:
            self._ratio = sent_bytes / plain_bytes
        if is_newest_alone:
            self._newest_bytes = sent_bytes

    def newest_waits_seconds(self, now: float) -> float:
        """Return how long the newest report has to wait; 0 if it may go."""
        self._refill(now)
        if not self._is_limited or self._tokens > 0:
            return 0.0
        # At least one byte's worth, or rounding could ask again at once for ever.
        return (1.0 - self._tokens) / self._rate

    def backlog_bytes(self, now: float) -> int | None:
        """Return how many plain bytes of the backlog may go now; None for any number."""
        if not self._is_limited:
            return None
        self._refill(now)
        return max(0, math.floor((self._tokens - self._newest_bytes) / self._ratio))

    def backlog_waits_seconds(self, plain_bytes: int, now: float) -> float:
        """Return how long the backlog has to wait until so many plain bytes of it may go.

        Where one report costs more than the bucket holds, it is saved up for.
        """
        self._refill(now)
        if not self._is_limited:
            return 0.0
        wanted = self._newest_bytes + (plain_bytes + 1) * self._ratio
        self._room = max(self._room, wanted)
        return max(0.0, wanted - self._tokens) / self._rate

    def _refill(self, now: float) -> None:
        if self._is_limited:
            grown = self._tokens + max(0.0, now - self._at) * self._rate
            self._tokens = max(self._tokens, min(self._room, grown))
        self._at = max(self._at, now)
