"""What the sites of a province say about each other: the silences of all, and who was seen alive.

Keeps what `collector.verdict.shared` found of silences that began about together, and asks again
only where one of them changed or is still fresh. Reads no clock.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from collector.verdict.evidence.evidence import Evidence
from collector.verdict.evidence.facts import Fact
from collector.verdict.evidence.reading import SAYING
from collector.verdict.evidence.runs import Track
from collector.verdict.shared.records import Event, Others, SharedCause, Silence
from collector.verdict.shared.share import Settled, share
from collector.verdict.site.assess import Rules
from collector.verdict.site.graph import SiteGraph
from collector.verdict.site.seen import due, of_the_mains
from inventory.model import Lifecycle, site_id

APART_SECONDS: Final = 3600.0
"""Silences that began further apart have nothing to do with each other."""
FRESH_INTERVALS: Final = 4.0
FRESH_SECONDS: Final = 60.0
"""For so many intervals and seconds after a silence was noticed, more may be seen of the others."""
AGAIN_SECONDS: Final = 2.0
"""While that lasts it is asked so often: it costs a look at every site."""

_Cluster = tuple[Silence, ...]
Key = tuple[str, float]
"""A silence: its site and its onset."""


class Company:
    """Everything that is known of silences that share something."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._silences: dict[str, list[Silence]] = {}
        self._found: dict[_Cluster, tuple[dict[Key, SharedCause], list[Event]]] = {}
        self._said: dict[Key, SharedCause] = {}
        self._settled: Settled | None = None
        self._is_changed = False
        self._fresh_until = 0.0
        self._asked_at = 0.0
        self._events: tuple[Event, ...] = ()

    def set_silences(self, site: str, silences: Sequence[Silence]) -> None:
        """Take over when a site was silent."""
        if silences:
            self._is_changed |= self._silences.get(site) != silences
            self._silences[site] = list(silences)
        elif self._silences.pop(site, None):
            self._is_changed = True

    def of(self, site: str, onset: float) -> SharedCause | None:
        """Return what others say about the silence of a site that began then (Unix seconds)."""
        return self._said.get((site, onset))

    def events(self) -> tuple[Event, ...]:
        """Return all events, the newest first."""
        return self._events

    def refresh(self, graphs: Mapping[str, SiteGraph], rules: Rules, now: float) -> set[str]:
        """Ask again about what changed; return the sites of which something else is said."""
        if not self._is_changed and (
            now > self._fresh_until or 0 <= now - self._asked_at < AGAIN_SECONDS
        ):
            return set()
        self._is_changed, self._asked_at = True, now  # Until it is done: it may fail.
        lasts_seconds = FRESH_INTERVALS * rules.interval_seconds + FRESH_SECONDS
        if self._settled is None or self._settled.after_seconds != lasts_seconds:
            self._settled = Settled(lasts_seconds)
        before = self._found
        found_now: dict[_Cluster, tuple[dict[Key, SharedCause], list[Event]]] = {}
        witnesses = _Witnesses(self._evidence, graphs, rules, self._silences)
        fresh_until = 0.0
        for cluster in clusters(self._silences):
            newest = max(silence.detected_at for silence in cluster)
            fresh_until = max(fresh_until, newest + lasts_seconds)
            known = before.get(cluster)
            if known is not None and now > newest + lasts_seconds:
                found_now[cluster] = known
                continue
            shared = share(
                cluster,
                witnesses.alive_at,
                centre_silent_since=witnesses.centre_silent_since,
                interval_seconds=rules.interval_seconds,
                now=now,
                without_mains=witnesses.without_mains,
                watched=len(graphs),
                settled=self._settled,
            )
            found_now[cluster] = (dict(shared.causes), list(shared.events))
        self._found, self._fresh_until, self._is_changed = found_now, fresh_until, False
        events = (event for _, found in self._found.values() for event in found)
        self._events = tuple(sorted(events, key=lambda event: (-event.started_at, event.id)))
        said_before, self._said = (
            self._said,
            {key: cause for causes, _ in found_now.values() for key, cause in causes.items()},
        )
        self._settled.keep(self._said)
        return _sites_with_news(said_before, self._said)


