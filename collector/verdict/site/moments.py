"""When what is found of a site can change: at these moments it is assessed, and at no others. Pure.

Between two of them every rule of `collector.verdict.site.assess` sees the same evidence. So the
findings of a period are the same, whether they were made as it passed or years later.
"""

import math
from collections.abc import Iterable, Iterator

from collector.series.state import fresh_seconds
from collector.verdict.evidence.evidence import Evidence
from collector.verdict.evidence.reading import SAYING
from collector.verdict.evidence.runs import Track
from collector.verdict.site.assess import SHORT_STOP_SECONDS, Rules
from collector.verdict.site.graph import Graph, ServiceGraph
from collector.verdict.site.machines import GRACE_SECONDS
from collector.verdict.site.seen import PROBES_MISSED
from inventory.calendar import Window

_HOLD_INTERVALS = PROBES_MISSED + 2
"""The longest that a finding waits for another, counted from the last report."""
_HOUR_SECONDS = 3_600.0
_DAY_SECONDS = 86_400.0
_KEPT_EDGES = 1_000
"""Calendars and hours whose edges are kept."""
_SAME_BOOT_SECONDS = 300.0
"""Starts of an agent within one boot of its machine differ by less in when that was."""


def moments(
    graph: Graph,
    evidence: Evidence,
    rules: Rules,
    windows: Iterable[Window],
    *,
    start: float,
    now: float,
) -> tuple[list[float], float]:
    """Return the moments from `start` to `now`, ascending, and the first one after that.

    The latter is a day later at the latest. All Unix seconds.
    """
    end = now + _DAY_SECONDS
    found: list[float] = []
    tracks = tracks_of(graph, evidence)
    if isinstance(graph, ServiceGraph):
        # What one of hundreds of offices sees need not be confirmed, and nothing waits for it.
        found += (at for track in tracks for at in _of_runs(track, start))
    else:
        _of_tracks(found, tracks, start, rules.interval_seconds)
    found += (at for window in windows for at in (window.start, window.end))
    found += _of_starts(graph, evidence, start)
    found += _of_listening(evidence, rules.interval_seconds)
    found += _of_calendars(graph, rules, start, end)
    passed = sorted({at for at in found if start <= at <= now})
    return passed, min((at for at in found if at > now), default=end)


def tracks_of(graph: Graph, evidence: Evidence) -> Iterator[Track]:
    """Yield everything that was reported about a site and its items, or about a service."""
    if isinstance(graph, ServiceGraph):
        targets = {graph.service.id, *graph.service.machines}
        own = evidence.own.get(graph.site.id, {})
        yield from (own[server] for server in graph.service.machines if server in own)
    else:
        yield from evidence.own.get(graph.site.id, {}).values()
        targets = {*graph.lookouts, *(device.id for device in graph.devices)}
        targets.update(item.id for item in (*graph.links, *graph.points))
        for device in graph.site.devices:
            targets.update(f"{mark}{device.id}" for mark in SAYING.values())
    for target in targets:
        yield from evidence.views.get(target, {}).values()


def _of_runs(track: Track, start: float) -> Iterator[float]:
    """Yield when the runs of a track begin and end."""
    for run in track.before(math.inf):
        if run.until < start:
            break
        yield run.first_at
        yield math.nextafter(run.until, math.inf)


def _of_tracks(
    found: list[float], tracks: Iterable[Track], start: float, interval_seconds: float
) -> None:
    """Add when runs begin, end, and when what they say becomes certain."""
    earliest = start - _HOLD_INTERVALS * interval_seconds
    confirming_seconds = (PROBES_MISSED - 1) * interval_seconds
    for track in tracks:
        for run in track.before(math.inf):
            if run.until < earliest:
                break
            # A target is silent after the third probe; a fault waits a little for what it hangs on.
            confirmed_at = run.first_at + confirming_seconds
            due = run.last_at + (run.until - run.last_at) / PROBES_MISSED
            found += (
                run.first_at,
                math.nextafter(run.until, math.inf),
                confirmed_at,
                confirmed_at + interval_seconds,
                due + (PROBES_MISSED + 1) * interval_seconds,
            )
            if run.first_at < earliest:
                break  # What was before it ended before.


def _of_starts(graph: Graph, evidence: Evidence, start: float) -> Iterator[float]:
    """Yield when machines began and ended to run; not of boots that were over before `start`."""
    for machine in evidence.own.get(graph.site.id, {}):
        later_at = math.inf
        for known in reversed(evidence.starts.get(machine, ())):
            if known.booted_at < later_at - _SAME_BOOT_SECONDS:
                if later_at < start - _SAME_BOOT_SECONDS:
                    break
                later_at = known.booted_at
            yield known.booted_at
            if known.last_alive_at is not None:
                yield known.last_alive_at


def _of_listening(evidence: Evidence, interval_seconds: float) -> Iterator[float]:
    fresh = fresh_seconds(interval_seconds)
    for ran in evidence.listening:
        yield from (ran.start, ran.start + fresh)
        if ran is not evidence.listening[-1]:
            # The last one goes on; when it ended is known with the next start.
            yield math.nextafter(ran.end, math.inf)
            yield math.nextafter(ran.end + SHORT_STOP_SECONDS, math.inf)


def _of_calendars(graph: Graph, rules: Rules, start: float, end: float) -> Iterator[float]:
    schedule = rules.schedule
    site = graph.site.id
    if isinstance(graph, ServiceGraph):
        calendars = {graph.service.calendar}
    else:
        calendars = {schedule.user_calendar_of(site, schedule.day_of(at)) for at in (start, end)}
    for calendar in calendars:
        if calendar is not None:
            for at in _edges(rules, calendar, start, end):
                yield at
                yield at + GRACE_SECONDS


def _edges(rules: Rules, calendar: str, start: float, end: float) -> tuple[float, ...]:
    """Return when sessions begin and end, from a grace before `start` up to the first after `end`.

    Within a day and an hour hundreds of sites ask for the same ones, which are kept.
    """
    hour = int(start // _HOUR_SECONDS)
    if end > (hour + 1) * _HOUR_SECONDS + _DAY_SECONDS:
        return tuple(_edges_between(rules, calendar, start, end))
    known = rules.edges.get((calendar, hour))
    if known is None:
        if len(rules.edges) >= _KEPT_EDGES:
            rules.edges.clear()
        first = hour * _HOUR_SECONDS
        found = _edges_between(rules, calendar, first, first + _HOUR_SECONDS + _DAY_SECONDS)
        known = rules.edges[calendar, hour] = tuple(found)
    return known


def _edges_between(rules: Rules, calendar: str, start: float, end: float) -> Iterator[float]:
    at = start - GRACE_SECONDS - 1.0
    while at <= end:
        at = rules.schedule.next_edge(calendar, at)
        yield at
