"""Everything every vantage saw, by machine and by target: the judge's only source.

Fed with reports in any order; what is known depends only on which reports were taken in. Does no
I/O and reads no clock.
"""

import msgspec

from collector.series.labels import Targets
from collector.verdict.evidence.runs import Track
from collector.wire import Received


class Start(msgspec.Struct, frozen=True, gc=False):
    """That an agent began to run, and how its run before ended. Times are Unix seconds.

    `booted_at` is when the machine began to run; after `last_alive_at` the machine itself had
    stopped, else only the agent. `is_clean` tells whether the run before was ended in order;
    None where nothing is known of it.
    """

    machine: str
    boot_id: str
    booted_at: float
    last_alive_at: float | None
    is_clean: bool | None


class Listening(msgspec.Struct, gc=False):
    """That a collector took in reports, from `start` to `end` (Unix seconds)."""

    start: float
    end: float


class Evidence:
    """What was seen, kept as runs (`collector.verdict.evidence.runs`)."""

    def __init__(self, targets: Targets) -> None:
        self.own: dict[str, dict[str, Track]] = {}
        """By site, then machine: what its reports say of itself and its LAN. A run also says that
        the machine was alive, and by `Fact.LIVE` whether the centre knew it then."""
        self.views: dict[str, dict[str, Track]] = {}
        """By target (link, point, service, what is always on), then machine that looked."""
        self.starts: dict[str, list[Start]] = {}
        """By machine, ascending by `booted_at`."""
        self.listening: list[Listening] = []
        """When a collector ran, ascending."""
        self._targets = targets

    def apply(self, received: Received) -> None:
        """Take in a report, new or old."""
        raise NotImplementedError

    def take_touched(self) -> dict[str, float]:
        """Return the sites of which more is known since the last call.

        With each goes from when on (Unix seconds) that may change what was judged. A run that only
        went on touches nothing.
        """
        raise NotImplementedError
