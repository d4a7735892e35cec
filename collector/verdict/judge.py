"""The judge of a province: evidence in, verdicts out; remembers what it judged. Reads no clock.

1. Of which sites more is known, or time may have changed something, those are judged, and no
   others: one report costs one site.
2. What sites say about each other (`collector.verdict.company`).
3. Spans of what changed, and outages from them.
"""

import heapq
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from collector.verdict.company import Company
from collector.verdict.conditions import conditions
from collector.verdict.evidence.evidence import Evidence
from collector.verdict.failing import RETRY_SECONDS, Failing
from collector.verdict.outages.book import OutageBook
from collector.verdict.record import Record
from collector.verdict.retelling import silences_of
from collector.verdict.site.assess import Rules
from collector.verdict.site.graph import Graph, graphs, service_graphs
from collector.verdict.spans import Span, SpanKind
from collector.verdict.timeline import FAULTS, Timeline
from collector.verdict.verdicts import Condition, Verdicts
from inventory.calendar import Schedule, Window
from inventory.model import Inventory

RECENT_SECONDS: Final = 7_200.0
"""After a start what was so lately is judged again, so that sites are compared in full."""
KEPT_SECONDS: Final = 40 * 86_400.0
"""So far back the past is judged again."""
SITES_AT_ONCE: Final = 500
"""So many sites are judged per call, the longest due first; the others with the next one."""
MOMENTS_AT_ONCE: Final = 250
"""After so many moments that were looked at no other site is begun in a call: reports are taken in
by the same loop, and a backlog of days at many sites is a hundred moments each."""
CONDITIONS_SECONDS: Final = 5.0
TIDY_SECONDS: Final = 3600.0

Windows = Mapping[str, tuple[Window, ...]]
"""Planned work and announced cuts, by site; those of a service by its own id."""


