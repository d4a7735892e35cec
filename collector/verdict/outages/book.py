"""The numbered outages: what is believed now, and every change of it. In memory; reads no clock.

Outages are derived anew whenever spans change (`derive.outages_of`); here they are recognised. An
outage keeps its number while it overlaps in time with what it was; of several that turn out to be
one the lowest number stays and the others are withdrawn, as is what was no outage after all.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from collector.verdict.outages.derive import Draft, joined, times_down
from collector.verdict.outages.records import Belief, Case, Handling, Outage, Phase

CERTAIN_SECONDS: Final = 600.0
"""What is said of the last minutes is refined without being called a correction."""


class Changes(msgspec.Struct, frozen=True):
    """What is to be saved: outages as they are now, and what was believed of them in turn."""

    cases: tuple[Case, ...]
    beliefs: tuple[Belief, ...]

    def __bool__(self) -> bool:
        return bool(self.cases or self.beliefs)


class OutageBook:
    """Outages by number. `next_number` is one that no outage ever had."""

    def __init__(self, cases: Iterable[Case] = (), next_number: int = 1) -> None:
        self._cases = {case.outage.number: case for case in cases}
        self._by_item: dict[str, set[int]] = {}
        for number, case in self._cases.items():
            self._by_item.setdefault(case.outage.item, set()).add(number)
        self._next = max([next_number, *(number + 1 for number in self._cases)])
        self._changed: set[int] = set()
        self._beliefs: list[Belief] = []
        self._snapshot: tuple[Case, ...] | None = None

    def cases(self) -> tuple[Case, ...]:
        """Return everything known, withdrawn ones too, by number; the same tuple until a change."""
        if self._snapshot is None:
            self._snapshot = tuple(self._cases[number] for number in sorted(self._cases))
        return self._snapshot

    def case(self, number: int) -> Case | None:
        """Return one outage, None if it is not known (any more)."""
        return self._cases.get(number)

    def current(self, item: str) -> Case | None:
        """Return the outage of an item that lasts, None if there is none."""
        return next(
            (
                case
                for case in self._of_item(item)
                if not case.is_withdrawn and case.outage.ended_at is None
            ),
            None,
        )

    def take(
        self, item: str, drafts: Sequence[Draft], now: float, since: float = -math.inf
    ) -> tuple[Belief, ...]:
        """Take over the outages of an item, derived from its spans from `since` on.

        What ended before `since` stays as it is, and what lasted then keeps its beginning. Returns
        what is believed otherwise than before, in the order of the outages.
        """
        known = [case for case in self._of_item(item) if _end(case.outage) > since]
        living = [case for case in known if not case.is_withdrawn]
        drafts = _with_beginnings(drafts, living, since)
        matched = _matched(drafts, living, [case for case in known if case.is_withdrawn])
        beliefs = []
        for draft, former in zip(drafts, matched, strict=True):
            beliefs += self._believe(draft, former, now)
        kept = {case.outage.number for case in matched if case is not None}
        for case in living:
            if case.outage.number not in kept:
                beliefs.append(self._withdraw(case, now))
        self._beliefs += beliefs
        return tuple(beliefs)

    def handled(self, handling: Mapping[int, Handling]) -> None:
        """Take over what people said; of outages that are not kept here it is of no concern."""
        for number, said in handling.items():
            case = self._cases.get(number)
            if case is not None and case.handling != said:
                self._cases[number] = msgspec.structs.replace(case, handling=said)
                self._snapshot = None

    def take_changes(self) -> Changes:
        """Return what changed since the last call, to be saved."""
        cases = tuple(self._cases[number] for number in sorted(self._changed))
        changes = Changes(cases, tuple(self._beliefs))
        self._changed, self._beliefs = set(), []
        return changes

    def put_back(self, changes: Changes) -> None:
        """Take back what could not be saved."""
        self._changed |= {
            case.outage.number for case in changes.cases if case.outage.number in self._cases
        }
        self._beliefs[:0] = changes.beliefs

    def forget(self, before: float) -> None:
        """Drop from memory what ended before that and is saved; its number is never used again."""
        for number, case in list(self._cases.items()):
            if number not in self._changed and _end(case.outage) < before:
                del self._cases[number]
                self._by_item[case.outage.item].discard(number)
                self._snapshot = None

    def _of_item(self, item: str) -> list[Case]:
        return [self._cases[number] for number in sorted(self._by_item.get(item, ()))]

    def _believe(self, draft: Draft, former: Case | None, now: float) -> list[Belief]:
        """Write an outage down as it is known now; return the belief if that is a new one."""
        number = former.outage.number if former is not None else self._next
        outage = Outage(
            number,
            draft.item,
            draft.site,
            draft.kind,
            draft.started_at,
            draft.ended_at,
            draft.count,
            draft.phases,
        )
        if former is None:
            self._next += 1
            case = Case(outage, is_found_late=outage.ended_at is not None)
        else:
            is_wrong = former.is_withdrawn or _differs(former.outage, outage, now)
            case = msgspec.structs.replace(
                former,
                outage=outage,
                is_withdrawn=False,
                merged_into=None,
                is_corrected=former.is_corrected or is_wrong,
                is_found_late=former.is_found_late and outage.ended_at is not None,
            )
        if case == former:
            return []
        self._keep(case)
        is_new = former is None or former.is_withdrawn or _key(former.outage) != _key(outage)
        return [_belief(case, now)] if is_new else []

    def _withdraw(self, case: Case, now: float) -> Belief:
        """Take an outage back: there was none, or it is part of another one."""
        whole = next(
            (
                other.outage.number
                for other in self._of_item(case.outage.item)
                if not other.is_withdrawn
                and other.outage.number != case.outage.number
                and _overlap(other.outage, case.outage)
            ),
            None,
        )
        withdrawn = msgspec.structs.replace(
            case, is_withdrawn=True, merged_into=whole, is_corrected=True
        )
        self._keep(withdrawn)
        return _belief(withdrawn, now)

    def _keep(self, case: Case) -> None:
        number = case.outage.number
        self._cases[number] = case
        self._by_item.setdefault(case.outage.item, set()).add(number)
        self._changed.add(number)
        self._snapshot = None


def _matched(
    drafts: Sequence[Draft], living: Sequence[Case], withdrawn: Sequence[Case]
) -> list[Case | None]:
    """Return for each draft the case that it is; both lists are by number, the lowest first.

    A withdrawn one comes back only where no living one is meant.
    """
    free = [*living, *withdrawn]
    found: list[Case | None] = []
    for draft in drafts:
        case = next((case for case in free if _overlap(case.outage, draft)), None)
        if case is not None:
            free.remove(case)
        found.append(case)
    return found


def _with_beginnings(
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
        drafts = drafts[1:]
    whole = Draft(
        crossing.item,
        crossing.site,
        crossing.kind,
        crossing.started_at,
        phases[-1].end,
        joined(phases),
    )
    return [whole, *drafts]


def _before(phases: Iterable[Phase], moment: float) -> list[Phase]:
    """Return the phases as far as they are before that moment."""
    return [
        msgspec.structs.replace(phase, end=min(_end_of(phase), moment))
        for phase in phases
        if phase.start < moment
    ]


def _differs(former: Outage, outage: Outage, now: float) -> bool:
    """Whether something else is said now of the time that was certain."""
    certain_until = now - CERTAIN_SECONDS
    return _course(former, certain_until) != _course(outage, certain_until)


def _course(outage: Outage, until: float) -> list[tuple[float, float | None, str]]:
    return [(part.start, part.end, part.cause) for part in _before(outage.phases, until)]


def _key(outage: Outage) -> tuple[object, ...]:
    """Return what is worth a belief."""
    return outage.started_at, outage.ended_at, _causes(outage.phases), times_down(outage.phases)


def _causes(phases: Iterable[Phase]) -> tuple[str, ...]:
    """Return the causes in turn, each as often as it came anew."""
    causes: list[str] = []
    for phase in phases:
        if not causes or causes[-1] != phase.cause:
            causes.append(phase.cause)
    return tuple(causes)


def _belief(case: Case, now: float) -> Belief:
    outage = case.outage
    return Belief(
        outage.number,
        now,
        not case.is_withdrawn,
        outage.started_at,
        outage.ended_at,
        _causes(outage.phases),
        outage.phases[-1].notes,
    )


def _end(outage: Outage | Draft) -> float:
    return math.inf if outage.ended_at is None else outage.ended_at


def _end_of(phase: Phase) -> float:
    return math.inf if phase.end is None else phase.end


def _overlap(one: Outage | Draft, other: Outage | Draft) -> bool:
    return one.started_at < _end(other) and other.started_at < _end(one)
