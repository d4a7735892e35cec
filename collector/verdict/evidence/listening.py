"""When a collector ran: at other times nobody could hear anybody, and silence says nothing."""

import math
from typing import Final

import msgspec

BACK_SECONDS: Final = 60.0
"""A clock that is set back by less is corrected by itself in that time."""


class Listening(msgspec.Struct, gc=False):
    """That a collector took in reports, from `start` to `end` (Unix seconds)."""

    start: float
    end: float


class Listened:
    """All times at which a collector is known to have run.

    The end of a run is saved with every checkpoint (`collector.process.CHECKPOINT_SECONDS`, 30 s)
    and when it stops in order; so one that was killed is believed to have stopped up to 30 s
    earlier than it did, and never later.
    """

    def __init__(self) -> None:
        self.times: list[Listening] = []
        """Ascending, none beginning before the one before has ended."""
        self._saved = 0
        # How many are saved as they are; the last one never is, because its end moves on.

    @property
    def until(self) -> float:
        """Up to when it is known that a collector ran, -inf if none did.

        So far silence was judged: a report that is taken in later was not there yet.
        """
        return self.times[-1].end if self.times else -math.inf

    def restore(self, times: list[Listening]) -> None:
        """Put back what was saved, ascending."""
        self.times = times
        self._saved = len(times)

    def begin(self, start: float) -> None:
        """Note that a collector runs from that moment on.

        What was noted of later times came from a clock that was ahead, and goes.
        """
        while self.times and self.times[-1].start >= start:
            self.times.pop()
        if self.times and self.times[-1].end > start:
            self.times[-1].end = start
            self._saved = min(self._saved, len(self.times) - 1)
        self._saved = min(self._saved, len(self.times))
        self.times.append(Listening(start, start))

    def go_on(self, now: float) -> None:
        """Note that the collector still runs; if its clock was ahead, the end goes back with it."""
        if not self.times:
            return
        last = self.times[-1]
        if now > last.end or now < last.end - BACK_SECONDS:
            last.end = max(now, last.start)

    def expire(self, before: float) -> None:
        """Drop the runs that ended before that moment; the last one stays."""
        ended = 0
        while ended < len(self.times) - 1 and self.times[ended].end < before:
            ended += 1
        if ended:
            del self.times[:ended]
            self._saved = max(0, self._saved - ended)

    def unsaved(self) -> list[Listening]:
        """Return those that are not saved as they are: all from the first of them on."""
        return self.times[self._saved :]

    def mark_saved(self) -> None:
        """Note that all were saved; the last one goes on."""
        self._saved = max(0, len(self.times) - 1)

    def mark_unsaved(self, since: float | None) -> None:
        """Note that those from that start on were not saved after all; None: all were."""
        if since is not None:
            while self._saved and self.times[self._saved - 1].start >= since:
                self._saved -= 1
