"""Who may report: agents, the machines they speak for, and their keys.

Keys are looked up in memory; the database is the truth, and a change made by another process (a
command) is noticed by its version number. Codes are checked elsewhere: `collector.intake.ingest`.
"""

import secrets
from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from collector.store import Store
from collector.store.tables import (
    agent_keys,
    agent_live,
    agent_seen,
    agents,
    only_row,
)
from collector.wire import AgentIdentity
from govnet.errors import ConfigError, WireError
from inventory.model import Inventory, Lifecycle, Site

KEY_BYTES = 32
FIRST_KEY = "k1"


class NewKey(msgspec.Struct, frozen=True):
    """A key just made; its secret is shown once."""

    identity: AgentIdentity
    key: str
    secret: bytes

    def __repr__(self) -> str:
        return f"NewKey({self.identity!r}, {self.key!r}, ***)"


class AgentRow(msgspec.Struct, frozen=True):
    """One agent for the list: times are Unix seconds."""

    identity: AgentIdentity
    enrolled_at: float
    revoked_at: float | None


class Credential(msgspec.Struct, frozen=True):
    """Who signs with which key."""

    identity: AgentIdentity
    key: str
    secret: bytes

    def __repr__(self) -> str:
        return f"Credential({self.identity!r}, {self.key!r}, ***)"


class Registry:
    """Agents and keys in memory. Built by `load_registry`; immutable between loads."""

    def __init__(
        self,
        version: int,
        rows: Iterable[AgentRow],
        keys: dict[tuple[str, str], tuple[bytes, bool]],
    ) -> None:
        self.version = version
        self.rows = tuple(sorted(rows, key=lambda row: row.identity.machine))
        self._identities = {row.identity.agent: row.identity for row in self.rows}
        self._revoked = {row.identity.agent for row in self.rows if row.revoked_at is not None}
        self._keys = keys

    @property
    def enrolled(self) -> tuple[AgentIdentity, ...]:
        """Agents that are not revoked, by machine id."""
        return tuple(row.identity for row in self.rows if row.revoked_at is None)

    def identity(self, agent: str) -> AgentIdentity | None:
        """Return who an agent is, unless it is unknown or revoked."""
        return None if agent in self._revoked else self._identities.get(agent)

    def credential(self, agent: str, key: str) -> Credential:
        """Return the key to verify with; raises WireError: unknown_agent, unknown_key, revoked."""
        identity = self._identities.get(agent)
        if identity is None:
            raise WireError("unknown_agent", "no such agent is enrolled here")
        if agent in self._revoked:
            raise WireError("revoked", "this agent was revoked")
        found = self._keys.get((agent, key))
        if found is None:
            raise WireError("unknown_key", "this agent has no such key")
        secret, revoked = found
        if revoked:
            raise WireError("revoked", "this key was revoked")
        return Credential(identity, key, secret)


def registry_version(store: Store) -> int:
    """Return the number that grows with every change of agents or keys."""
    with store.read() as connection:
        return int(connection.execute(select(only_row.c.registry_version)).scalar_one())


def load_registry(store: Store) -> Registry:
    """Read all agents and keys."""
    with store.read() as connection:
        version = connection.execute(select(only_row.c.registry_version)).scalar_one()
        agent_rows = connection.execute(select(agents)).all()
        key_rows = connection.execute(select(agent_keys)).all()
    return Registry(
        int(version),
        (
            AgentRow(AgentIdentity(row.id, row.site, row.machine), row.enrolled_at, row.revoked_at)
            for row in agent_rows
        ),
        {(row.agent, row.id): (row.secret, row.revoked_at is not None) for row in key_rows},
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
        made = [_enrol(connection, inventory, site, machine, now) for site, machine in wanted]
        connection.execute(_NEXT_VERSION)
    return made


def _enrol(
    connection: Connection, inventory: Inventory, site: str, machine: str | None, now: float
) -> NewKey:
    found = inventory.sites.get(site)
    if found is None:
        raise ConfigError([f"site {site!r}: not in the inventory"])
    declared = {item.id: item for item in found.machines}
    taken = set(
        connection.execute(
            select(agents.c.machine).where(agents.c.site == site, agents.c.revoked_at.is_(None))
        ).scalars()
    )
    full = f"{site}/{machine}" if machine is not None else _next_free(site, taken, declared)
    if full in taken:
        raise ConfigError([f"machine {full!r}: has an agent already; revoke that one first"])
    item = declared.get(full)
    if item is not None and item.lifecycle in {Lifecycle.EXEMPT, Lifecycle.RETIRED}:
        raise ConfigError([f"machine {full!r}: is {item.lifecycle} in the inventory"])
    if item is None and full in _other_items(found):
        raise ConfigError([f"machine {full!r}: that id is of another kind of item"])
    identity = AgentIdentity(secrets.token_hex(8), site, full)
    new = NewKey(identity, FIRST_KEY, secrets.token_bytes(KEY_BYTES))
    connection.execute(
        insert(agents).values(id=identity.agent, site=site, machine=full, enrolled_at=now)
    )
    connection.execute(
        insert(agent_keys).values(
            agent=identity.agent, id=new.key, secret=new.secret, created_at=now
        )
    )
    return new


def revoke(store: Store, agent: str, now: float) -> AgentIdentity:
    """Refuse everything an agent sends from now on; raises ConfigError if there is none such."""
    with store.write() as connection:
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
        connection.execute(delete(agent_seen).where(agent_seen.c.agent == agent))
        connection.execute(delete(agent_live).where(agent_live.c.agent == agent))
        connection.execute(_NEXT_VERSION)
    return AgentIdentity(row.id, row.site, row.machine)


_NEXT_VERSION = update(only_row).values(registry_version=only_row.c.registry_version + 1)


def _next_free(site: str, taken: set[str], declared: Iterable[str]) -> str:
    used = taken.union(declared)
    number = 1
    while (name := f"{site}/pc-{number:03d}") in used:
        number += 1
    return name


def _other_items(site: Site) -> set[str]:
    return {item.id for item in (*site.links, *site.devices, *site.conference_points)}
