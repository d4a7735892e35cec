"""The clocks of this machine, behind one name so that tests bring their own.

Wall clocks are for people and for the collector to correct; every wait and every duration uses the
monotonic clock, so a stepped wall clock never gives a negative one.
"""

import sys
import time
from typing import Protocol


class Clock(Protocol):
    """Where the agent gets its time from."""

    def time(self) -> float:
        """Return the wall clock: Unix seconds, UTC, may step."""
        ...

    def monotonic(self) -> float:
        """Return seconds since some moment of this boot; never goes back, counts sleep."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def time(self) -> float:
        """Return Unix seconds."""
        return time.time()

    if sys.platform == "linux":

        def monotonic(self) -> float:
            """Return seconds since boot; Linux's usual monotonic clock would leave out sleep."""
            return time.clock_gettime(time.CLOCK_BOOTTIME)

    else:

        def monotonic(self) -> float:
            """Return seconds since boot, sleep included, as Windows counts them."""
            return time.monotonic()
