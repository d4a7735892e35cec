"""Who may report, in memory: agents, keys, and the hardware that each was last seen on.

Asked by every request, so nothing here reads a file. `collector.store.registry` loads it and
writes down what is noticed here.
"""

import zlib
from collections.abc import Iterable, Mapping
from functools import cached_property

import msgspec

from collector.store.hardware import Hardware, Match, compare, fingerprint
from collector.wire import AgentIdentity, FormerIdentity
from govnet.errors import WireError

ACTIVE = "active"
PENDING = "pending"
QUARANTINE_SECONDS = 86_400.0
"""So long after another machine last used its key an agent counts as quarantined."""
SIGHTING_SECONDS = 30.0
"""How often a sighting that goes on is written down."""
MAX_CLONES = 5
"""Other machines remembered per agent: a stranger with its key can fill neither memory nor disk."""
MAX_NOTED = 1_000
"""Most sightings in memory that are not written down yet."""
_DAY_SECONDS = 86_400.0
_SPREAD = 10
"""Keys that grew old together are renewed over a tenth of their age."""


class KeyRow(msgspec.Struct, frozen=True):
    """One key without its secret: times are Unix seconds."""

    id: str
    created_at: float
    revoked_at: float | None = None


class CloneRow(msgspec.Struct, frozen=True):
    """Another machine that used an agent's key: when, and with how many batches."""

    hardware: Hardware
    first_at: float
    last_at: float
    batches: int


class AgentRow(msgspec.Struct, frozen=True):
    """One agent for the list: times are Unix seconds.

    Of a pending one `proposed_site` is where the code typed on the spot says that it stands,
    `network_site` where its network does, `host` the address it enrolled from. `renew_key` is to be
    replaced from `renew_at` on. `former` is whom it spoke for before, the newest last.
    """

    identity: AgentIdentity
    enrolled_at: float
    revoked_at: float | None
    state: str = ACTIVE
    proposed_site: str | None = None
    network_site: str | None = None
    host: str = ""
    hostname: str = ""
    hardware: Hardware = {}
    keys: tuple[KeyRow, ...] = ()
    clones: tuple[CloneRow, ...] = ()
    renew_key: str | None = None
    renew_at: float | None = None
    former: tuple[FormerIdentity, ...] = ()

    @property
    def live_keys(self) -> tuple[KeyRow, ...]:
        """Keys that are not revoked, the oldest first."""
        return tuple(key for key in self.keys if key.revoked_at is None)

    @property
    def site_known(self) -> str | None:
        """Where it is, or where code and network say that it is; None if they contradict."""
        if self.state == ACTIVE:
            return self.identity.site
        sites = {self.proposed_site, self.network_site} - {None}
        return sites.pop() if len(sites) == 1 else None

    @property
    def is_enrolled(self) -> bool:
        """Whether it may report."""
        return self.revoked_at is None and self.state == ACTIVE


class Credential(msgspec.Struct, frozen=True):
    """Who signs with which key, and whom the same agent spoke for before."""

    identity: AgentIdentity
    key: str
    secret: bytes
    former: tuple[FormerIdentity, ...] = ()

    def __repr__(self) -> str:
        return f"Credential({self.identity!r}, {self.key!r}, ***)"


class Sighting(msgspec.Struct):
    """A machine that uses another one's key, since it was last written down."""

    first_at: float
    last_at: float
    batches: int


class Noted(msgspec.Struct):
    """What requests showed and the database does not have yet."""

    hardware: dict[str, dict[str, str]] = {}
    """Agent -> its fingerprint from now on."""
    outlived: dict[str, str] = {}
    """Agent -> its newest key, which it has used: older ones are revoked."""
    sightings: dict[tuple[str, str], Sighting] = {}
    """(agent, fingerprint) -> how often."""

    def __bool__(self) -> bool:
        return bool(self.hardware or self.outlived or self.sightings)


Secrets = Mapping[tuple[str, str], tuple[bytes, bool]]
"""(agent, key) -> the secret, and whether the key is revoked."""


