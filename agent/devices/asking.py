"""Which OIDs a profile needs: what every run asks, and what is asked when a device is learnt."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agent.devices.entities import ENTITY_QUESTIONS
from agent.devices.ports import NAME_QUESTIONS
from agent.devices.profile import (
    ENTITY_PORT,
    IF_INDEX,
    Column,
    Fact,
    Profile,
    Table,
    TextOf,
    Where,
)
from agent.devices.question import Question
from agent.devices.readers import READERS

DESCRIPTION = "1.3.6.1.2.1.1.1.0"
OBJECT_ID = "1.3.6.1.2.1.1.2.0"
UPTIME = "1.3.6.1.2.1.1.3.0"
NAME = "1.3.6.1.2.1.1.5.0"
"""sysDescr, sysObjectID and sysUpTime (RFC 3418): what every device is asked first; and sysName."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a profile asks. Columns of one group are asked together and fail together.

    `settled` are the readers that are done once the device is learnt, `running` the others; the
    slow columns in `kept` are what the running ones and the tables will need in later runs.
    """

    slow_scalars: tuple[str, ...]
    fast_scalars: tuple[str, ...]
    groups: tuple[tuple[Question, ...], ...]
    settled: tuple[str, ...]
    running: tuple[str, ...]
    kept: frozenset[str]


def plan(profile: Profile) -> Plan:
    """Return everything that the profile needs, no OID twice."""
    slow, fast = {NAME}, set[str]()
    for scalar in profile.scalars:
        (slow if scalar.slow else fast).update([scalar.oid, *scalar.conversion.operands.values()])
    facts = [fact for each in profile.info.values() for fact in each]
    slow.update(fact.oid for fact in facts if fact.oid is not None)
    settled = tuple(
        name for name in profile.readers if all(each.slow for each in READERS[name].questions)
    )
    running = tuple(name for name in profile.readers if name not in settled)
    lasting = [
        *(READERS[name].questions for name in running),
        *(tuple(_of_table(table)) for table in profile.tables),
    ]
    groups = [
        *lasting,
        *(tuple(_of_fact(fact)) for fact in facts if fact.column is not None),
        *(READERS[name].questions for name in settled),
    ]
    return Plan(
        slow_scalars=tuple(sorted(slow - fast)),
        fast_scalars=tuple(sorted(fast)),
        groups=_without_repetition(groups),
        settled=settled,
        running=running,
        kept=frozenset(each.column for group in lasting for each in group),
    )


def _of_table(table: Table) -> Iterator[Question]:
    if IF_INDEX in table.index:
        yield from NAME_QUESTIONS
    if ENTITY_PORT in table.index:
        yield from NAME_QUESTIONS
        yield from ENTITY_QUESTIONS
    yield from _of_where(table.where)
    yield from _of_labels(table.labels.values())
    for column in table.columns:
        yield from _of_column(column)


def _of_column(column: Column) -> Iterator[Question]:
    for oid in (column.column, *column.conversion.operands.values()):
        yield Question(oid, slow=column.slow)
    yield from _of_labels(column.labels.values())


def _of_labels(labels: Iterable[str | TextOf]) -> Iterator[Question]:
    for label in labels:
        if isinstance(label, TextOf):
            yield Question(label.column, slow=True)


def _of_where(where: Iterable[Where]) -> Iterator[Question]:
    for condition in where:
        yield Question(condition.column, slow=True)


def _of_fact(fact: Fact) -> Iterator[Question]:
    if fact.column is not None:
        yield Question(fact.column, slow=True)
        yield from _of_where(fact.where)


def _without_repetition(
    groups: Iterable[tuple[Question, ...]],
) -> tuple[tuple[Question, ...], ...]:
    """Leave every column to its first group; what anybody wants in every run is fast there."""
    all_groups = list(groups)
    fast = {each.column for group in all_groups for each in group if not each.slow}
    seen = set[str]()
    kept: list[tuple[Question, ...]] = []
    for group in all_groups:
        fresh: list[Question] = []
        for each in group:
            if each.column not in seen:
                seen.add(each.column)
                fresh.append(Question(each.column, each.column not in fast, each.instead_of))
        if fresh:
            kept.append(tuple(fresh))
    return tuple(kept)
