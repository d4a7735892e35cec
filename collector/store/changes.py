"""What an operator changes about agents, and what the running collector noticed about them.

Every function is one transaction, and what a person did is in the account of changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from collector.binding import Marks
from collector.siting import Network, Siting, known_site, lies_in
from collector.store import Store
from collector.store.audit import note
from collector.store.enrolment import place_of, read_hardware, write_hardware
from collector.store.hardware import parse, short
from collector.store.known_agents import ACTIVE, MAX_CLONES, PENDING, Noted, share_of
from collector.store.registry import free_place, read_former, touch
from collector.store.tables import agent_clones, agent_hardware, agent_keys, agents
from collector.wire import AgentIdentity, FormerIdentity
from govnet.errors import ConfigError
from inventory.model import Inventory

SPREAD_SECONDS = 3600.0
"""When all keys are to be replaced, the agents are asked within this time."""
MAX_FORMER: Final = 4
"""So many moves back it is remembered whom an agent spoke for; its backlog is of some days."""


def move(
    store: Store, inventory: Inventory, agent: str, site: str, machine: str | None, *, now: float
) -> AgentIdentity:
    """Let an agent speak for another machine, at the same site or another one.

    What it measured before keeps its old labels, also what it has not sent yet. Raises ConfigError
    as `registry.enrol`.
    """
    with store.write() as connection:
        row = _living(connection, agent)
        if row.state != ACTIVE:
            raise ConfigError([f"agent {agent!r}: waits for approval; govnet agents approve it"])
        full = free_place(connection, inventory, site, machine)
        speak_for(connection, row, site, full, now)
        note(connection, now, "agent moved", agent, f"{row.machine} -> {full}")
    return AgentIdentity(agent, site, full)


def speak_for(connection: Connection, row: Row[Any], site: str, machine: str, now: float) -> None:
    """Let an agent speak for another machine (full id) from now on; its old labels stay."""
    former = (*read_former(row.former), FormerIdentity(row.site, row.machine, now))
    connection.execute(
        update(agents)
        .where(agents.c.id == row.id)
        .values(
            site=site,
            machine=machine,
            former=msgspec.json.encode(former[-MAX_FORMER:]).decode(),
        )
    )
    touch(connection, [row.id])


def site_of(store: Store, agent: str) -> str:
    """Return the site of an agent; raises ConfigError if there is none such."""
    with store.read() as connection:
        return str(_living(connection, agent).site)


def approve(
    store: Store,
    inventory: Inventory,
    wanted: Sequence[str],
    site: str | None,
    now: float,
    *,
    who: str = "",
) -> list[str]:
    """Approve agents, all or none; return one line for each.

    1. A pending one starts to report: at the given site, else where code or network say.
    2. One whose key another machine used is on that machine from now on (a new mainboard).

    Raises ConfigError if there is nothing to approve, or nobody knows the site.
    """
    siting = Siting(inventory)
    with store.write() as connection:
        lines = []
        for agent in wanted:
            row = _living(connection, agent)
            if row.state == PENDING:
                chosen = site or known_site(siting, row.proposed_site, row.host)
                if chosen is None:
                    problem = "nobody knows its site; name it with --site SITE"
                    raise ConfigError([f"agent {agent!r}: {problem}"])
                lines.append(_place(connection, inventory, row, chosen, now, who=who))
            elif site is not None:
                problem = f"is at {row.site}; to move it: govnet agents move {agent} {site}"
                raise ConfigError([f"agent {agent!r}: {problem}"])
            else:
                lines.append(_accept_hardware(connection, row, now, who))
        touch(connection, wanted)
    return lines


def approve_all(
    store: Store, inventory: Inventory, now: float, site: str | None = None
) -> tuple[list[str], int]:
    """Approve every pending agent whose site is known; return a line for each, how many wait on.

    With `site` only those that code or network say stand there. The inventory may have learnt
    networks and codes since they enrolled.
    """
    siting = Siting(inventory)
    with store.write() as connection:
        rows = _waiting(connection)
        known = [
            (row, at)
            for row in rows
            if (at := known_site(siting, row.proposed_site, row.host)) and site in {None, at}
        ]
        lines = [_place(connection, inventory, row, at, now) for row, at in known]
        touch(connection, [row.id for row, _ in known])
    return lines, len(rows) - len(known)


def approve_at(
    store: Store, inventory: Inventory, places: Mapping[str, str], now: float, who: str
) -> list[str]:
    """Approve pending agents each at the site given for it, all or none; return a line for each.

    Raises ConfigError for one that does not wait, and as `registry.enrol`.
    """
    with store.write() as connection:
        lines = []
        for agent, site in places.items():
            row = _living(connection, agent)
            if row.state != PENDING:
                raise ConfigError([f"agent {agent!r}: is active already, at {row.site}"])
            lines.append(_place(connection, inventory, row, site, now, who=who))
        touch(connection, places)
    return lines


def approve_from(
    store: Store, inventory: Inventory, network: Network, site: str, now: float
) -> tuple[list[str], int]:
    """Approve every pending agent that enrolled from a network, at that site.

    Returns as `approve_all`; raises ConfigError if the inventory has no such site.
    """
    with store.write() as connection:
        rows = _waiting(connection)
        chosen = [row for row in rows if lies_in(row.host, network)]
        lines = [_place(connection, inventory, row, site, now) for row in chosen]
        touch(connection, [row.id for row in chosen])
    return lines, len(rows) - len(chosen)


def _waiting(connection: Connection) -> Sequence[Row[Any]]:
    query = select(agents).where(agents.c.state == PENDING, agents.c.revoked_at.is_(None))
    return connection.execute(query.order_by(agents.c.enrolled_at)).all()


def _place(
    connection: Connection,
    inventory: Inventory,
    row: Row[Any],
    site: str,
    now: float,
    *,
    who: str = "",
) -> str:
    marks = Marks(row.hostname, read_hardware(connection, row.id))
    full = place_of(connection, inventory, site, marks)
    connection.execute(
        update(agents).where(agents.c.id == row.id).values(site=site, machine=full, state=ACTIVE)
    )
    note(connection, now, "agent approved", row.id, full, who=who)
    return f"{full}: {row.id} approved"


def _accept_hardware(connection: Connection, row: Row[Any], now: float, who: str) -> str:
    clone = connection.execute(
        select(agent_clones)
        .where(agent_clones.c.agent == row.id)
        .order_by(agent_clones.c.last_at.desc())
    ).first()
    if clone is None:
        problem = "nothing to approve: it is active, and no other machine used its key"
        raise ConfigError([f"agent {row.id!r}: {problem}"])
    hardware = parse(clone.hardware)
    write_hardware(connection, row.id, hardware)
    note(connection, now, "hardware approved", row.id, short(hardware), who=who)
    return f"{row.machine}: {row.id} is the machine with {short(hardware)} from now on"


def rotate(store: Store, wanted: Iterable[str], now: float) -> int:
    """Let agents replace their newest key as soon as they ask for settings; return how many."""
    with store.write() as connection:
        chosen = [_living(connection, agent).id for agent in wanted]
        _renew(connection, dict.fromkeys(chosen, now))
        touch(connection, chosen)
        for agent in chosen:
            note(connection, now, "key renewal asked for", agent, "")
    return len(chosen)


def rotate_all(store: Store, now: float) -> int:
    """Let all agents replace their keys, spread over `SPREAD_SECONDS`; return how many."""
    with store.write() as connection:
        chosen = list(
            connection.execute(
                select(agents.c.id).where(agents.c.state == ACTIVE, agents.c.revoked_at.is_(None))
            ).scalars()
        )
        _renew(connection, {one: now + SPREAD_SECONDS * share_of(one) for one in chosen})
        touch(connection, chosen)
        note(connection, now, "key renewal asked for", "all", f"{len(chosen)} agents")
    return len(chosen)


def _renew(connection: Connection, at: Mapping[str, float]) -> None:
    """Have each agent's newest key replaced from its time on."""
    living = connection.execute(
        select(agent_keys.c.agent, agent_keys.c.id)
        .where(agent_keys.c.revoked_at.is_(None))
        .order_by(agent_keys.c.created_at, agent_keys.c.id)
    ).all()
    newest = {row.agent: row.id for row in living}
    rows = [{"agent": one, "key": newest.get(one), "at": at[one]} for one in at]
    if rows:
        connection.execute(
            update(agents)
            .where(agents.c.id == bindparam("agent"))
            .values(renew_key=bindparam("key"), renew_at=bindparam("at")),
            rows,
        )