class Registry:
    """Agents and keys. `take` brings in what changed; used from one event loop."""

    def __init__(self, version: int, rows: Iterable[AgentRow], keys: Secrets) -> None:
        self.version = version
        self._rows: dict[str, AgentRow] = {}
        self._keys: dict[tuple[str, str], tuple[bytes, bool]] = {}
        self._hardware: dict[str, Hardware] = {}
        self._overlapping: dict[str, str] = {}
        """Agent with two live keys -> the newer one."""
        self._sighted_at: dict[str, float] = {}
        self._written_at: dict[tuple[str, str], float] = {}
        self._noted = Noted()
        self.take(version, rows, keys)

    def take(
        self, version: int, rows: Iterable[AgentRow], keys: Secrets
    ) -> tuple[AgentIdentity, ...]:
        """Bring in agents that changed, with all their keys; return who is enrolled no more."""
        self.version = version
        gone = []
        for row in rows:
            agent = row.identity.agent
            before = self._rows.get(agent)
            if before is not None:
                if before.is_enrolled and not (row.is_enrolled and row.identity == before.identity):
                    gone.append(before.identity)
                for key in before.keys:
                    self._keys.pop((agent, key.id), None)
            self._rows[agent] = row
            self._hardware[agent] = row.hardware
            self._noted.hardware.pop(agent, None)
            self._noted.outlived.pop(agent, None)
            live = row.live_keys
            self._overlapping.pop(agent, None)
            if len(live) > 1:
                self._overlapping[agent] = live[-1].id
            self._sighted_at.pop(agent, None)
            if row.clones:
                self._sighted_at[agent] = max(clone.last_at for clone in row.clones)
        self._keys.update(keys)
        for cached in ("rows", "enrolled", "pending"):
            self.__dict__.pop(cached, None)
        return tuple(gone)

    @cached_property
    def rows(self) -> tuple[AgentRow, ...]:
        """Every agent that ever held a key, by machine id."""
        return tuple(sorted(self._rows.values(), key=lambda row: row.identity.machine))

    @cached_property
    def enrolled(self) -> tuple[AgentIdentity, ...]:
        """Agents that may report, by machine id."""
        return tuple(row.identity for row in self.rows if row.is_enrolled)

    def identity(self, agent: str) -> AgentIdentity | None:
        """Return who an agent is, unless it is unknown, pending or revoked."""
        row = self._rows.get(agent)
        return row.identity if row is not None and row.is_enrolled else None

    def enrolled_at(self, agent: str) -> float:
        """Return when an agent that is known here enrolled, in Unix seconds."""
        return self._rows[agent].enrolled_at

    def credential(self, agent: str, key: str) -> Credential:
        """Return the key to verify with.

        Raises WireError: unknown_agent, unknown_key, revoked, pending.
        """
        row = self._rows.get(agent)
        if row is None:
            raise WireError("unknown_agent", "no such agent is enrolled here")
        if row.revoked_at is not None:
            raise WireError("revoked", "this agent was revoked")
        found = self._keys.get((agent, key))
        if found is None:
            raise WireError("unknown_key", "this agent has no such key")
        secret, is_revoked = found
        if is_revoked:
            raise WireError("revoked", "this key was revoked")
        if row.state != ACTIVE:
            raise WireError("pending", "this agent waits until somebody approves it")
        return Credential(row.identity, key, secret, row.former)

    def accept(self, credential: Credential, hardware: Hardware, at: float) -> None:
        """Take note of an authentic batch: from which machine, with which key.

        Raises WireError `clone_suspected` if it comes from another machine than the agent's, and
        as `credential` if the agent was revoked while the body was on its way.
        """
        agent = credential.identity.agent
        self.credential(agent, credential.key)
        if hardware:
            self._see(agent, hardware, at)
        if self._overlapping and self._overlapping.get(agent) == credential.key:
            self._outlive(agent, credential.key, at)

    def _see(self, agent: str, hardware: Hardware, at: float) -> None:
        known = self._hardware.get(agent, {})
        match compare(known, hardware):
            case Match.SAME:
                return
            case Match.CHANGED:
                merged = {**known, **hardware}
                self._hardware[agent] = self._noted.hardware[agent] = merged
            case Match.OTHER:
                self._sight(agent, hardware, at)
                raise WireError(
                    "clone_suspected",
                    "this key belongs to another machine: enrol this one by a token of its own;"
                    " if it is the same one repaired: govnet agents approve",
                )

    def _sight(self, agent: str, hardware: Hardware, at: float) -> None:
        self._sighted_at[agent] = at
        key = (agent, fingerprint(hardware))
        found = self._noted.sightings.get(key)
        if found is not None:
            found.last_at = at
            found.batches += 1
            return
        of_agent = sum(one == agent for one, _ in self._noted.sightings)
        if of_agent < MAX_CLONES and len(self._noted.sightings) < MAX_NOTED:
            self._noted.sightings[key] = Sighting(at, at, 1)

    def _outlive(self, agent: str, newest: str, at: float) -> None:
        """Revoke what is older than a key that its agent has shown to hold."""
        del self._overlapping[agent]
        row = self._rows[agent]
        outlived = {key.id for key in row.live_keys if key.id != newest}
        for key in outlived:
            self._keys[agent, key] = (b"", True)
        self._rows[agent] = msgspec.structs.replace(
            row,
            keys=tuple(
                msgspec.structs.replace(key, revoked_at=at) if key.id in outlived else key
                for key in row.keys
            ),
        )
        self.__dict__.pop("rows", None)
        self._noted.outlived[agent] = newest

    def take_noted(self, now: float) -> Noted:
        """Return what is to be written down now; sightings that go on only now and then."""
        if not self._noted:
            return self._noted
        later = {
            key: sighting
            for key, sighting in self._noted.sightings.items()
            if 0 <= now - self._written_at.get(key, -SIGHTING_SECONDS) < SIGHTING_SECONDS
        }
        due = {key: one for key, one in self._noted.sightings.items() if key not in later}
        if len(self._written_at) > MAX_NOTED:
            self._written_at.clear()
        self._written_at.update(dict.fromkeys(due, now))
        taken = Noted(self._noted.hardware, self._noted.outlived, due)
        self._noted = Noted(sightings=later)
        return taken

    def put_back(self, noted: Noted) -> None:
        """Keep what could not be written down for the next time."""
        self._noted.hardware = noted.hardware | self._noted.hardware
        self._noted.outlived = noted.outlived | self._noted.outlived
        self._noted.sightings = noted.sightings | self._noted.sightings

    def quarantined(self, now: float) -> int:
        """Return how many agents' keys were lately used by another machine."""
        return sum(
            now - at < QUARANTINE_SECONDS and self._rows[agent].is_enrolled
            for agent, at in self._sighted_at.items()
        )

    @cached_property
    def pending(self) -> int:
        """How many agents wait for somebody to approve them."""
        return sum(row.state == PENDING and row.revoked_at is None for row in self._rows.values())

    def renewals(self, now: float, key_days: float) -> dict[str, str]:
        """Return agent -> key for those whose key is to be replaced by now."""
        return {
            row.identity.agent: key
            for row in self.rows
            if row.is_enrolled and (key := _renewal(row, now, key_days))
        }


def _renewal(row: AgentRow, now: float, key_days: float) -> str:
    """Return the key to be replaced, "" for none.

    Of two it is the older one: an agent that lost the newer one before it could be written down
    is asked again, and one that has it knows that this is not meant for it any more.
    """
    live = row.live_keys
    if not live:
        return ""
    oldest = live[0]
    is_wanted = any(key.id == row.renew_key for key in live)
    is_time = row.renew_at is None or row.renew_at <= now
    spread_days = key_days / _SPREAD * share_of(row.identity.agent)
    is_old = now - oldest.created_at >= (key_days + spread_days) * _DAY_SECONDS
    return oldest.id if (is_wanted and is_time) or is_old else ""


def share_of(agent: str) -> float:
    """Return a number from 0 to 1 that is always the same for an agent: it spreads work."""
    return zlib.crc32(agent.encode()) / (1 << 32)
