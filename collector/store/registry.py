"""Agents in the database: loaded into memory, enrolled by hand, revoked.

The database is the truth. A change made by another process (a command) is noticed by its version
number, and every agent carries the version of its last change, so that only those are read again.
Enrolment by token is in `collector.store.enrolment`, other changes in `collector.store.changes`.
"""

import hashlib
import logging
import re
import secrets
from collections import defaultdict
from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from collector.store import Store
from collector.store.audit import note
from collector.store.hardware import parse
from collector.store.known_agents import (
    AgentRow,
    CloneRow,
    Credential,
    KeyRow,
    Registry,
    Secrets,
)
from collector.store.tables import (
    agent_clones,
    agent_hardware,
    agent_keys,
    agent_live,
    agent_seen,
    agents,
    only_row,
)
from collector.store.vault import DamagedKeyError, Master
from collector.wire import AgentIdentity, FormerIdentity
from govnet.errors import ConfigError
from inventory.model import Inventory, Lifecycle, Site

log = logging.getLogger(__name__)

__all__ = [
    "AgentRow",
    "Credential",
    "NewKey",
    "Registry",
    "enrol",
    "enrol_all",
    "load_changes",
    "load_registry",
    "registry_version",
    "revoke",
]

KEY_BYTES = 32
FIRST_KEY = "k1"
MACHINE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""What a machine that the inventory does not declare may be called within its site."""


class NewKey(msgspec.Struct, frozen=True):
    """A key just made; its secret is shown once."""

    identity: AgentIdentity
    key: str
    secret: bytes

    def __repr__(self) -> str:
        return f"NewKey({self.identity!r}, {self.key!r}, ***)"


def registry_version(store: Store) -> int:
    """Return the number that grows with every change of agents or keys."""
    with store.read() as connection:
        return int(connection.execute(select(only_row.c.registry_version)).scalar_one())


def load_registry(store: Store) -> Registry:
    """Read all agents and keys. Raises ConfigError if a key cannot be opened."""
    return Registry(*load_changes(store, -1))


def load_changes(store: Store, since: int) -> tuple[int, list[AgentRow], Secrets]:
    """Read the agents that changed after a version: the version now, they, their keys."""
    changed = select(agents.c.id).where(agents.c.changed_version > since)
    with store.read() as connection:
        version = connection.execute(select(only_row.c.registry_version)).scalar_one()
        agent_rows = connection.execute(
            select(agents).where(agents.c.changed_version > since)
        ).all()
        key_rows = connection.execute(
            select(agent_keys)
            .where(agent_keys.c.agent.in_(changed))
            .order_by(agent_keys.c.created_at, agent_keys.c.id)
        ).all()
        hardware_rows = connection.execute(
            select(agent_hardware).where(agent_hardware.c.agent.in_(changed))
        ).all()
        clone_rows = connection.execute(
            select(agent_clones)
            .where(agent_clones.c.agent.in_(changed))
            .order_by(agent_clones.c.last_at)
        ).all()
    keys: defaultdict[str, list[KeyRow]] = defaultdict(list)
    held: dict[tuple[str, str], tuple[bytes, bool]] = {}
    for row in key_rows:
        keys[row.agent].append(KeyRow(row.id, row.created_at, row.revoked_at))
        # What is revoked is never verified with, and need not be opened.
        held[row.agent, row.id] = (b"", True)
        if row.revoked_at is not None:
            continue
        try:
            held[row.agent, row.id] = (store.vault.open(row.agent, row.id, row.secret), False)
        except DamagedKeyError as exc:
            # One damaged row must not keep the changes of all others, revocations too, from us.
            log.error("a key counts as revoked", extra={"problem": str(exc)})  # noqa: TRY400 - the database's state, no bug
    hardware: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for row in hardware_rows:
        hardware[row.agent][row.component] = row.digest
    clones: defaultdict[str, list[CloneRow]] = defaultdict(list)
    for row in clone_rows:
        clone = CloneRow(parse(row.hardware), row.first_at, row.last_at, row.batches)
        clones[row.agent].append(clone)
    rows = [
        AgentRow(
            AgentIdentity(row.id, row.site, row.machine),
            row.enrolled_at,
            row.revoked_at,
            row.state,
            row.proposed_site,
            row.network_site,
            row.host,
            row.hostname,
            hardware[row.id],
            tuple(keys[row.id]),
            tuple(clones[row.id]),
            row.renew_key,
            row.renew_at,
            read_former(row.former),
        )
        for row in agent_rows
    ]
    return int(version), rows, held


def read_former(text: str) -> tuple[FormerIdentity, ...]:
    """Read the column `former` of an agent."""
    return msgspec.json.decode(text, type=tuple[FormerIdentity, ...])


def next_version(connection: Connection) -> int:
    """Return the version of the change that this transaction makes."""
    connection.execute(update(only_row).values(registry_version=only_row.c.registry_version + 1))
    return int(connection.execute(select(only_row.c.registry_version)).scalar_one())


def touch(connection: Connection, changed: Iterable[str]) -> None:
    """Let everyone who holds the registry in memory read these agents again."""
    version = next_version(connection)
    rows = [{"agent": agent, "version": version} for agent in changed]
    if rows:
        connection.execute(
            update(agents)
            .where(agents.c.id == bindparam("agent"))
            .values(changed_version=bindparam("version")),
            rows,
        )


def key_digest(secret: bytes) -> str:
    """Return what tells equal keys; of 256 random bits it says nothing else."""
    return hashlib.sha256(b"govnet-agent-key-v1\n" + secret).hexdigest()


def insert_key(
    connection: Connection, master: Master, agent: str, key: str, secret: bytes, *, now: float
) -> None:
    """Write a key, sealed."""
    connection.execute(
        insert(agent_keys).values(
            agent=agent,
            id=key,
            secret=master.seal(agent, key, secret),
            created_at=now,
            digest=key_digest(secret),
        )
    )


def enrol(store: Store, inventory: Inventory, site: str, machine: str | None, now: float) -> NewKey:
    """Make an agent with its first key for a machine of the site.

    `machine` is the name within the site; without one the agent fills a place of the site's
    count under the next free name `pc-NNN`. Raises ConfigError when the inventory has no such
    site, exempts or retired the machine, or the machine has an agent already.
    """
    return enrol_all(store, inventory, [(site, machine)], now)[0]


def enrol_all(
    store: Store, inventory: Inventory, wanted: Iterable[tuple[str, str | None]], now: float
) -> list[NewKey]:
    """Do as `enrol` for many (site, machine) in one transaction: all of them or none."""
    with store.write() as connection:
        master, version = store.master(connection), next_version(connection)
        made = []
        for site, machine in wanted:
            full = free_place(connection, inventory, site, machine)
            new = NewKey(new_identity(site, full), FIRST_KEY, secrets.token_bytes(KEY_BYTES))
            agent = new.identity.agent
            connection.execute(
                insert(agents).values(
                    id=agent, site=site, machine=full, enrolled_at=now, changed_version=version
                )
            )
            insert_key(connection, master, agent, new.key, new.secret, now=now)
            note(connection, now, "agent enrolled", agent, full)
            made.append(new)
    return made


def new_identity(site: str, machine: str) -> AgentIdentity:
    """Return a new agent on that machine."""
    return AgentIdentity(secrets.token_hex(8), site, machine)


def free_place(connection: Connection, inventory: Inventory, site: str, machine: str | None) -> str:
    """Return the full id of a machine of the site that may get an agent, as `enrol` says."""
    found = inventory.sites.get(site)
    if found is None:
        raise ConfigError([f"site {site!r}: not in the inventory"])
    declared = {item.id: item for item in found.machines}
    taken = taken_machines(connection, site)
    if machine is None:
        full = _next_free(site, taken | _other_items(found), declared)
    else:
        full = f"{site}/{machine}"
    if full in taken:
        raise ConfigError([f"machine {full!r}: has an agent already; revoke that one first"])
    item = declared.get(full)
    if item is None and machine is not None and not MACHINE_NAME.fullmatch(machine):
        expected = "expected up to 64 letters, digits, '.', '-' and '_' as its name"
        raise ConfigError(
            [f"machine {full!r}: {expected}, or a machine that the inventory declares"]
        )
    if item is not None and item.lifecycle in {Lifecycle.EXEMPT, Lifecycle.RETIRED}:
        raise ConfigError([f"machine {full!r}: is {item.lifecycle} in the inventory"])
    if item is None and full in _other_items(found):
        raise ConfigError([f"machine {full!r}: that id is of another kind of item"])
    return full


def taken_machines(connection: Connection, site: str) -> set[str]:
    """Return the machines of a site that have an agent."""
    return set(
        connection.execute(
            select(agents.c.machine).where(agents.c.site == site, agents.c.revoked_at.is_(None))
        ).scalars()
    )


def revoke(store: Store, agent: str, now: float, who: str = "") -> AgentIdentity:
    """Refuse everything an agent sends from now on; raises ConfigError if there is none such."""
    with store.write() as connection:
        return revoke_one(connection, agent, now, who=who)


def revoke_one(connection: Connection, agent: str, now: float, *, who: str = "") -> AgentIdentity:
    """Do what `revoke` does within a transaction."""
    row = connection.execute(select(agents).where(agents.c.id == agent)).one_or_none()
    if row is None:
        raise ConfigError([f"agent {agent!r}: not enrolled"])
    changed = connection.execute(
        update(agents)
        .where(agents.c.id == agent, agents.c.revoked_at.is_(None))
        .values(revoked_at=now)
    ).rowcount
    if changed != 1:
        raise ConfigError([f"agent {agent!r}: revoked already"])
    for table in (agent_seen, agent_live):
        connection.execute(delete(table).where(table.c.agent == agent))
    touch(connection, [agent])
    note(connection, now, "agent revoked", agent, row.machine, who=who)
    return AgentIdentity(row.id, row.site, row.machine)


def _next_free(site: str, taken: set[str], declared: Iterable[str]) -> str:
    used = taken.union(declared)
    number = 1
    while (name := f"{site}/pc-{number:03d}") in used:
        number += 1
    return name


def _other_items(site: Site) -> set[str]:
    return {item.id for item in (*site.links, *site.devices, *site.conference_points)}
