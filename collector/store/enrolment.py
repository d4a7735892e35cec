"""A machine becomes an agent by a token, an enrolled one gets another key. One transaction each.

Enrolment:

1. The token is found by its secret's digest.
2. The same key from the same machine again: the answer was lost on the way, so it is repeated.
3. A machine that is known by its hardware, at the token's site or by a token of the province, was
   installed anew: it stays who it is and so keeps its history, its old keys are revoked. Unless
   somebody typed the code of another site: then it was moved there, and is a new agent.
4. Else it is a new agent: at the token's site, or where code and network say; where they say
   nothing, or not the same, it waits until somebody approves it.
5. One use of the token is taken, and everything is written; or nothing is.
"""

import re
import secrets
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from collector.binding import Marks, declared_machine
from collector.siting import Siting
from collector.store import Store
from collector.store.audit import note
from collector.store.hardware import Match, compare, is_surely
from collector.store.known_agents import ACTIVE, PENDING
from collector.store.registry import (
    free_place,
    insert_key,
    key_digest,
    taken_machines,
    touch,
)
from collector.store.tables import agent_clones, agent_hardware, agent_keys, agents
from collector.store.tokens import find_token, use_token
from govnet.enrolment import EnrolAnswer, EnrolRequest, NewKeyRequest
from govnet.errors import WireError
from inventory.model import Inventory

MAX_KEYS = 2
"""Keys of an agent that live at once: the one in use and the one that replaces it."""


_KEY_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class Enrolled(msgspec.Struct, frozen=True):
    """The answer, and what was done: active, pending, reimaged or repeated."""

    answer: EnrolAnswer
    result: str


class _Place(msgspec.Struct, frozen=True):
    """Where a machine stands, or where it may."""

    site: str | None
    proposed: str | None = None
    network: str | None = None


def enrol_by_token(
    store: Store, siting: Siting, request: EnrolRequest, host: str, now: float
) -> Enrolled:
    """Enrol a machine that asks from the address `host`.

    Raises WireError: bad_token, token_expired, token_used_up, unknown_site_code, key_conflict.
    """
    secret = bytes.fromhex(request.key)
    with store.read() as connection:
        # A stranger who tries words keeps nobody from writing.
        find_token(connection, request.secret)
    with store.write() as connection:
        token = find_token(connection, request.secret)
        known = _by_key(connection, secret, request.hardware)
        if known is not None and known.state == ACTIVE:
            return Enrolled(_answer(known, known.key), "repeated")
        prior = known or _by_hardware(connection, token.site, request.hardware)
        if prior is not None and prior.state == ACTIVE and token.site is None:
            prior = None if _is_moved(siting, prior.site, request.code, host) else prior
        if prior is None or prior.state == ACTIVE or prior.token != token.id:
            use_token(connection, token.id, now)
        if prior is not None and prior.state == ACTIVE:
            place, result, machine = _Place(prior.site), "reimaged", prior.machine
        else:
            place, machine = _place(siting, token.site, request.code, host), ""
            result = PENDING if place.site is None else ACTIVE
            if place.site is not None:
                marks = Marks(request.hostname, request.hardware)
                machine = place_of(connection, siting.inventory, place.site, marks)
        values = {
            "site": place.site or "",
            "machine": machine,
            "state": PENDING if place.site is None else ACTIVE,
            "proposed_site": place.proposed,
            "network_site": place.network,
            "host": host,
            "hostname": request.hostname,
            "token": token.id,
            "renew_key": None,
            "renew_at": None,
        }
        agent = secrets.token_hex(8) if prior is None else prior.id
        if prior is None:
            connection.execute(insert(agents).values(id=agent, enrolled_at=now, **values))
        else:
            connection.execute(update(agents).where(agents.c.id == agent).values(**values))
        if known is None:
            _revoke_keys(connection, agent, now)
            key = _next_key(connection, agent)
            insert_key(connection, store.master(connection), agent, key, secret, now=now)
        else:
            key = known.key
        write_hardware(connection, agent, request.hardware)
        touch(connection, [agent])
        note(connection, now, f"agent enrolled ({result})", agent, machine, who=f"token {token.id}")
        row = connection.execute(select(agents).where(agents.c.id == agent)).one()
    return Enrolled(_answer(row, key), result)


def _answer(row: Row[Any], key: str) -> EnrolAnswer:
    return EnrolAnswer(
        agent=row.id, key_id=key, state=row.state, site=row.site, machine=row.machine
    )


def _by_key(connection: Connection, secret: bytes, hardware: Mapping[str, str]) -> Row[Any] | None:
    """Return the agent that has this key already, with the key's id as `key`.

    Raises WireError `key_conflict` if it is another machine's, or was revoked.
    """
    row = connection.execute(
        select(agents, agent_keys.c.id.label("key"), agent_keys.c.revoked_at.label("key_revoked"))
        .join(agent_keys, agent_keys.c.agent == agents.c.id)
        .where(agent_keys.c.digest == key_digest(secret))
    ).first()
    if row is None:
        return None
    if row.revoked_at is not None or row.key_revoked is not None:
        raise WireError("key_conflict", "this key was revoked; enrol with a new one")
    if compare(read_hardware(connection, row.id), hardware) is Match.OTHER:
        raise WireError("key_conflict", "another machine has this key; enrol with a new one")
    return row


