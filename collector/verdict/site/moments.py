"""When what is found of a site can change: at these moments it is assessed, and at no others. Pure.

Between two of them every rule of `collector.verdict.site.assess` sees the same evidence. So the
findings of a period are the same, whether they were made as it passed or years later.
"""

import math
from collections.abc import Iterable, Iterator

from collector.series.state import fresh_seconds
from collector.verdict.evidence.evidence import Evidence
from collector.verdict.evidence.runs import Run, Track
from collector.verdict.site.assess import SHORT_STOP_SECONDS, Rules
from collector.verdict.site.graph import SiteGraph
from collector.verdict.site.machines import GRACE_SECONDS
from collector.verdict.site.seen import PROBES_MISSED
from inventory.calendar import Window

_HOLD_INTERVALS = PROBES_MISSED + 2
"""The longest that a finding waits for another, counted from the last report."""
_DAY_SECONDS = 86_400.0


def moments(
    graph: SiteGraph,
    evidence: Evidence,
    rules: Rules,
    windows: Iterable[Window],
    *,
    start: float,
    end: float,
) -> Iterator[float]:
    """Yield the moments from `start` to `end` (Unix seconds), in no order, some twice."""
    found = (
        *_of_tracks(tracks_of(graph, evidence), start, end, rules.interval_seconds),
        *(at for window in windows for at in (window.start, window.end)),
        *_of_starts(graph, evidence),
        *_of_listening(evidence, rules.interval_seconds),
        *_of_calendars(graph, rules, start, end),
    )
    return (at for at in found if start <= at <= end)


def next_moment(
    graph: SiteGraph, evidence: Evidence, rules: Rules, windows: Iterable[Window], after: float
) -> float:
    """Return the next moment behind that one at which something can change by itself.

    A day later at the latest (Unix seconds).
    """
    end = after + _DAY_SECONDS
    later = (
        at for at in moments(graph, evidence, rules, windows, start=after, end=end) if at > after
    )
    return min(later, default=end)


def tracks_of(graph: SiteGraph, evidence: Evidence) -> Iterator[Track]:
    """Yield everything that was reported about a site and its items."""
    yield from evidence.own.get(graph.site.id, {}).values()
    targets = {*graph.lookouts, *(device.id for device in graph.devices)}
    targets.update(item.id for item in (*graph.links, *graph.points, *graph.services))
    for target in targets:
        yield from evidence.views.get(target, {}).values()


def _of_tracks(
    tracks: Iterable[Track], start: float, end: float, interval_seconds: float
) -> Iterator[float]:
    longest = _HOLD_INTERVALS * interval_seconds
    for track in tracks:
        for run in track.before(end):
            if run.until + longest < start:
                break
            yield from _of_run(run, interval_seconds)


def _of_run(run: Run, interval_seconds: float) -> Iterator[float]:
    yield run.first_at
    yield math.nextafter(run.until, math.inf)
    # A target is silent after the third probe; a fault waits a little for what it depends on.
    confirmed_at = run.first_at + (PROBES_MISSED - 1) * interval_seconds
    yield confirmed_at
    yield confirmed_at + interval_seconds
    due = run.last_at + (run.until - run.last_at) / PROBES_MISSED
    yield due + (PROBES_MISSED + 1) * interval_seconds


def _of_starts(graph: SiteGraph, evidence: Evidence) -> Iterator[float]:
    for machine in evidence.own.get(graph.site.id, {}):
        for known in evidence.starts.get(machine, ()):
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


def _of_calendars(graph: SiteGraph, rules: Rules, start: float, end: float) -> Iterator[float]:
    schedule = rules.schedule
    site = graph.site.id
    calendars = {schedule.user_calendar_of(site, schedule.day_of(at)) for at in (start, end)}
    calendars |= {service.calendar for service in graph.services}
    for calendar in calendars:
        at = -math.inf if calendar is None else start - GRACE_SECONDS - 1.0
        while calendar is not None and at <= end:
            at = schedule.next_edge(calendar, at)
            yield at
            yield at + GRACE_SECONDS
