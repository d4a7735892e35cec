"""Everything every vantage saw, by machine and by target: the judge's only source.

Fed with reports in any order; what is known depends only on which reports were taken in. Does no
I/O and reads no clock. What is saved of it, and how: `collector.verdict.evidence.saved`.
"""

import math
from collections.abc import Container, Iterable
from typing import Final

from collector.series.labels import Targets
from collector.series.state import MIN_FRESH_SECONDS, fresh_seconds
from collector.verdict.evidence.facts import Fact, Word, with_fact
from collector.verdict.evidence.latest import Newest
from collector.verdict.evidence.listening import Listened, Listening
from collector.verdict.evidence.reading import (
    OWN,
    item_of,
    own_word,
    view_of,
    view_word,
)
from collector.verdict.evidence.runs import Run, Track
from collector.verdict.evidence.starts import Start, Starts
from collector.wire import Received, WireResult
from inventory.model import site_id

__all__ = ["OWN_TRACK", "Evidence", "Listening", "Start"]

LONGEST_AGE_SECONDS: Final = 86_400.0
"""A result that was older when it was reported says nothing: no check is done so rarely."""
OWN_TRACK: Final = ""
"""Stands for the machine itself among the targets it looked at."""


def prompt_seconds(interval_seconds: float) -> float:
    """Return within which time a report arrives that had not to wait for a way to the centre.

    Later the next one is due. If all that still tell the present counted, what was kept through a
    cut would show that its last minutes were none.
    """
    return max(interval_seconds, MIN_FRESH_SECONDS)


Unsaved = dict[tuple[str, str, int], Run | None]
"""By target, incarnation and first number, a run to be written; None: to be deleted."""