class _Witnesses:
    """Who was seen alive, and when."""

    def __init__(
        self,
        evidence: Evidence,
        graphs: Mapping[str, SiteGraph],
        rules: Rules,
        silences: Mapping[str, Sequence[Silence]],
    ) -> None:
        self._evidence = evidence
        self._graphs = graphs
        self._centre = rules.centre
        self._interval_seconds = rules.interval_seconds
        self._silences = silences
        self._mains_lost: list[tuple[float, Others]] = []
        self._mains_looked_from = math.inf

    def alive_at(self, since: float, at: float) -> list[Others]:
        """Return the watched sites that were seen alive in between and not silent at its end."""
        found = []
        for graph in self._graphs.values():
            site = graph.site
            if graph.is_centre or site.lifecycle is not Lifecycle.ACTIVE:
                continue
            if not self._is_silent(site.id, at) and self._is_seen(graph, since, at):
                found.append(_others(graph))
        return found

    def centre_silent_since(self, at: float) -> float | None:
        """Return when a report of the centre's own agents was due, if it and the next one failed.

        None while any is heard: one report alone is late on any busy machine.
        """
        tracks = self._evidence.own.get(self._centre, {}).values()
        dues = [missed for track in tracks if (missed := due(track, at)) is not None]
        since = max(dues, default=None)
        return None if since is None or at <= since + self._interval_seconds else since

    def without_mains(self, start: float, end: float) -> list[Others]:
        """Return the sites where a machine went over to its battery in between."""
        if start < self._mains_looked_from:
            self._mains_looked_from = start - APART_SECONDS
            self._mains_lost = [
                (run.first_at, _others(graph))
                for graph in self._graphs.values()
                for track in of_the_mains(graph, self._evidence)
                for run in track.between(self._mains_looked_from, math.inf)
                if run.says(Fact.MAINS) is False
            ]
        found = {one.site: one for at, one in self._mains_lost if start <= at <= end}
        return list(found.values())

    def _is_silent(self, site: str, at: float) -> bool:
        return any(
            silence.onset <= at and (silence.ended_at is None or at < silence.ended_at)
            for silence in self._silences.get(site, ())
        )

    def _is_seen(self, graph: SiteGraph, since: float, at: float) -> bool:
        own = self._evidence.own.get(graph.site.id, {}).values()
        if any(_said_yes(track, Fact.LIVE, since, at) for track in own):
            return True
        devices = (f"{SAYING['device']}{device.id}" for device in graph.site.devices)
        targets = (*graph.lookouts, *(point.id for point in graph.points), *devices)
        return any(
            site_id(machine) == self._centre and _said_yes(track, Fact.ANSWERED, since, at)
            for target in targets
            for machine, track in self._evidence.views.get(target, {}).items()
        )


def _others(graph: SiteGraph) -> Others:
    link = graph.main_link
    carrier = link.carrier if link is not None else ""
    return Others(graph.site.id, carrier, graph.site.power_area or "")


def _said_yes(track: Track, fact: Fact, since: float, at: float) -> bool:
    return any(run.says(fact) and run.last_at > since for run in track.between(since, at))


def clusters(silences: Mapping[str, Iterable[Silence]]) -> list[_Cluster]:
    """Return the silences that began about together, ascending.

    One without any of another site about then is for itself: a site that flaps for days keeps
    nobody company, and what was found of its first hours is not asked again with each new one.
    """
    ordered = sorted(
        (silence for own in silences.values() for silence in own),
        key=lambda silence: (silence.onset, silence.site),
    )
    accompanied = _accompanied(ordered, 1) | _accompanied(ordered, -1)
    clusters: list[list[Silence]] = []
    together: list[Silence] = []
    for index, silence in enumerate(ordered):
        if index not in accompanied:
            clusters.append([silence])
        elif together and silence.onset - together[-1].onset <= APART_SECONDS:
            together.append(silence)
        else:
            together = [silence]
            clusters.append(together)
    return [tuple(cluster) for cluster in clusters]


def _sites_with_news(before: Mapping[Key, SharedCause], now: Mapping[Key, SharedCause]) -> set[str]:
    """Return the sites of which something else is said now."""
    return {key[0] for key in before.keys() | now.keys() if before.get(key) != now.get(key)}


def _accompanied(ordered: Sequence[Silence], step: int) -> set[int]:
    """Return the places of silences with one of another site shortly before (step -1: after)."""
    found: set[int] = set()
    newest: Silence | None = None
    other: Silence | None = None
    places = range(len(ordered))[::step]
    for place in places:
        silence = ordered[place]
        if newest is not None and newest.site != silence.site:
            other = newest
        if other is not None and abs(silence.onset - other.onset) <= APART_SECONDS:
            found.add(place)
        newest = silence
    return found
