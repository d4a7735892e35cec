"""Outages as the page of a site tells them: cause, since when, what was believed before. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from collector.pages.shown import lasted
from collector.verdict.outages.records import Belief, Case, Handling
from collector.verdict.wording import CAUSE_WORDS, moment, sentence
from inventory.model import Inventory

MOST: Final = 20
"""Most outages that are over and still told."""


@dataclass(frozen=True, slots=True)
class OutageRow:
    """One outage as a person reads it.

    `before` says what was believed of it before, in turn; `handled` what people did about it.
    """

    number: int
    what: str
    cause: str
    is_open: bool
    since: str
    until: str
    lasted: str
    times: str
    evidence: tuple[str, ...]
    before: tuple[str, ...]
    handled: tuple[str, ...]


def outage_rows(
    cases: Iterable[Case],
    beliefs: Sequence[Belief],
    names: Mapping[str, str],
    inventory: Inventory,
    now: float,
) -> tuple[OutageRow, ...]:
    """Return those that last first, then the newest; of what is not in `names` nothing is told.

    `names` are of the things of one site, without the PCs that matter to nobody by themselves.
    """
    told = [case for case in cases if case.outage.item in names and not case.is_withdrawn]
    told.sort(
        key=lambda case: (
            case.outage.ended_at is not None,
            -case.outage.started_at,
            case.outage.number,
        )
    )
    still = sum(case.outage.ended_at is None for case in told)
    of_number: dict[int, list[Belief]] = {}
    for belief in beliefs:
        of_number.setdefault(belief.number, []).append(belief)
    return tuple(
        _row(case, of_number.get(case.outage.number, ()), names, inventory, now)
        for case in told[: still + MOST]
    )


def _row(
    case: Case,
    beliefs: Sequence[Belief],
    names: Mapping[str, str],
    inventory: Inventory,
    now: float,
) -> OutageRow:
    outage, zone = case.outage, inventory.province.timezone
    ended_at = outage.ended_at
    return OutageRow(
        number=outage.number,
        what=names[outage.item],
        cause=_cause(case),
        is_open=ended_at is None,
        since=moment(outage.started_at, zone),
        until="" if ended_at is None else moment(ended_at, zone),
        lasted=lasted((now if ended_at is None else ended_at) - outage.started_at),
        times=f"{outage.count} lần" if outage.count > 1 else "",
        evidence=tuple(sentence(note, "vi", zone, inventory) for note in outage.phases[-1].notes),
        before=tuple(_before(beliefs, zone, inventory)),
        handled=tuple(_handled(case.handling, zone)),
    )


def _cause(case: Case) -> str:
    """Return the cause that counts, and who said so if that was a person."""
    word = CAUSE_WORDS[case.cause]["vi"]
    return f"{word} (người trực xác nhận)" if case.handling.cause else word


def _before(beliefs: Sequence[Belief], zone: str, inventory: Inventory) -> Iterator[str]:
    """Yield what was believed before the present belief, and what changed each."""
    for belief, after in pairwise(beliefs):
        if belief.is_outage:
            causes = ", rồi ".join(CAUSE_WORDS[cause]["vi"].lower() for cause in belief.causes)
            said = f"nguyên nhân: {causes}"
        else:
            said = "không phải sự cố"
        why = " ".join(sentence(note, "vi", zone, inventory) for note in after.because)
        because = f" Sau đó: {why}" if why else ""
        yield f"Từ {moment(belief.believed_at, zone)}: {said}.{because}"


def _handled(handling: Handling, zone: str) -> Iterator[str]:
    if handling.acknowledged_by and handling.acknowledged_at is not None:
        yield f"{handling.acknowledged_by} đã nhận lúc {moment(handling.acknowledged_at, zone)}"
    if handling.assignee:
        yield f"Giao cho {handling.assignee}"
    if handling.ticket:
        yield f"Phiếu {handling.ticket}"
    if handling.note:
        yield handling.note
