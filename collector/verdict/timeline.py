"""One site over time: its findings at every moment at which they changed. Pure.

The live verdict is the timeline's end. Evidence that arrives late makes it anew from the moment
that it tells about, by the same rules, so both orders of arrival end in the same timeline.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable

import msgspec

from collector.series.state import fresh_seconds
from collector.verdict.evidence.evidence import Evidence
from collector.verdict.site.assess import Rules, assess
from collector.verdict.site.findings import Assessment, Finding
from collector.verdict.site.graph import Graph, SiteGraph
from collector.verdict.site.moments import moments
from collector.verdict.spans import Span, SpanKind
from inventory.calendar import Window

HELD_SECONDS = 1.0
"""What is held is looked at again so soon: the awaited look may come at any time."""
_SLOWEST_SECONDS = 60.0
"""Reports may come this rarely whatever was ordered (`collector.live.PATIENCE_SECONDS`)."""

FAULTS = frozenset({"down", "unreachable", "degraded", "maintenance"})
CLOSING = frozenset({"up", "degraded"})
"""Only these are evidence that an outage is over."""


class Mark(msgspec.Struct, frozen=True, gc=False):
    """From `at` on (Unix seconds) this was found of an item."""

    at: float
    finding: Finding


class ItemMarks(msgspec.Struct):
    """The marks of one item, ascending; one that `is_brief` keeps only its last one.

    `is_forgotten`: there were earlier ones, which are not in memory any more.
    """

    kind: SpanKind
    is_brief: bool
    marks: list[Mark]
    is_forgotten: bool = False


class Timeline:
    """The marks of one site and its items, or of one service. Every time is given."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.items: dict[str, ItemMarks] = {}
        """By item; the site is one of them."""
        self.latest: Assessment | None = None
        self.judged_until = -math.inf
        self.due_at = -math.inf
        """When it can change by itself (Unix seconds)."""
        self.moments = 0
        """How many moments the last `judge` looked at: what it cost."""
        self._held_from: float | None = None
        self._restored_until = -math.inf

    def judge(
        self,
        evidence: Evidence,
        rules: Rules,
        windows: tuple[Window, ...],
        now: float,
        touched_from: float | None = None,
    ) -> dict[str, float]:
        """Bring the timeline up to `now`; return from when on each item changed.

        Nothing before `touched_from` is made anew. All Unix seconds.
        """
        start = self._start(now, touched_from)
        found, self.due_at = moments(self.graph, evidence, rules, windows, start=start, now=now)
        is_awaited = touched_from is not None or self._held_from is not None
        if (is_awaited or self.latest is None) and start not in found[:1]:
            found.insert(0, start)
        self.moments = len(found)
        changed: dict[str, float] = {}
        self._held_from = None
        if found:
            taken_back = self._cut(start)
            # What came so much later than the moment held was no look that only went on: it
            # touches the site. Looking again at every moment held in the past would never end.
            open_from = now - fresh_seconds(max(rules.interval_seconds, _SLOWEST_SECONDS))
            for at in found:
                assessed = assess(self.graph, evidence, rules, windows, at)
                if self._take(assessed, changed) and at >= open_from and self._held_from is None:
                    self._held_from = at
            self._compare(taken_back, start, changed)
        self.judged_until = now
        if self._held_from is not None:
            self.due_at = min(self.due_at, now + HELD_SECONDS)
        return changed

    def restore(self, spans: Iterable[Span], now: float) -> None:
        """Take over what was saved, ascending by item; it is context for what is judged anew.

        A fault that reaches into what is judged anew is judged from its beginning: what was saved
        of it does not tell on what it rested.
        """
        self._restored_until = now
        for span in spans:
            known = self.items.get(span.item)
            if known is None:
                is_brief = self._is_brief(span.item, span.kind)
                known = self.items[span.item] = ItemMarks(span.kind, is_brief, [])
            onset = span.start if span.status == "down" else None
            is_proven = onset is not None  # Others had their say when it was saved.
            finding = Finding(span.status, span.cause, onset, is_proven, notes=span.notes)
            known.marks.append(Mark(span.start, finding))

    def forget_before(self, horizon: float) -> None:
        """Drop what was found before the horizon, but for what still held then.

        An outage that lasted then is kept from its beginning on: its cause may stand since.
        """
        for known in self.items.values():
            first = bisect_left(known.marks, horizon, key=_at) - 1
            while first > 0 and known.marks[first].finding.status not in CLOSING:
                first -= 1
            if first > 0:
                del known.marks[:first]
                known.is_forgotten = True

    def _start(self, now: float, touched_from: float | None) -> float:
        """Return from when on findings are to be made; before the first time nothing is known."""
        starts = [at for at in (touched_from, self._held_from) if at is not None]
        if self.latest is not None:
            starts.append(math.nextafter(self.judged_until, math.inf))
        start = min(*starts, now) if starts else now
        if start < self._restored_until:
            start = self._restored_until = self._beginning(start)
        return start

    def _beginning(self, start: float) -> float:
        """Return when the oldest fault began that lasted at that moment, as it was saved."""
        begun = [start]
        for known in self.items.values():
            index = bisect_left(known.marks, start, key=_at) - 1
            while index >= 0 and known.marks[index].finding.status in FAULTS:
                begun.append(known.marks[index].at)
                index -= 1
        return min(begun)

    def _cut(self, start: float) -> dict[str, list[Mark]]:
        """Take back what was found from `start` on, by item; what is brief keeps its one mark."""
        taken_back = {}
        for item, marks in self.items.items():
            index = bisect_left(marks.marks, start, key=_at)
            if index < len(marks.marks) and not marks.is_brief:
                taken_back[item] = marks.marks[index:]
                del marks.marks[index:]
        return taken_back

    def _compare(
        self, taken_back: dict[str, list[Mark]], start: float, changed: dict[str, float]
    ) -> None:
        """Keep in `changed` only what is not again as it was before it was taken back."""
        for item, before in taken_back.items():
            known = self.items.get(item)
            if known is None:
                continue
            index = bisect_left(known.marks, start, key=_at)
            again = known.marks[index:]
            if len(again) == len(before) and all(map(_same, again, before)):
                known.marks[index:] = before
                changed.pop(item, None)
            else:
                changed[item] = start

    def _take(self, found: Assessment, changed: dict[str, float]) -> bool:
        """Take over what was found at a moment; return whether any of it is held."""
        self.latest = found
        is_held = False
        if found.site is not None:
            self._note(self.graph.site.id, SpanKind.SITE, found.site, found.at, changed)
            is_held = found.site.is_held
        for item, (kind, finding) in found.items.items():
            self._note(item, kind, finding, found.at, changed)
            is_held |= finding.is_held
        if len(self.items) > len(found.items) + 1:
            for item in self.items.keys() - found.items.keys() - {self.graph.site.id}:
                del self.items[item]
                changed[item] = -math.inf
        return is_held

    def _note(
        self, item: str, kind: SpanKind, finding: Finding, at: float, changed: dict[str, float]
    ) -> None:
        known = self.items.get(item)
        if known is None:
            known = self.items[item] = ItemMarks(kind, self._is_brief(item, kind), [])
        marks = known.marks
        if marks and marks[-1].finding.same(finding):
            return
        if known.is_brief:
            marks.clear()
        marks.append(Mark(at, finding))
        changed.setdefault(item, at)

    def _is_brief(self, item: str, kind: SpanKind) -> bool:
        """Whether it is a PC that matters to nobody by itself: its past is not kept."""
        if kind is not SpanKind.MACHINE or not isinstance(self.graph, SiteGraph):
            return False
        node = next((one for one in self.graph.machines if one.id == item), None)
        return node is None or not (node.is_always or node.is_designated)


def _at(mark: Mark) -> float:
    return mark.at


def _same(one: Mark, other: Mark) -> bool:
    return one.at == other.at and one.finding.same(other.finding)
