"""Everything every vantage saw, by machine and by target: the judge's only source.

Fed with reports in any order; what is known depends only on which reports were taken in. Does no
I/O and reads no clock.
"""

import math
from typing import Final

import msgspec

from collector.series.labels import Targets
from collector.series.state import fresh_seconds
from collector.verdict.evidence.facts import Fact, with_fact
from collector.verdict.evidence.reading import OWN, VIEWS, own_word, view_word
from collector.verdict.evidence.runs import Track
from collector.wire import Received, WireResult

LONGEST_AGE_SECONDS: Final = 86_400.0
"""A result that was older when it was reported says nothing: no check is done so rarely."""
OWN_TRACK: Final = ""
"""Stands for the machine itself among the targets it looked at."""


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
        """By target (link, point, service, what is always on), then machine that looked. Facts that
        could not be measured are not in its words; a word of 0 is a run too."""
        self.starts: dict[str, list[Start]] = {}
        """By machine, ascending by `booted_at`."""
        self.listening: list[Listening] = []
        """When a collector ran, ascending."""
        self._targets = targets
        self._tracks: dict[str, dict[str, Track]] = {}
        # The same tracks by machine, then target (OWN_TRACK: itself).
        self._touched: dict[str, float] = {}

    def apply(self, received: Received) -> None:
        """Take in a report, new or old."""
        identity, report = received.identity, received.report
        if not self._targets.has_site(identity.site):
            return
        at, machine = received.at, identity.machine
        lasts_seconds = fresh_seconds(report.interval_seconds)
        tracks = self._tracks.get(machine)
        if tracks is None:
            tracks = self._tracks[machine] = {OWN_TRACK: Track()}
            self.own.setdefault(identity.site, {})[machine] = tracks[OWN_TRACK]
        word = with_fact(0, Fact.LIVE, received.received_at - at <= lasts_seconds)
        until, touched_at = at + lasts_seconds, math.inf
        for result in report.results:
            if result.check not in OWN:
                touched_at = min(touched_at, self._look(received, result, until))
            elif result.target == machine:
                word = own_word(word, result.check, result.samples)
        changed_at = tracks[OWN_TRACK].add(
            received.incarnation, report.seq, at, until, word, received_at=received.received_at
        )
        touched_at = min(touched_at, changed_at)
        if touched_at < math.inf:
            self._touch(identity.site, touched_at)

    def take_touched(self) -> dict[str, float]:
        """Return the sites of which more is known since the last call.

        With each goes from when on (Unix seconds) that may change what was judged. A run that only
        went on touches nothing.
        """
        touched, self._touched = self._touched, {}
        return touched

    def _look(self, received: Received, result: WireResult, until: float) -> float:
        """Take in what a machine saw of a target; return what `Track.add` does."""
        machine, check, target = received.identity.machine, result.check, result.target
        if check not in VIEWS or result.age_seconds > LONGEST_AGE_SECONDS or not target:
            return math.inf
        track = self._tracks[machine].get(target)
        if track is None:
            if isinstance(self._targets.place(received.identity, check, target), str):
                return math.inf
            track = self._tracks[machine][target] = Track()
            self.views.setdefault(target, {})[machine] = track
        changed_at = track.add(
            received.incarnation,
            received.report.seq,
            received.at - result.age_seconds,
            until,
            view_word(check, result.samples),
            received_at=received.received_at,
        )
        if changed_at < math.inf:
            self._touch(self._targets.home(target), changed_at)
        return changed_at

    def _touch(self, site: str, at: float) -> None:
        self._touched[site] = min(at, self._touched.get(site, at))
