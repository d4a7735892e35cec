"""What was judged, as people are told it: spans, verdicts and outages. In memory; reads no clock.

Made from timelines and from what sites say about each other; keeps what is to be saved of it.
"""

import math
from collections.abc import Iterable, Mapping

import msgspec

from collector.verdict.company import Company
from collector.verdict.outages.book import OutageBook
from collector.verdict.outages.derive import outages_of
from collector.verdict.retelling import spans_of
from collector.verdict.shared.records import SharedCause
from collector.verdict.site.findings import Assessment
from collector.verdict.site.graph import SiteGraph
from collector.verdict.spans import Span, SpanKind, SpansChanged
from collector.verdict.timeline import Timeline
from collector.verdict.verdicts import ItemVerdict, SiteVerdict


class Record:
    """Everything that is told. All times are Unix seconds."""

    def __init__(self, company: Company, book: OutageBook) -> None:
        self.book = book
        self.sites: dict[str, SiteVerdict] = {}
        self.items: dict[str, ItemVerdict] = {}
        self.held: set[str] = set()
        """Sites of which something is held back until others were looked at."""
        self._company = company
        self._spans: dict[str, list[Span]] = {}
        self._unsaved: dict[str, float] = {}

    def take_spans(self) -> tuple[SpansChanged, ...]:
        """Return what is to be saved since the last call."""
        unsaved, self._unsaved = self._unsaved, {}
        return tuple(
            SpansChanged(
                item,
                since,
                tuple(span for span in self._spans.get(item, ()) if span.start >= since),
            )
            for item, since in unsaved.items()
        )

    def put_back(self, changed: Iterable[SpansChanged]) -> None:
        """Take back what could not be saved."""
        for one in changed:
            self._note_unsaved(one.item, one.since)

    def spans(self, item: str) -> tuple[Span, ...]:
        """Return what was so of an item, as far as it is in memory."""
        return tuple(self._spans.get(item, ()))

    def retell(
        self, timeline: Timeline, changed: Mapping[str, float], now: float, *, is_news: bool
    ) -> None:
        """Make spans, verdicts and outages of what changed, and from when on each item did.

        `is_news`: others say something else of the site than before.
        """
        if timeline.latest is None:
            return
        items, graph = set(changed), timeline.graph
        if isinstance(graph, SiteGraph) and (is_news or graph.site.id in self.held):
            items |= {graph.site.id, *(link.id for link in graph.links)}
            self.held.discard(graph.site.id)
        told = sorted(items)
        for item in told:
            if item not in timeline.items:
                self.forget(item, now)
                continue
            self._retell_item(timeline, item, now)
            self._take_outages(item, timeline, changed.get(item, -math.inf), now)
        self._show(timeline, told)

    def restore(self, timeline: Timeline) -> None:
        """Take over what was saved of a timeline; nothing of it is to be saved again."""
        for item in timeline.items:
            self._retell_item(timeline, item, math.inf)
            self._unsaved.pop(item, None)
        self._show(timeline, timeline.items)

    def _retell_item(self, timeline: Timeline, item: str, now: float) -> None:
        """Make the spans of an item anew, and note from when on they are to be saved."""
        known, site = timeline.items[item], timeline.graph.site.id

        def of_company(onset: float) -> SharedCause | None:
            shared = self._company.of(site, onset)
            if shared is not None and now < shared.held_until:
                self.held.add(site)
            return shared

        before = self._spans.get(item, [])
        made = spans_of(item, site, known.kind, known.marks, of_company, now=now)
        self._spans[item] = made
        if known.is_forgotten:
            before = _remembered(before, made)
        since = _first_difference(before, made)
        if since is not None:
            self._note_unsaved(item, since)

    def _take_outages(self, item: str, timeline: Timeline, since: float, now: float) -> None:
        known = timeline.items[item]
        if known.is_brief:
            return
        spans = self._spans[item]
        begins = spans[0].start if spans else since
        self.book.take(item, outages_of(spans), now, begins, spans)

    def _show(self, timeline: Timeline, items: Iterable[str]) -> None:
        """Bring the verdicts of a site and of these items up to date."""
        site = timeline.graph.site.id
        told = self._spans.get(site)
        if told and isinstance(timeline.graph, SiteGraph):
            self.sites[site] = self._site_verdict(told[-1], timeline.latest)
        for item in items:
            known, told = timeline.items.get(item), self._spans.get(item)
            if known is None or not told or known.kind is SpanKind.SITE:
                continue
            shown = self.items.get(item)
            status, since = told[-1].status, told[-1].start
            if shown is None or (shown.status, shown.since) != (status, since):
                self.items[item] = ItemVerdict(item, site, status, since, known.kind)

    def _site_verdict(self, span: Span, latest: Assessment | None) -> SiteVerdict:
        """Return the verdict of a site; before it is judged after a start, as it was saved."""
        if latest is None or latest.site is None:
            return SiteVerdict(span.site, span.status, span.cause, span.start, None, span.notes)
        finding, notes, event = latest.site, latest.site.notes, None
        if span.status == "down" and finding.onset is not None:
            shared = self._company.of(span.site, finding.onset)
            if shared is not None:
                notes, event = (*notes, *shared.notes), shared.event
        return SiteVerdict(
            span.site, span.status, span.cause, span.start, latest.last_sign_at, notes, event
        )

    def forget(self, item: str, now: float) -> None:
        """Drop an item that is not judged any more: what was so of it ends now."""
        self.sites.pop(item, None)
        self.items.pop(item, None)
        if self._spans.pop(item, None):
            self._note_unsaved(item, now)
        self.book.give_up(item, now)

    def _note_unsaved(self, item: str, since: float) -> None:
        self._unsaved[item] = min(since, self._unsaved.get(item, since))


def _remembered(before: list[Span], made: list[Span]) -> list[Span]:
    """Return what was told of the time that is still in memory; the rest stays as it is saved."""
    start = made[0].start
    told = [span for span in before if span.end is None or span.end > start]
    if told and told[0].start < start:
        told[0] = msgspec.structs.replace(told[0], start=start)
    return told


def _first_difference(before: list[Span], now: list[Span]) -> float | None:
    """Return from when on two histories of an item differ, None if they do not."""
    for one, other in zip(before, now, strict=False):
        if one != other:
            return min(one.start, other.start)
    if len(before) == len(now):
        return None
    longer = before if len(before) > len(now) else now
    return longer[min(len(before), len(now))].start
