"""Looking outages up in the database, for commands and the API."""

import json
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, func, or_, select

from collector.store import Store
from collector.store.outage_tables import outage_beliefs, outages
from collector.verdict.outages.records import Belief, Case
from collector.verdict.outages.saved import read_beliefs, read_cases

LIMIT: Final = 100
MAX_LIMIT: Final = 1000


class Wanted(msgspec.Struct, frozen=True):
    """Which outages; None or False: whichever.

    `since`: those that lasted after that moment. `before`: those of a lower number, to go on behind
    a list that was cut. Withdrawn ones only by `is_withdrawn`.
    """

    is_open: bool = False
    since: float | None = None
    site: str | None = None
    item: str | None = None
    before: int | None = None
    is_withdrawn: bool = False
    limit: int = LIMIT
    sites: frozenset[str] | None = None
    """Only of these sites; what is of no site is left out then."""


def find(store: Store, wanted: Wanted) -> list[Case]:
    """Return outages, the newest number first."""
    conditions: list[ColumnElement[bool]] = [outages.c.is_withdrawn.is_(wanted.is_withdrawn)]
    if wanted.is_open:
        conditions.append(outages.c.ended_at.is_(None))
    if wanted.since is not None:
        conditions.append(or_(outages.c.ended_at.is_(None), outages.c.ended_at >= wanted.since))
    if wanted.site is not None:
        conditions.append(outages.c.site == wanted.site)
    if wanted.sites is not None:
        # As JSON, since of values of their own SQLite takes a limited number.
        listed = func.json_each(json.dumps(sorted(wanted.sites))).table_valued("value")
        conditions.append(outages.c.site.in_(select(listed.c.value)))
    if wanted.item is not None:
        conditions.append(outages.c.item == wanted.item)
    if wanted.before is not None:
        conditions.append(outages.c.number < wanted.before)
    with store.read() as connection:
        return read_cases(connection, conditions, wanted.limit)


def one(store: Store, number: int) -> tuple[Case, list[Belief]] | None:
    """Return one outage and what was believed of it in turn, None if there is none such."""
    with store.read() as connection:
        cases = read_cases(connection, [outages.c.number == number])
        beliefs = read_beliefs(connection, [outage_beliefs.c.number == number])
    return (cases[0], beliefs) if cases else None