class Evidence:
    """What was seen, kept as runs (`collector.verdict.evidence.runs`)."""

    def __init__(self, targets: Targets) -> None:
        self.own: dict[str, dict[str, Track]] = {}
        """By site, then machine: what its reports say of itself and its LAN. A run also says that
        the machine was alive, and by `Fact.LIVE` whether the centre knew it then."""
        self.views: dict[str, dict[str, Track]] = {}
        """By target (link, point, service, what is always on; `reading.view_of`), then machine
        that looked. Where nothing could be measured there is a run too, with a word of 0."""
        self.newest = Newest(targets)
        """The newest report of every machine, for what holds only at present."""
        self.known_starts = Starts()
        self.listened = Listened()
        self.tracks: dict[str, dict[str, Track]] = {}
        """The same tracks by machine, then target (OWN_TRACK: itself)."""
        self.grown: set[str] = set()
        """Machines whose newest runs went on since they were saved."""
        self.unsaved: dict[str, Unsaved] = {}
        """By machine, what `collector.verdict.evidence.saved` has yet to write."""
        self._targets = targets
        self._touched: dict[str, float] = {}
        self.known_from = -math.inf
        """What ended before that moment (Unix seconds) is not known any more."""

    @property
    def starts(self) -> dict[str, list[Start]]:
        """By machine, ascending by `booted_at`."""
        return self.known_starts.by_machine

    @property
    def listening(self) -> list[Listening]:
        """When a collector ran, ascending."""
        return self.listened.times

    def apply(self, received: Received) -> None:
        """Take in a report, new or old."""
        identity, report = received.identity, received.report
        site, machine = identity.site, identity.machine
        if not self._targets.has_site(site):
            return
        if machine not in self.tracks:
            self._put(machine, OWN_TRACK, Track())
        self.grown.add(machine)
        at, lasts_seconds = received.at, fresh_seconds(report.interval_seconds)
        waited_seconds = received.received_at - at
        word = with_fact(0, Fact.LIVE, waited_seconds <= prompt_seconds(report.interval_seconds))
        until, touched_at = at + lasts_seconds, math.inf
        for result in report.results:
            if result.check not in OWN:
                changed_at = self._look(received, result, until)
            elif result.target == machine:
                word = own_word(word, result.check, result.samples)
                if result.check != "machine":
                    continue
                changed_at = self.known_starts.take(received, result)
            else:
                continue
            touched_at = min(touched_at, changed_at)
        changed_at = self._add(received, OWN_TRACK, at, until, word)
        touched_at = min(touched_at, changed_at)
        if touched_at < math.inf:
            self._touch(site, touched_at)
        self.newest.apply(received)

    def take_touched(self) -> dict[str, float]:
        """Return the sites of which more is known since the last call.

        With each goes from when on (Unix seconds) that may change what was judged. A run that only
        went on touches nothing.
        """
        touched, self._touched = self._touched, {}
        return touched

    def listen(self, start: float) -> None:
        """Note that a collector runs from that moment on."""
        self.listened.begin(start)

    def listen_until(self, now: float) -> None:
        """Note that the collector still runs."""
        self.listened.go_on(now)

    def forget(self, machine: str, site: str) -> None:
        """Drop everything a machine said: its agent was removed or moved.

        Its site is touched from the machine's last report on.
        """
        self.newest.forget(machine, site)
        tracks = self.tracks.get(machine)
        if tracks is None:
            return
        newest = tracks[OWN_TRACK].newest
        if newest is not None:
            self._touch(site, newest.last_at)
        for target in list(tracks):
            self._drop(machine, target)
        self.known_starts.forget(machine)

    def keep(self, machines: Container[str]) -> None:
        """Drop everything of other machines than these: their agents went while nobody listened."""
        for machine in [machine for machine in self.tracks if machine not in machines]:
            self.forget(machine, site_id(machine))

    def replace_inventory(self, targets: Targets) -> None:
        """Go by another inventory from now on; what is known of what left it is dropped."""
        self._targets = targets
        self.newest.replace_inventory(targets)
        for site in [site for site in self.own if not targets.has_site(site)]:
            for machine in list(self.own[site]):
                self.forget(machine, site)
            self._touched.pop(site, None)
        for target in [target for target in self.views if not targets.known(item_of(target))]:
            for machine in list(self.views[target]):
                self._drop(machine, target)

    def expire(self, before: float) -> None:
        """Drop what ended before that moment, but for when each machine was last alive."""
        self.known_from = max(self.known_from, before)
        for machine in list(self.tracks):
            tracks = self.tracks[machine]
            for target, track in list(tracks.items()):
                if track.expire(before, but_newest=target == OWN_TRACK):
                    self._note(machine, target, track)
                # Its own track stays as long as there is any other: `apply` counts on it.
                if track.newest is None and (target != OWN_TRACK or len(tracks) == 1):
                    self._drop(machine, target)
        self.known_starts.expire(before)
        self.listened.expire(before)

    def restore(self, tracks: Iterable[tuple[str, str, Track]]) -> None:
        """Put back saved tracks, each with its machine and target, before any report is applied.

        What the inventory does not know any more is dropped for good.
        """
        for machine, target, track in tracks:
            self._put(machine, target, track)
        for machine in [machine for machine, of in self.tracks.items() if OWN_TRACK not in of]:
            self._put(machine, OWN_TRACK, Track())
        self.replace_inventory(self._targets)

    def _look(self, received: Received, result: WireResult, until: float) -> float:
        """Take in what a machine saw of a target; return what `Track.add` does."""
        machine, check, target = received.identity.machine, result.check, result.target
        view = view_of(check, target)
        if view is None or result.age_seconds > LONGEST_AGE_SECONDS or not target:
            return math.inf
        track = self.tracks[machine].get(view)
        if track is None:
            if isinstance(self._targets.place(received.identity, check, target), str):
                return math.inf
            self._put(machine, view, Track())
        measured_at = received.at - result.age_seconds
        word = view_word(check, result.samples)
        changed_at = self._add(received, view, measured_at, until, word)
        if changed_at < math.inf:
            self._touch(self._targets.home(target), changed_at)
        return changed_at

    def _add(
        self, received: Received, target: str, measured_at: float, until: float, word: Word
    ) -> float:
        machine = received.identity.machine
        track = self.tracks[machine][target]
        changed_at = track.add(
            received.incarnation,
            received.report.seq,
            measured_at,
            until,
            word,
            received_at=max(received.received_at, self.listened.until),
        )
        if changed_at < math.inf:
            self._note(machine, target, track)
        return changed_at

    def _put(self, machine: str, target: str, track: Track) -> None:
        self.tracks.setdefault(machine, {})[target] = track
        if target == OWN_TRACK:
            self.own.setdefault(site_id(machine), {})[machine] = track
        else:
            self.views.setdefault(target, {})[machine] = track

    def _take_out(self, machine: str, target: str) -> None:
        """Take a track out of `own` or `views`."""
        index, name = (self.own, site_id(machine)) if target == OWN_TRACK else (self.views, target)
        of_name = index.get(name, {})
        of_name.pop(machine, None)
        if not of_name:
            index.pop(name, None)

    def _drop(self, machine: str, target: str) -> None:
        """Drop a track, in memory and on disk."""
        tracks = self.tracks[machine]
        tracks[target].clear()
        self._note(machine, target, tracks[target])
        self._take_out(machine, target)
        del tracks[target]
        if not tracks:
            del self.tracks[machine]

    def _note(self, machine: str, target: str, track: Track) -> None:
        """Note which runs of a track are to be saved."""
        unsaved = self.unsaved.setdefault(machine, {})
        for (incarnation, first_seq), run in track.take_unsaved().items():
            unsaved[target, incarnation, first_seq] = run

    def _touch(self, site: str, at: float) -> None:
        self._touched[site] = min(at, self._touched.get(site, at))