def _by_hardware(
    connection: Connection, site: str | None, hardware: Mapping[str, str]
) -> Row[Any] | None:
    """Return the agent that this machine was before, the newest if it was several."""
    if not hardware:
        return None
    found = agents.c.id.in_(
        select(agent_hardware.c.agent).where(agent_hardware.c.digest.in_(tuple(hardware.values())))
    )
    query = select(agents).where(found, agents.c.revoked_at.is_(None))
    if site is not None:
        query = query.where((agents.c.site == site) | (agents.c.state == PENDING))
    rows = connection.execute(query.order_by(agents.c.enrolled_at.desc())).all()
    return next(
        (row for row in rows if is_surely(read_hardware(connection, row.id), hardware)), None
    )


def _is_moved(siting: Siting, site: str, code: str, host: str) -> bool:
    """Whether somebody typed the code of another site, and the network does not say otherwise."""
    return siting.by_code(code) not in {None, site} and siting.by_address(host) != site


def _place(siting: Siting, site: str | None, code: str, host: str) -> _Place:
    """Say where a new machine stands: by its token, else by code and network."""
    if site is not None:
        if site not in siting.inventory.sites:
            raise WireError("bad_token", "the token's site is no longer in the inventory")
        return _Place(site)
    by_code = siting.by_code(code) if code.strip() else None
    if code.strip() and by_code is None:
        raise WireError("unknown_site_code", "no site has this code; look at the notice again")
    by_network = siting.by_address(host)
    if by_code is not None and by_network is not None and by_code != by_network:
        return _Place(None, by_code, by_network)
    return _Place(by_code or by_network, by_code, by_network)


def place_of(connection: Connection, inventory: Inventory, site: str, marks: Marks) -> str:
    """Return the declared machine that this is if it has no agent, else a place of the number.

    Raises ConfigError if the inventory has no such site.
    """
    found = inventory.sites.get(site)
    declared = None
    if found is not None:
        declared = declared_machine(found, marks, taken_machines(connection, site))
    if declared is not None:
        return declared.id
    return free_place(connection, inventory, site, None)


def _next_key(connection: Connection, agent: str) -> str:
    used = set(
        connection.execute(select(agent_keys.c.id).where(agent_keys.c.agent == agent)).scalars()
    )
    number = 1
    while f"k{number}" in used:
        number += 1
    return f"k{number}"


def _revoke_keys(connection: Connection, agent: str, now: float, *, but: str = "") -> None:
    connection.execute(
        update(agent_keys)
        .where(
            agent_keys.c.agent == agent,
            agent_keys.c.id != but,
            agent_keys.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def read_hardware(connection: Connection, agent: str) -> dict[str, str]:
    """Return the fingerprint of an agent's machine."""
    rows = connection.execute(
        select(agent_hardware.c.component, agent_hardware.c.digest).where(
            agent_hardware.c.agent == agent
        )
    ).all()
    return {row.component: row.digest for row in rows}


def write_hardware(connection: Connection, agent: str, hardware: Mapping[str, str]) -> None:
    """Know an agent's machine by this fingerprint from now on; nobody else was it before."""
    for table in (agent_hardware, agent_clones):
        connection.execute(delete(table).where(table.c.agent == agent))
    for component, digest in hardware.items():
        connection.execute(
            insert(agent_hardware).values(agent=agent, component=component, digest=digest)
        )


def add_key(
    store: Store, agent: str, signed_with: str, request: NewKeyRequest, now: float
) -> EnrolAnswer:
    """Let a new key stand beside the one that signed the request; doing it twice changes nothing.

    Raises WireError `key_conflict` if the id is another key's or the key is known already.
    """
    if not _KEY_ID.fullmatch(request.key_id):
        raise WireError("bad_schema", "key_id: expected 1 to 64 letters, digits, dots, hyphens")
    secret = bytes.fromhex(request.key)
    with store.write() as connection:
        row = connection.execute(
            select(agents).where(agents.c.id == agent, agents.c.revoked_at.is_(None))
        ).one_or_none()
        if row is None:
            raise WireError("revoked", "this agent was revoked")
        answer = _answer(row, request.key_id)
        held = connection.execute(select(agent_keys).where(agent_keys.c.agent == agent)).all()
        digest = key_digest(secret)
        same_id = next((key for key in held if key.id == request.key_id), None)
        if same_id is not None:
            if same_id.digest != digest or same_id.revoked_at is not None:
                raise WireError("key_conflict", "this key id is taken; choose another one")
            return answer
        known = select(agent_keys.c.id).where(agent_keys.c.digest == digest)
        if connection.execute(known).first() is not None:
            raise WireError("key_conflict", "this key is known already; make a new one")
        if sum(key.revoked_at is None for key in held) >= MAX_KEYS:
            # One of them was never used: its agent lost it before it could be written down.
            _revoke_keys(connection, agent, now, but=signed_with)
        insert_key(connection, store.master(connection), agent, request.key_id, secret, now=now)
        touch(connection, [agent])
        note(connection, now, "key added", agent, request.key_id, who="agent")
    return answer