class Judge:
    """Judges all sites of an inventory. All times are Unix seconds."""

    def __init__(
        self,
        inventory: Inventory,
        evidence: Evidence,
        now: float,
        *,
        book: OutageBook | None = None,
        spans: Iterable[Span] = (),
    ) -> None:
        """Start at `now` with what was saved before: outages, and spans of the recent past."""
        self._evidence = evidence
        self._windows: Windows = {}
        self._timelines: dict[str, Timeline] = {}
        self._company = Company(evidence)
        self.record = Record(self._company, book or OutageBook())
        self._pending: dict[str, float] = {}
        self._due: list[tuple[float, str]] = []
        self._conditions: frozenset[Condition] = frozenset()
        self._conditions_at = -math.inf
        self._judged_until = self._tidied_at = now
        self._failing = Failing()
        self.replace_inventory(inventory, now)
        self._restore(spans, now)

    def replace_inventory(self, inventory: Inventory, now: float) -> None:
        """Go by another inventory from now on; what left it is judged no more."""
        self._inventory = inventory
        self._rules = Rules.of(inventory, Schedule(inventory))
        self._graphs = graphs(inventory)
        judged: dict[str, Graph] = {**self._graphs}
        judged |= service_graphs(inventory, self._graphs)
        for subject in self._timelines.keys() - judged.keys():
            self._forget(subject, self._timelines.pop(subject), now)
        for subject, graph in judged.items():
            known = self._timelines.get(subject)
            if known is None:
                self._timelines[subject] = Timeline(graph)
            else:
                known.graph = graph
            self._pending.setdefault(subject, math.inf)

    def set_windows(self, windows: Windows) -> None:
        """Go by these windows from now on; sites whose windows changed are judged anew."""
        for key in windows.keys() | self._windows.keys():
            before, after = self._windows.get(key, ()), windows.get(key, ())
            if before != after:
                starts = (window.start for window in {*before} ^ {*after})
                self._note_touched(key, min(starts, default=math.inf))
        self._windows = windows

    def judge(self, now: float) -> Verdicts:
        """Bring everything up to `now`."""
        if now < self._judged_until:
            # The clock was ahead: what was said of moments that are yet to come is taken back.
            for site in self._timelines:
                self._note_touched(site, now)
        self._judged_until = now
        for site, at in self._evidence.take_touched().items():
            self._note_touched(site, at)
        changed = self._judge_some(now)
        news = self._compare_sites(now)
        for site in sorted({*changed, *news, *self.record.held} & self._timelines.keys()):
            timeline, items = self._timelines[site], changed.get(site, {})
            try:
                self.record.retell(timeline, items, now, is_news=site in news)
            except Exception as exc:  # noqa: BLE001 - logged by `Failing`, once
                self._note_failing(site, math.inf, now, exc)
            else:
                if site in changed:
                    self._failing.forget(site)
        if not 0 <= now - self._conditions_at < CONDITIONS_SECONDS:
            self._conditions = conditions(self._inventory, self._evidence, now)
            self._conditions_at = now
        if not 0 <= now - self._tidied_at < TIDY_SECONDS:
            self._tidy(now)
        return self.verdicts(now)

    def _judge_some(self, now: float) -> dict[str, dict[str, float]]:
        """Judge as many sites as one call may; return from when on their items changed, by site."""
        changed, moments = {}, 0
        for site in self._sites_to_judge(now):
            found = self._judge_site(site, now)
            if found is not None:
                changed[site] = found
            moments += self._timelines[site].moments
            if moments >= MOMENTS_AT_ONCE:
                break
        return changed

    def _judge_site(self, site: str, now: float) -> dict[str, float] | None:
        """Bring the timeline of a site up to `now`; return from when on each item changed.

        None if that failed.
        """
        timeline = self._timelines[site]
        touched_from = self._failing.again_from(site, self._pending.pop(site, None))
        if touched_from is not None:
            earliest = max(now - KEPT_SECONDS, self._evidence.known_from)
            touched_from = max(min(touched_from, now), earliest)
        try:
            windows = self._windows.get(site, ())
            changed = timeline.judge(self._evidence, self._rules, windows, now, touched_from)
            if site in self._failing:
                changed = dict.fromkeys(timeline.items, -math.inf) | changed
            graph = self._graphs.get(site)
            if graph is not None and site in changed and not graph.is_centre:
                marks = timeline.items[site].marks
                silences = silences_of(graph, marks, self._rules.interval_seconds)
                self._company.set_silences(site, silences)
        except Exception as exc:  # noqa: BLE001 - logged by `Failing`, once
            self._note_failing(site, touched_from, now, exc)
            return None
        heapq.heappush(self._due, (timeline.due_at, site))
        return changed

    def _compare_sites(self, now: float) -> set[str]:
        """Return the sites of which others say something else than before."""
        try:
            news = self._company.refresh(self._graphs, self._rules, now)
        except Exception as exc:  # noqa: BLE001 - logged by `Failing`, once
            self._failing.note_shared(exc)
            return set()
        self._failing.note_shared(None)
        return news

    def _note_failing(
        self, site: str, touched_from: float | None, now: float, exc: Exception
    ) -> None:
        """Leave a site as it was; it is tried again."""
        self._failing.note(site, touched_from, exc)
        timeline = self._timelines.get(site)
        if timeline is not None:
            timeline.due_at = now + RETRY_SECONDS
            heapq.heappush(self._due, (timeline.due_at, site))

    @property
    def failing(self) -> int:
        """How many sites could not be judged."""
        return len(self._failing)

    def verdicts(self, now: float) -> Verdicts:
        """Return what was judged last, as of `now`; its tables go on with the next `judge`."""
        return Verdicts(
            judged_at=now,
            sites=self.record.sites,
            items=self.record.items,
            conditions=self._conditions,
            events=self._company.events(),
        )

    @property
    def waiting(self) -> int:
        """How many sites are to be judged with the next calls."""
        return len(self._pending)

    def _restore(self, spans: Iterable[Span], now: float) -> None:
        """Take over what was saved; a fault that lasts, and what was so lately, is judged again."""
        for case in self.record.book.cases():
            if case.outage.site not in self._timelines:
                self.record.book.give_up(case.outage.item, now)
        by_subject: dict[str, list[Span]] = {}
        for span in spans:
            subject = span.item if span.kind is SpanKind.SERVICE else span.site
            if subject in self._timelines:
                by_subject.setdefault(subject, []).append(span)
        for site, own in by_subject.items():
            again_from = min(
                (span.start for span in own if _is_fault(span) and span.end is None), default=now
            )
            again_from = min(again_from, now - RECENT_SECONDS)
            again_from = max(again_from, min(span.start for span in own))
            self._timelines[site].restore(own, now)
            self.record.restore(self._timelines[site])
            self._note_touched(site, again_from)

    def _sites_to_judge(self, now: float) -> Iterator[str]:
        """Yield the sites whose time has come, then those of which more is known."""
        taken: set[str] = set()
        while self._due and self._due[0][0] <= now and len(taken) < SITES_AT_ONCE:
            due_at, site = heapq.heappop(self._due)
            timeline = self._timelines.get(site)
            if timeline is not None and timeline.due_at == due_at and site not in taken:
                taken.add(site)
                yield site
        for site in list(self._pending):
            if len(taken) >= SITES_AT_ONCE:
                return
            if site not in self._timelines:
                del self._pending[site]
            elif site not in taken:
                taken.add(site)
                yield site

    def _note_touched(self, site: str, at: float) -> None:
        if site in self._timelines:
            self._pending[site] = min(at, self._pending.get(site, at))

    def _tidy(self, now: float) -> None:
        """Drop from memory what is over for so long that no evidence about it can come."""
        self._tidied_at = now
        for timeline in self._timelines.values():
            timeline.forget_before(now - KEPT_SECONDS)
        self.record.book.forget(now - KEPT_SECONDS)

    def _forget(self, subject: str, timeline: Timeline, now: float) -> None:
        """Drop what is not judged any more; what was recorded of it stays."""
        self._company.set_silences(subject, ())
        self._pending.pop(subject, None)
        self._failing.forget(subject)
        for item in timeline.items:
            self.record.forget(item, now)


def _is_fault(span: Span) -> bool:
    return span.status in FAULTS
