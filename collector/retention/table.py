"""What is dropped and after how long, one row for each kind; and what is kept for another reason.

Every table of the database is named here once: a test fails for one that nobody thought about.
Each step changes a few hundred rows at most, so that what else is to be saved never waits long.
"""

from collections.abc import Callable
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, or_, select, tuple_

from collector.retention.options import STATUS_DAYS, Retention
from collector.store.conference_tables import (
    conference_sweeps,
    conference_ticks,
    conferences,
    room_links,
)
from collector.store.known_agents import PENDING
from collector.store.outage_tables import outage_beliefs, outage_handling, outages, spans
from collector.store.registry import revoke_one
from collector.store.tables import (
    accounts,
    agent_clones,
    agent_hardware,
    agent_keys,
    agent_live,
    agent_seen,
    agents,
    audit,
    device_facts,
    enrolment_tokens,
    evidence_newest,
    evidence_runs,
    login_links,
    machine_facts,
    machine_starts,
    maintenance,
    only_row,
    password_links,
    power_cut_notices,
    sessions,
    site_shards,
)
from collector.store.tables import collector_runs as runs

ROWS_AT_ONCE: Final = 500

Step = Callable[[Connection, float, float], int]
"""Drops some rows that were over before the second argument (Unix seconds); the third is now.

Returns how many; 0: there are no more."""
Old = Callable[[float], ColumnElement[bool]]


class Kind(msgspec.Struct, frozen=True):
    """What is dropped together."""

    name: str
    """The label `kind` of the metrics."""
    tables: tuple[Table, ...]
    days: Callable[[Retention], float | None]
    """How long it is kept; None: for ever."""
    step: Step


def _dropping(*parts: tuple[Table, Old]) -> Step:
    """Return what drops the rows of which that holds; what others name comes last."""

    def step(connection: Connection, before: float, _: float) -> int:
        dropped = 0
        for table, old in parts:
            key = tuple(table.primary_key.columns)
            some = select(*key).where(old(before)).limit(ROWS_AT_ONCE)
            dropped += connection.execute(delete(table).where(tuple_(*key).in_(some))).rowcount
        return dropped

    return step


def _of_old_outages(column: ColumnElement[int]) -> Old:
    """Choose those of old outages; the newest number stays, or it would be given twice."""
    newest = select(func.max(outages.c.number)).scalar_subquery()
    return lambda before: column.in_(
        select(outages.c.number).where(outages.c.ended_at < before, outages.c.number < newest)
    )


def _ended_outages() -> Step:
    said = (outage_beliefs, outage_handling)
    drop_said = _dropping(*((table, _of_old_outages(table.c.number)) for table in said))
    drop_outages = _dropping((outages, _of_old_outages(outages.c.number)))

    def step(connection: Connection, before: float, now: float) -> int:
        return drop_said(connection, before, now) or drop_outages(connection, before, now)

    return step


def _refuse_waiting(connection: Connection, before: float, now: float) -> int:
    """Refuse agents that nobody approved: the account of changes says so."""
    waiting = and_(
        agents.c.state == PENDING, agents.c.revoked_at.is_(None), agents.c.enrolled_at < before
    )
    some = connection.execute(select(agents.c.id).where(waiting).limit(ROWS_AT_ONCE)).scalars()
    names = list(some)
    for agent in names:
        revoke_one(connection, agent, now, who="collector")
    return len(names)


_NOTICES_IN_USE = select(maintenance.c.notice).where(maintenance.c.notice.is_not(None))

KINDS: Final = (
    Kind(
        "audit",
        (audit,),
        lambda options: options.audit_days,
        _dropping((audit, lambda before: audit.c.at < before)),
    ),
    Kind(
        "statuses",
        (spans,),
        lambda _: STATUS_DAYS,
        _dropping((spans, lambda before: spans.c.end < before)),
    ),
    Kind(
        "outages",
        (outages, outage_beliefs, outage_handling),
        lambda options: options.outage_days,
        _ended_outages(),
    ),
    Kind(
        "maintenance",
        (maintenance, power_cut_notices),
        lambda options: options.maintenance_days,
        _dropping(
            (maintenance, lambda before: maintenance.c.end < before),
            (
                power_cut_notices,
                lambda before: and_(
                    power_cut_notices.c.end < before, power_cut_notices.c.id.not_in(_NOTICES_IN_USE)
                ),
            ),
        ),
    ),
    Kind(
        "conferences",
        (conferences, conference_sweeps, conference_ticks),
        lambda options: options.conference_days,
        _dropping(
            (conferences, lambda before: conferences.c.ends_at < before),
            (conference_sweeps, lambda before: conference_sweeps.c.at < before),
            (conference_ticks, lambda before: conference_ticks.c.at < before),
        ),
    ),
    Kind(
        "sessions",
        (sessions, login_links, password_links, room_links),
        lambda _: 0.0,
        _dropping(
            *(
                (table, lambda before, expires_at=table.c.expires_at: expires_at <= before)
                for table in (sessions, login_links, password_links, room_links)
            )
        ),
    ),
    Kind(
        "tokens",
        (enrolment_tokens,),
        lambda options: options.token_days,
        _dropping(
            (
                enrolment_tokens,
                lambda before: or_(
                    enrolment_tokens.c.expires_at < before, enrolment_tokens.c.revoked_at < before
                ),
            )
        ),
    ),
    Kind("pending_agents", (agents,), lambda options: options.pending_days, _refuse_waiting),
    Kind(
        "facts",
        (machine_facts,),
        lambda options: options.facts_days,
        _dropping((machine_facts, lambda before: machine_facts.c.at < before)),
    ),
)

KEPT: Final[dict[Table, str]] = {
    device_facts: "until the device leaves the inventory",
    evidence_runs: "evidence_days",
    evidence_newest: "evidence_days",
    machine_starts: "evidence_days",
    runs: "evidence_days",
    agent_keys: "with its agent: a key that was revoked stays refused",
    agent_hardware: "with its agent",
    agent_clones: "with its agent, some at most",
    agent_seen: "until the agent is revoked",
    agent_live: "until the agent is revoked",
    accounts: "for ever: others name them",
    site_shards: "for ever: a site's shard never changes",
    only_row: "one row",
}
"""Tables that no kind drops, and why."""
