"""Outages made from the spans of one item, and from nothing else. Pure; times are Unix seconds.

1. A span that is `down` opens an outage.
2. Only what was seen to work closes it (`up`, `degraded`), or the decision that the item needs not
   be watched any more (`exempt`). Nights, windows and moments when nobody could look do not.
3. Its phases follow the causes; a span without one goes on with the cause before it.
4. What follows after less than `FLAP_SECONDS` of working is the same outage, counted again.
"""

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from collector.verdict.outages.records import Phase
from collector.verdict.spans import Span, SpanKind
from collector.verdict.verdicts import EvidenceNote

FLAP_SECONDS: Final = 600.0
"""An item that worked for less than that in between was down once, not twice."""
WORKING: Final = frozenset({"up", "degraded"})
"""Statuses that say: it was seen to work."""
_GIVEN_UP: Final = "exempt"
_UNDETERMINED: Final = "undetermined"


class Draft(msgspec.Struct, frozen=True):
    """An outage as `Outage`, without its number; `ended_notes` is the evidence that it ended."""

    item: str
    site: str
    kind: SpanKind
    started_at: float
    ended_at: float | None
    phases: tuple[Phase, ...]
    ended_notes: tuple[EvidenceNote, ...] = ()

    @property
    def count(self) -> int:
        """How many times the item went down: phases follow each other while it stayed down."""
        return times_down(self.phases)


def outages_of(spans: Iterable[Span]) -> tuple[Draft, ...]:
    """Return the outages of an item, ascending; `spans` are all of that item, ascending."""
    outages: list[Draft] = []
    phases: list[Phase] = []
    ended_notes: tuple[EvidenceNote, ...] = ()
    is_down, worked_seconds, last = False, 0.0, None
    for span in _lasting(spans):
        if span.status == "down" or (is_down and not _closes(span)):
            if not is_down and worked_seconds >= FLAP_SECONDS:
                outages += _drafts(last, phases, ended_notes)
                phases = []
            _append(phases, _phase(span, phases[-1] if phases else None))
            is_down, worked_seconds, ended_notes = True, 0.0, ()
        else:
            if is_down:
                ended_notes = span.notes
            is_down = False
            if span.status == _GIVEN_UP:
                outages += _drafts(last, phases, ended_notes)
                phases = []
            elif span.status in WORKING and span.end is not None:
                worked_seconds += span.end - span.start
        last = span
    outages += _drafts(last, phases, ended_notes)
    return tuple(outages)


def times_down(phases: tuple[Phase, ...]) -> int:
    """Return how many times an item went down, by the phases of its outage."""
    starts = {phase.start for phase in phases[1:]}
    ends = {phase.end for phase in phases[:-1]}
    return 1 + len(starts - ends)


def joined(phases: Iterable[Phase]) -> tuple[Phase, ...]:
    """Return phases with those of one cause that follow each other as one."""
    found: list[Phase] = []
    for phase in phases:
        _append(found, phase)
    return tuple(found)


def _append(phases: list[Phase], phase: Phase) -> None:
    before = phases[-1] if phases else None
    if before is not None and before.end == phase.start and before.cause == phase.cause:
        phases[-1] = Phase(before.start, phase.end, phase.cause, phase.notes or before.notes)
    else:
        phases.append(phase)


def _lasting(spans: Iterable[Span]) -> Iterator[Span]:
    return (span for span in spans if span.end is None or span.end > span.start)


def _closes(span: Span) -> bool:
    return span.status in WORKING or span.status == _GIVEN_UP


def _phase(span: Span, before: Phase | None) -> Phase:
    """Return a span as phase; what does not say why goes on as the phase before."""
    if span.status == "down" or before is None:
        return Phase(span.start, span.end, span.cause or _UNDETERMINED, span.notes)
    if span.cause is not None:
        return Phase(span.start, span.end, span.cause, span.notes)
    return Phase(span.start, span.end, before.cause)


def _drafts(
    last: Span | None, phases: list[Phase], ended_notes: tuple[EvidenceNote, ...]
) -> Iterator[Draft]:
    if phases and last is not None:
        yield Draft(
            last.item,
            last.site,
            last.kind,
            phases[0].start,
            phases[-1].end,
            tuple(phases),
            ended_notes,
        )
