"""The time one probe may take in all, so that a peer who drips bytes gains nothing."""

import time
from collections.abc import Callable

Clock = Callable[[], float]


class Deadline:
    """A moment on a monotonic clock, `timeout_seconds` from its creation."""

    __slots__ = ("_clock", "_ends_at")

    def __init__(self, timeout_seconds: float, clock: Clock = time.perf_counter) -> None:
        self._clock = clock
        self._ends_at = clock() + timeout_seconds

    def now(self) -> float:
        """Return the clock's time in seconds, for measuring durations."""
        return self._clock()

    def remaining_seconds(self) -> float:
        """Return the seconds left, always above 0.

        Raises TimeoutError once nothing is left; 0 must never reach `settimeout`, where it means
        "do not block".
        """
        left = self._ends_at - self._clock()
        if left <= 0:
            raise TimeoutError("the time for this probe is over")
        return left
