"""Outages as programs get them, from commands and from the API. Times are Unix seconds."""

from collections.abc import Iterable

import msgspec

from collector.verdict.outages.records import Belief, Case, Phase


class OutageShown(msgspec.Struct, frozen=True, kw_only=True):
    """One outage; the fields are those of `Outage`, `Case` and `Handling`.

    `cause` is the machine's present guess; `confirmed_cause` what an operator said, None: nothing.
    """

    number: int
    item: str
    site: str
    kind: str
    started_at: float
    ended_at: float | None
    count: int
    cause: str
    confirmed_cause: str | None
    confirmed_by: str | None
    phases: tuple[Phase, ...]
    is_withdrawn: bool
    merged_into: int | None
    is_corrected: bool
    is_found_late: bool
    acknowledged_by: str | None
    acknowledged_at: float | None
    assignee: str
    ticket: str
    note: str


class OutageList(msgspec.Struct, frozen=True):
    """Outages, the newest number first; `next_before` goes on behind a list that was cut."""

    outages: list[OutageShown]
    next_before: int | None


class OutageDetail(msgspec.Struct, frozen=True):
    """One outage, and what was believed of it in turn."""

    outage: OutageShown
    beliefs: list[Belief]


def shown(case: Case) -> OutageShown:
    """Return one outage as programs get it."""
    outage, handling = case.outage, case.handling
    return OutageShown(
        number=outage.number,
        item=outage.item,
        site=outage.site,
        kind=outage.kind,
        started_at=outage.started_at,
        ended_at=outage.ended_at,
        count=outage.count,
        cause=outage.cause,
        confirmed_cause=handling.cause,
        confirmed_by=handling.cause_by,
        phases=outage.phases,
        is_withdrawn=case.is_withdrawn,
        merged_into=case.merged_into,
        is_corrected=case.is_corrected,
        is_found_late=case.is_found_late,
        acknowledged_by=handling.acknowledged_by,
        acknowledged_at=handling.acknowledged_at,
        assignee=handling.assignee,
        ticket=handling.ticket,
        note=handling.note,
    )


def listed(cases: Iterable[Case], limit: int) -> OutageList:
    """Return a list of at most `limit` outages of a search for one more."""
    outages = [shown(case) for case in cases]
    is_cut = len(outages) > limit
    outages = outages[:limit]
    return OutageList(outages, outages[-1].number if is_cut else None)