def _living(connection: Connection, agent: str) -> Row[Any]:
    row = connection.execute(select(agents).where(agents.c.id == agent)).one_or_none()
    if row is None:
        raise ConfigError([f"agent {agent!r}: not enrolled; govnet agents list names them"])
    if row.revoked_at is not None:
        raise ConfigError([f"agent {agent!r}: is revoked; it has to enrol again by a token"])
    return row


def save_noted(store: Store, noted: Noted, now: float) -> None:
    """Write down what requests showed: fingerprints, keys that are outlived, clones."""
    with store.write() as connection:
        for agent, hardware in noted.hardware.items():
            for component, digest in hardware.items():
                row = insert(agent_hardware).values(agent=agent, component=component, digest=digest)
                connection.execute(
                    row.on_conflict_do_update(
                        index_elements=["agent", "component"], set_={"digest": digest}
                    )
                )
        for agent, newest in noted.outlived.items():
            connection.execute(
                update(agent_keys)
                .where(
                    agent_keys.c.agent == agent,
                    agent_keys.c.id != newest,
                    agent_keys.c.revoked_at.is_(None),
                )
                .values(revoked_at=now)
            )
            note(
                connection, now, "older keys revoked", agent, f"{newest} is in use", who="collector"
            )
        for (agent, hardware_text), sighting in noted.sightings.items():
            clone = insert(agent_clones).values(
                agent=agent,
                hardware=hardware_text,
                first_at=sighting.first_at,
                last_at=sighting.last_at,
                batches=sighting.batches,
            )
            connection.execute(
                clone.on_conflict_do_update(
                    index_elements=["agent", "hardware"],
                    set_={
                        "last_at": sighting.last_at,
                        "batches": agent_clones.c.batches + sighting.batches,
                    },
                )
            )
        for agent in {agent for agent, _ in noted.sightings}:
            _forget_clones(connection, agent)


def _forget_clones(connection: Connection, agent: str) -> None:
    """Keep the machines seen last."""
    of_agent = agent_clones.c.agent == agent
    if connection.execute(select(func.count()).where(of_agent)).scalar_one() <= MAX_CLONES:
        return
    kept = (
        select(agent_clones.c.hardware)
        .where(of_agent)
        .order_by(agent_clones.c.last_at.desc())
        .limit(MAX_CLONES)
    )
    connection.execute(delete(agent_clones).where(of_agent, agent_clones.c.hardware.not_in(kept)))
