"""Spans and outages in the database: written where they changed, read at a start.

Spans are kept for 400 days; outages and what was believed of them for ever, as numbers are.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert

from collector.retention.options import STATUS_DAYS
from collector.store import Store
from collector.store.outage_tables import outage_beliefs, outage_handling, outages, spans
from collector.verdict.outages.book import Changes, OutageBook
from collector.verdict.outages.records import Belief, Case, Handling, Outage, Phase
from collector.verdict.spans import Span, SpanKind, SpansChanged
from collector.verdict.verdicts import EvidenceNote

KEPT_SECONDS: Final = STATUS_DAYS * 86_400.0
"""Twelve months and some days."""

Notes = tuple[EvidenceNote, ...]
Phases = tuple[Phase, ...]


def save_judged(store: Store, changed: Sequence[SpansChanged], changes: Changes) -> None:
    """Write what was judged otherwise than before: spans, and the outages made from them.

    All or nothing.
    """
    with store.write() as connection:
        save_spans(connection, changed)
        save_changes(connection, changes)


def save_spans(connection: Connection, changed: Sequence[SpansChanged]) -> None:
    """Replace what was so of each item from its moment on; a few statements for all of them."""
    since = [{"of_item": one.item, "since": one.since} for one in changed]
    rows = [
        {**msgspec.structs.asdict(span), "notes": _json(span.notes), "item": one.item}
        for one in changed
        for span in one.spans
    ]
    if since:
        connection.execute(_DELETE_SINCE, since)
        connection.execute(_END_SINCE, since)
    if rows:
        connection.execute(insert(spans), rows)


_OF_ITEM = spans.c.item == bindparam("of_item")
_DELETE_SINCE = delete(spans).where(_OF_ITEM, spans.c.start >= bindparam("since"))
_END_SINCE = (
    update(spans)
    .where(_OF_ITEM, or_(spans.c.end.is_(None), spans.c.end > bindparam("since")))
    .values(end=bindparam("since"))
)


def load_spans(
    store: Store,
    since: float,
    until: float | None = None,
    items: Collection[str] | None = None,
) -> dict[str, list[Span]]:
    """Return by item what was so after `since` (and before `until`), ascending.

    Of these `items` only, some hundreds at most; None: of all.
    """
    wanted = select(spans).where(or_(spans.c.end.is_(None), spans.c.end > since))
    if until is not None:
        wanted = wanted.where(spans.c.start < until)
    if items is not None:
        wanted = wanted.where(spans.c.item.in_(items))
    found: dict[str, list[Span]] = {}
    with store.read() as connection:
        for row in connection.execute(wanted.order_by(spans.c.item, spans.c.start)):
            found.setdefault(row.item, []).append(_span(row))
    return found


def save_changes(connection: Connection, changes: Changes) -> None:
    """Write outages as they are now, and what was believed of them; leaves alone what people said.

    Must run within one transaction with the spans they are made from.
    """
    rows = [_outage_row(case) for case in changes.cases]
    if rows:
        statement = upsert(outages)
        told = {name: statement.excluded[name] for name in rows[0] if name != "number"}
        connection.execute(
            statement.on_conflict_do_update(index_elements=["number"], set_=told), rows
        )
    if changes.beliefs:
        connection.execute(insert(outage_beliefs), [_belief_row(one) for one in changes.beliefs])


def load_book(store: Store, since: float) -> OutageBook:
    """Return the outages that last or ended after `since`, ready to go on."""
    lately = or_(outages.c.ended_at.is_(None), outages.c.ended_at >= since)
    with store.read() as connection:
        highest = connection.execute(select(func.max(outages.c.number))).scalar_one()
        cases = read_cases(connection, [lately])
    return OutageBook(cases, (highest or 0) + 1, since)


def read_cases(
    connection: Connection, conditions: Sequence[ColumnElement[bool]], limit: int | None = None
) -> list[Case]:
    """Return the outages for which that holds, the newest number first."""
    rows = connection.execute(
        select(outages, *_HANDLING)
        .outerjoin(outage_handling, outage_handling.c.number == outages.c.number)
        .where(*conditions)
        .order_by(outages.c.number.desc())
        .limit(limit)
    )
    return [_case(row) for row in rows]


def read_beliefs(connection: Connection, conditions: Sequence[ColumnElement[bool]]) -> list[Belief]:
    """Return what was believed of the outages for which that holds, in turn."""
    rows = connection.execute(select(outage_beliefs).where(*conditions).order_by("id"))
    return [
        Belief(
            row.number,
            row.believed_at,
            row.is_outage,
            row.started_at,
            row.ended_at,
            msgspec.json.decode(row.causes, type=tuple[str, ...]),
            msgspec.json.decode(row.because, type=Notes),
        )
        for row in rows
    ]


def handling_of(row: Row[Any]) -> Handling:
    """Return what people said, from a row of `outage_handling`."""
    return Handling(**{name: getattr(row, name) for name in Handling.__struct_fields__})


_HANDLING = [outage_handling.c[name].label(f"said_{name}") for name in Handling.__struct_fields__]


def _case(row: Row[Any]) -> Case:
    said = {
        name: value
        for name in Handling.__struct_fields__
        if (value := getattr(row, f"said_{name}")) is not None
    }
    return Case(
        Outage(
            row.number,
            row.item,
            row.site,
            SpanKind(row.kind),
            row.started_at,
            row.ended_at,
            row._mapping["count"],  # noqa: SLF001 - SQLAlchemy's public name
            msgspec.json.decode(row.phases, type=Phases),
        ),
        is_withdrawn=row.is_withdrawn,
        merged_into=row.merged_into,
        is_corrected=row.is_corrected,
        is_found_late=row.is_found_late,
        handling=Handling(**said),
    )


def _outage_row(case: Case) -> dict[str, object]:
    row = msgspec.structs.asdict(case) | msgspec.structs.asdict(case.outage)
    del row["outage"], row["handling"]
    return row | {"phases": _json(case.outage.phases)}


def _belief_row(belief: Belief) -> dict[str, object]:
    row = msgspec.structs.asdict(belief)
    return row | {"causes": _json(belief.causes), "because": _json(belief.because)}


def _span(row: Row[Any]) -> Span:
    return Span(
        row.item,
        row.site,
        SpanKind(row.kind),
        row.status,
        row.cause,
        row.start,
        row.end,
        msgspec.json.decode(row.notes, type=Notes),
    )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
