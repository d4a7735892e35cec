"""What was seen of one site up to one moment, by its own machines and by the centre. Pure.

Everything is asked of the evidence as it is known now, so the answer for a past moment changes when
reports about it arrive late.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

import msgspec

from collector.verdict.evidence.evidence import Evidence
from collector.verdict.evidence.facts import Fact
from collector.verdict.evidence.reading import SAYING
from collector.verdict.evidence.runs import Run, Track
from collector.verdict.site.graph import SiteGraph

PROBES_MISSED: Final = 3
"""So many probes in a row must be missed before a target counts as silent (`Look.is_silent`)."""


class Look(msgspec.Struct, frozen=True):
    """What those who look at a target saw of it last. Times are Unix seconds.

    `answered` None: nobody has a fresh finding. `silent_since` is when the first of the probes was
    missed that stand unbroken up to now; `checked_at` when the last one was made.
    """

    answered: bool | None
    silent_since: float | None = None
    checked_at: float | None = None


_NOTHING: Final = Look(None)
_DEVICE: Final = SAYING["device"]
_TRAP: Final = SAYING["trap"]


class Seen:
    """The evidence about one site at the moment `at` (Unix seconds).

    `interval_seconds` is the time between two probes.
    """

    def __init__(
        self, graph: SiteGraph, evidence: Evidence, centre: str, at: float, interval_seconds: float
    ) -> None:
        self.graph = graph
        self.evidence = evidence
        self.at = at
        self.interval_seconds = interval_seconds
        self.site = graph.site.id
        self._of_centre = f"{centre}/"
        self._looks: dict[str, Look] = {}
        self.own = evidence.own.get(self.site, {})

    @cached_property
    def heard(self) -> dict[str, Run]:
        """Machines whose reports reached the centre at that moment."""
        return {
            machine: run
            for machine, track in self.own.items()
            if (run := track.at(self.at)) is not None and is_heard(track, self.at)
        }

    @cached_property
    def alive(self) -> dict[str, Run]:
        """Machines that were alive but not heard: their reports came later."""
        return {
            machine: run
            for machine, track in self.own.items()
            if machine not in self.heard and (run := track.at(self.at)) is not None
        }

    def by_centre(self, target: str) -> Look:
        """Return what the centre's agents see of a target."""
        look = self._looks.get(target)
        if look is None:
            look = self._looks[target] = self._look(self._tracks(target, self._of_centre))
        return look

    def by_site(self, target: str) -> Look:
        """Return what the site's own machines see of a target."""
        return self._look(self._tracks(target, f"{self.site}/"))

    def asked_by_centre(self) -> Iterator[str]:
        """Yield the views of devices that the centre's agents measure, by the site's line."""
        for device in self.graph.site.devices:
            view = f"{_DEVICE}{device.id}"
            if self._tracks(view, self._of_centre):
                yield view

    def told_anyone(self, device: str) -> Look:
        """Return what a device says of itself, whoever asks it."""
        return self.by_anyone(f"{_DEVICE}{device}")

    def measured(self, device: str) -> Iterable[Track]:
        """Return what was measured of a device, by whoever asked it."""
        return of_the_device(device, self.evidence)

    def measured_within(self, device: str) -> list[Track]:
        """Return what the site's own machines measured of a device."""
        return self._tracks(f"{_DEVICE}{device}", f"{self.site}/")

    def notified(self, device: str) -> Iterable[Track]:
        """Return what a device notified the centre of."""
        return self.evidence.views.get(f"{_TRAP}{device}", {}).values()

    def by_anyone(self, target: str) -> Look:
        """Return what whoever looks at a target sees of it."""
        return self._look(self.evidence.views.get(target, {}).values())

    def is_confirmed(self, look: Look) -> bool:
        """Whether enough probes were missed."""
        since = look.silent_since
        return since is not None and self.at >= since + (PROBES_MISSED - 1) * self.interval_seconds

    def answers(self, target: str) -> tuple[list[bool], list[bool]]:
        """Return what the centre's agents, and all others, say of a target."""
        centre: list[bool] = []
        others: list[bool] = []
        for machine, track in self.evidence.views.get(target, {}).items():
            run = track.at(self.at)
            if run is not None and (said := run.says(Fact.ANSWERED)) is not None:
                (centre if machine.startswith(self._of_centre) else others).append(said)
        return centre, others

    def facts_of_link(self, link: str, fact: Fact) -> list[bool]:
        """Return what the site's own machines say at that moment of an end of a circuit."""
        found = (track.at(self.at) for track in self._tracks(link, f"{self.site}/"))
        return [said for run in found if run is not None and (said := run.says(fact)) is not None]

    def was_looked_at(self, target: str) -> bool:
        """Whether anyone ever had a finding about a target, up to that moment."""
        return any(
            run.word
            for track in self.evidence.views.get(target, {}).values()
            for run in track.before(self.at)
        )

    def answered_before(self, target: str, *, by_centre: bool = False) -> float | None:
        """Return when a target last answered anyone, or the centre, None if it never did."""
        if by_centre:
            tracks: Iterable[Track] = self._tracks(target, self._of_centre)
        else:
            tracks = self.evidence.views.get(target, {}).values()
        signs = (last(track, self.at, Fact.ANSWERED) for track in tracks)
        return max((sign for sign in signs if sign is not None), default=None)

    def answered_at(self, target: str, at: float) -> bool:
        """Whether a target answered the centre at that moment."""
        runs = (track.at(at) for track in self._tracks(target, self._of_centre))
        return any(run is not None and run.says(Fact.ANSWERED) for run in runs)

    def heard_before(self, machine: str) -> float | None:
        """Return when a machine was last heard by the centre, None for never."""
        track = self.own.get(machine)
        return None if track is None else last(track, self.at, Fact.LIVE)

    def alive_before(self, machine: str) -> float | None:
        """Return when a machine was last alive, heard then or only later; None for never."""
        track = self.own.get(machine)
        run = None if track is None else next(track.before(self.at), None)
        return None if run is None else min(run.last_at, self.at)

    def due(self, machine: str) -> float | None:
        """Return when the report was due after which a machine was not heard any more."""
        track = self.own.get(machine)
        return None if track is None else due(track, self.at)

    def last_sign_at(self) -> float | None:
        """Return when the centre last had a sign of life of the site, None if never."""
        if self.heard:  # Whoever is not heard now was heard before those who are.
            return min(max(run.last_at for run in self.heard.values()), self.at)
        signs = [self.heard_before(machine) for machine in self.own]
        signs += (self.answered_before(target, by_centre=True) for target in self.sentinels())
        return max((sign for sign in signs if sign is not None), default=None)

    def sentinels(self) -> Iterator[str]:
        """Yield what tells the centre that the site lives."""
        if not self.graph.is_centre:
            yield from self.graph.lookouts
            for point in self.graph.points:
                yield point.id
            yield from self.asked_by_centre()

    def _tracks(self, target: str, whose: str) -> list[Track]:
        """Return what machines whose ids begin so saw of a target."""
        views = self.evidence.views.get(target)
        if not views:
            return []
        return [track for machine, track in views.items() if machine.startswith(whose)]

    def _look(self, tracks: Iterable[Track]) -> Look:
        """Join what several saw: one answer is enough."""
        since = checked_at = None
        answered: bool | None = None
        for track in tracks:
            run = track.at(self.at)
            said = None if run is None else run.says(Fact.ANSWERED)
            if run is None or said is None:
                continue
            checked_at = max(checked_at or 0.0, min(run.last_at, self.at))
            answered = bool(answered) or said
            if not said:
                # Whoever saw it last decides since when it is silent to all.
                since = max(since or 0.0, _silent_since(track, self.at))
        if answered is None:
            return _NOTHING
        return Look(answered, None if answered else since, checked_at)


