"""Agents that fill a place of the number become the declared machine that their facts name.

Machines tell their serial number and asset tag some time after they enrolled, and a machine may be
declared when its agent runs already. Never across sites; history keeps the old name.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Connection, Row, select

from collector.binding import declared_machine, has_marks, marks_of_facts
from collector.store.audit import note
from collector.store.changes import speak_for
from collector.store.database import Store
from collector.store.enrolment import read_hardware
from collector.store.known_agents import ACTIVE
from collector.store.machine_facts import texts
from collector.store.registry import taken_machines
from collector.store.tables import agents, machine_facts
from collector.wire import AgentIdentity
from inventory.model import Inventory, Machine, Site

_AT_ONCE = 500
"""So many are asked for in one query."""


def bind_by_facts(
    store: Store, inventory: Inventory, machines: Iterable[str] | None, now: float
) -> list[AgentIdentity]:
    """Bind agents to the machines that the facts in the database name; return who was bound.

    `machines` (full ids) are those whose facts are new; None: all, as after a new inventory.
    """
    if machines is None:
        column, asked = (
            agents.c.site,
            [one.id for one in inventory.sites.values() if has_marks(one)],
        )
    else:
        column, asked = agents.c.machine, [one for one in machines if _may_bind(inventory, one)]
    with store.read() as connection:
        found = [
            row for row in _told(connection, column, asked) if _may_bind(inventory, row.machine)
        ]
        named = [row.id for row in found if _declared(connection, inventory, row) is not None]
    if not named:
        return []
    bound = []
    with store.write() as connection:
        for row in _told(connection, agents.c.id, named):
            # Asked again, one by one: of two that show the same number the first is the machine.
            machine = _declared(connection, inventory, row)
            if machine is None:
                continue
            speak_for(connection, row, row.site, machine.id, now)
            detail = f"{row.machine} -> {machine.id}"
            note(connection, now, "agent bound by its facts", row.id, detail, who="collector")
            bound.append(AgentIdentity(row.id, row.site, machine.id))
    return bound


def _may_bind(inventory: Inventory, machine: str) -> bool:
    """Whether that is a place of the number, at a site that declares machines with marks."""
    site = inventory.sites.get(machine.partition("/")[0])
    return site is not None and has_marks(site) and not _is_item(site, machine)


def _is_item(site: Site, machine: str) -> bool:
    return any(one.id == machine for one in site.machines)


def _told(connection: Connection, column: Column[str], wanted: Sequence[str]) -> Iterator[Row[Any]]:
    """Yield active agents, by a column, with what their present machine told of itself."""
    query = (
        select(agents, machine_facts.c.facts)
        .join(
            machine_facts,
            (machine_facts.c.machine == agents.c.machine) & (machine_facts.c.agent == agents.c.id),
        )
        .where(agents.c.state == ACTIVE, agents.c.revoked_at.is_(None))
        .order_by(agents.c.enrolled_at, agents.c.id)
    )
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        yield from connection.execute(query.where(column.in_(some))).all()


def _declared(connection: Connection, inventory: Inventory, row: Row[Any]) -> Machine | None:
    """Return the declared machine without an agent that this agent's machine is."""
    marks = marks_of_facts(texts(row.facts), read_hardware(connection, row.id))
    taken = taken_machines(connection, row.site)
    return declared_machine(inventory.sites[row.site], marks, taken)
