"""The numbered outages: what is believed now, and every change of it. In memory; reads no clock.

Outages are derived anew whenever spans change (`derive.outages_of`); here they are recognised. An
outage keeps its number while it overlaps in time with what it was; of several that turn out to be
one the lowest number stays and the others are withdrawn, as is what was no outage after all.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from collector.verdict.notes import EvidenceNote
from collector.verdict.outages.derive import Draft, outages_of
from collector.verdict.outages.recognise import (
    because,
    belief_of,
    differs,
    end_of,
    instead,
    key,
    matched,
    overlap,
    with_beginnings,
)
from collector.verdict.outages.records import Belief, Case, Handling, Outage
from collector.verdict.spans import Span


class Changes(msgspec.Struct, frozen=True):
    """What is to be saved: outages as they are now, and what was believed of them in turn."""

    cases: tuple[Case, ...]
    beliefs: tuple[Belief, ...]

    def __bool__(self) -> bool:
        return bool(self.cases or self.beliefs)


class OutageBook:
    """Outages by number. `next_number` is one that no outage ever had.

    `since`: what ended before is not in `cases`, and is not to be found anew.
    """

    def __init__(
        self, cases: Iterable[Case] = (), next_number: int = 1, since: float = -math.inf
    ) -> None:
        self._since = since
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

    def take_spans(self, item: str, spans: Sequence[Span], now: float) -> tuple[Belief, ...]:
        """Take over what was so of an item from the first of these spans on, as `take`."""
        if not spans:
            return ()
        return self.take(item, outages_of(spans), now, spans[0].start, spans)

    def take(
        self,
        item: str,
        drafts: Sequence[Draft],
        now: float,
        since: float = -math.inf,
        spans: Sequence[Span] = (),
    ) -> tuple[Belief, ...]:
        """Take over the outages of an item, derived from its spans from `since` on.

        What ended before `since` stays as it is, and what lasted then keeps its beginning. `spans`
        say what was so instead of an outage that is withdrawn. Returns what is believed otherwise
        than before, in the order of the outages.
        """
        known = [case for case in self._of_item(item) if end_of(case.outage) > since]
        living = [case for case in known if not case.is_withdrawn]
        drafts = [
            draft
            for draft in with_beginnings(drafts, living, since)
            if end_of(draft) >= self._since or any(overlap(draft, case.outage) for case in living)
        ]
        known_as = matched(drafts, living, [case for case in known if case.is_withdrawn])
        beliefs = []
        for draft, former in zip(drafts, known_as, strict=True):
            beliefs += self._believe(draft, former, now)
        kept = {case.outage.number for case in known_as if case is not None}
        for case in living:
            if case.outage.number not in kept:
                beliefs.append(self._withdraw(case, spans, now))
        self._beliefs += beliefs
        return tuple(beliefs)

    def give_up(self, item: str, now: float) -> None:
        """End the outage of an item that nobody watches any more: it left the inventory."""
        case = self.current(item)
        if case is None:
            return
        outage = case.outage
        last = msgspec.structs.replace(outage.phases[-1], end=now)
        outage = msgspec.structs.replace(outage, ended_at=now, phases=(*outage.phases[:-1], last))
        case = msgspec.structs.replace(case, outage=outage)
        self._keep(case)
        self._beliefs.append(belief_of(case, now, (EvidenceNote("watched_no_more"),)))

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
        self._since = max(self._since, before)
        for number, case in list(self._cases.items()):
            if number not in self._changed and end_of(case.outage) < before:
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
            is_wrong = former.is_withdrawn or differs(former.outage, outage, now)
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
        is_new = former is None or former.is_withdrawn or key(former.outage) != key(outage)
        return [belief_of(case, now, because(former, draft))] if is_new else []

    def _withdraw(self, case: Case, spans: Sequence[Span], now: float) -> Belief:
        """Take an outage back: there was none, or it is part of another one."""
        whole = next(
            (
                other.outage.number
                for other in self._of_item(case.outage.item)
                if not other.is_withdrawn
                and other.outage.number != case.outage.number
                and overlap(other.outage, case.outage)
            ),
            None,
        )
        withdrawn = msgspec.structs.replace(
            case, is_withdrawn=True, merged_into=whole, is_corrected=True
        )
        self._keep(withdrawn)
        return belief_of(withdrawn, now, instead(case.outage, spans))

    def _keep(self, case: Case) -> None:
        number = case.outage.number
        self._cases[number] = case
        self._by_item.setdefault(case.outage.item, set()).add(number)
        self._changed.add(number)
        self._snapshot = None