def of_the_mains(graph: SiteGraph, evidence: Evidence) -> Iterator[Track]:
    """Yield what can say something of a site's mains: its machines, and its devices themselves."""
    yield from evidence.own.get(graph.site.id, {}).values()
    for device in graph.site.devices:
        yield from of_the_device(device.id, evidence)


def of_the_device(device: str, evidence: Evidence) -> Iterable[Track]:
    """Return what the device says of itself, by everyone who measures it."""
    return evidence.views.get(f"{_DEVICE}{device}", {}).values()


def is_heard(track: Track, at: float) -> bool:
    """Whether the last report that came without waiting told the present at that moment."""
    for run in track.before(at):
        if run.says(Fact.LIVE):
            return at <= run.until
    return False


def due(track: Track, at: float) -> float | None:
    """Return when the report was due after the last one that the centre heard, up to that moment.

    None if it never heard one.
    """
    for run in track.before(at):
        if run.says(Fact.LIVE):
            return run.last_at + (run.until - run.last_at) / PROBES_MISSED
    return None


def last(track: Track, at: float, fact: Fact) -> float | None:
    """Return when reports last said yes to a fact, up to that moment, None if they never did."""
    for run in track.before(at):
        if run.says(fact):
            return min(run.last_at, at)
    return None


def _silent_since(track: Track, at: float) -> float:
    """Return when the first of the probes was missed that stand unbroken up to that moment."""
    since = at
    for run in track.before(at):
        said = run.says(Fact.ANSWERED)
        if said or run.until < since:
            break
        if said is False:
            since = run.first_at
    return since
