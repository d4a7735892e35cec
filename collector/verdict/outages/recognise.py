"""Whether an outage derived now is one that is known, and what is new about it. Pure."""

import math
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from collector.verdict.outages.derive import Draft, joined, times_down
from collector.verdict.outages.records import Belief, Case, Outage, Phase
from collector.verdict.spans import Span
from collector.verdict.verdicts import EvidenceNote

Notes = tuple[EvidenceNote, ...]

CERTAIN_SECONDS: Final = 600.0
"""What is said of the last minutes is refined without being called a correction."""


def matched(
    drafts: Sequence[Draft], living: Sequence[Case], withdrawn: Sequence[Case]
) -> list[Case | None]:
    """Return for each draft the case that it is; both lists are by number, the lowest first.

    A withdrawn one comes back only where no living one is meant.
    """
    free = [*living, *withdrawn]
    found: list[Case | None] = []
    for draft in drafts:
        case = next((case for case in free if overlap(case.outage, draft)), None)
        if case is not None:
            free.remove(case)
        found.append(case)
    return found


def with_beginnings(
    drafts: Sequence[Draft], living: Iterable[Case], since: float
) -> Sequence[Draft]:
    """Put what was known from before `since` in front of what lasted then, or ended it."""
    crossing = next((one.outage for one in living if one.outage.started_at < since), None)
    if crossing is None:
        return drafts
    phases = _before(crossing.phases, since)
    goes_on = bool(drafts) and drafts[0].started_at <= since
    if goes_on:
        phases += drafts[0].phases
    whole = Draft(
        crossing.item,
        crossing.site,
        crossing.kind,
        crossing.started_at,
        phases[-1].end,
        joined(phases),
        drafts[0].ended_notes if goes_on else (),
    )
    return [whole, *drafts[1 if goes_on else 0 :]]


def _before(phases: Iterable[Phase], moment: float) -> list[Phase]:
    """Return the phases as far as they are before that moment."""
    return [
        msgspec.structs.replace(phase, end=min(_phase_end(phase), moment))
        for phase in phases
        if phase.start < moment
    ]


def differs(former: Outage, outage: Outage, now: float) -> bool:
    """Whether something else is said now of the time that was certain."""
    certain_until = now - CERTAIN_SECONDS
    return _course(former, certain_until) != _course(outage, certain_until)


def _course(outage: Outage, until: float) -> list[tuple[float, float | None, str]]:
    return [(part.start, part.end, part.cause) for part in _before(outage.phases, until)]


def key(outage: Outage) -> tuple[object, ...]:
    """Return what is worth a belief."""
    return outage.started_at, outage.ended_at, _causes(outage.phases), times_down(outage.phases)


def _causes(phases: Iterable[Phase]) -> tuple[str, ...]:
    """Return the causes in turn, each as often as it came anew."""
    causes: list[str] = []
    for phase in phases:
        if not causes or causes[-1] != phase.cause:
            causes.append(phase.cause)
    return tuple(causes)


def because(former: Case | None, draft: Draft) -> Notes:
    """Return the evidence for what is new about an outage: its end, or the first other phase."""
    known = former.outage if former is not None and not former.is_withdrawn else None
    if known is None:
        return draft.phases[-1].notes
    parts = {(part.start, part.cause) for part in known.phases}
    changed = next((part for part in draft.phases if (part.start, part.cause) not in parts), None)
    if changed is not None:
        return changed.notes
    return draft.ended_notes or draft.phases[-1].notes


def instead(outage: Outage, spans: Iterable[Span]) -> Notes:
    """Return the evidence for what was so in place of an outage."""
    during = (one for one in spans if one.end is None or one.end > outage.started_at)
    return next((one.notes for one in during), ())


def belief_of(case: Case, now: float, because: Notes) -> Belief:
    """Return what is believed of an outage from now on."""
    outage = case.outage
    return Belief(
        outage.number,
        now,
        not case.is_withdrawn,
        outage.started_at,
        outage.ended_at,
        _causes(outage.phases),
        because,
    )


def end_of(outage: Outage | Draft) -> float:
    """Return when an outage ended, +inf while it lasts."""
    return math.inf if outage.ended_at is None else outage.ended_at


def _phase_end(phase: Phase) -> float:
    return math.inf if phase.end is None else phase.end


def overlap(one: Outage | Draft, other: Outage | Draft) -> bool:
    """Whether there is a moment that belongs to both."""
    return one.started_at < end_of(other) and other.started_at < end_of(one)
