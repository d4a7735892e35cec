"""Who may notify, how a notification is believed, and what was heard of whom.

Only devices that the settings name count, each from its own address and by its own community or
user; everything else is dropped and counted. Anybody may write a sender's address on a datagram,
and a port that flaps sends thousands, so what costs time is bounded: keys for an engine id that was
never heard of are made once a second, and of one address so much is read and no more.
"""

import hmac
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.listening.bucket import Bucket
from agent.listening.notification import Notification, read
from agent.probe.snmp_keys import UserKeys, keys_for
from agent.probe.snmp_message import VERSIONS, decode_community, version_of
from agent.probe.snmp_pdu import NotSnmpError, Pdu
from agent.probe.snmp_v3 import ENCRYPTED, Engine, Envelope, content, is_signed, unpack
from govnet.settings import SnmpAccess

_ENGINES_LIMIT = 4
_NEW_ENGINE_SECONDS = 1.0
_TIME_WINDOW_SECONDS = 150  # RFC 3414 §2.2.3.
LEAST_COST_BYTES = 256
"""What a datagram costs at least: reading the shortest takes half a millisecond."""
_BYTES_PER_SECOND, _BURST_BYTES = 16 << 10, 64 << 10
"""What is read of one device: bursts of 256 notifications, 64 a second for good."""
_NOTIFICATIONS = ("trap", "trap_v1", "inform")


TOO_MANY = "too many at once"
"""Why a datagram is not even read."""


class Dropped(Exception):  # noqa: N818 - a result: this datagram does not count
    """A datagram that does not count; says why in a few fixed words."""


@dataclass(slots=True)
class _Engine:
    """An engine that has proven to have the user's keys, and its newest time."""

    keys: UserKeys
    boots: int
    time: int
    heard_at: float


@dataclass(slots=True)
class Sender:
    """One device that may notify; all but `heard` is for the receiving thread."""

    addresses: frozenset[str]
    access: SnmpAccess
    monotonic: Callable[[], float]
    counts: Counter[str] = field(default_factory=Counter)
    newest: dict[str, float] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)
    _engines: dict[bytes, _Engine] = field(default_factory=dict)
    _new_engine_at: float | None = None
    _room: Bucket = field(init=False)

    def __post_init__(self) -> None:
        self._room = Bucket(_BURST_BYTES, self.monotonic())

    @classmethod
    def after(
        cls,
        known: "Sender | None",
        addresses: frozenset[str],
        access: SnmpAccess,
        *,
        monotonic: Callable[[], float],
    ) -> "Sender":
        """Return a sender; of one that was known under other settings, the counters go on."""
        if known is None:
            return cls(addresses, access, monotonic)
        return cls(addresses, access, monotonic, known.counts, known.newest, known.dropped)

    def has_room(self, datagram: bytes) -> bool:
        """Whether a datagram may be read; counted if not."""
        cost = max(len(datagram), LEAST_COST_BYTES)
        if self._room.take(self.monotonic(), _BYTES_PER_SECOND, _BURST_BYTES, cost):
            return True
        self.dropped[TOO_MANY] += 1
        return False

    def take(self, datagram: bytes, now: float) -> Pdu:
        """Count a datagram from the device's address that came at `now` (Unix seconds).

        Returns what it says. Raises Dropped, which is counted as well.
        """
        try:
            pdu = self._believe(datagram)
        except NotSnmpError:
            self.dropped["no SNMP"] += 1
            raise Dropped("no SNMP") from None
        except Dropped as exc:
            self.dropped[str(exc)] += 1
            raise
        notification: Notification = read(pdu)
        self.counts[notification.kind] += 1
        self.newest[notification.kind] = max(now, self.newest.get(notification.kind, 0.0))
        return pdu

    def _believe(self, datagram: bytes) -> Pdu:
        """Return a notification that the device vouches for."""
        pdu = self._content(datagram)
        if pdu.kind not in _NOTIFICATIONS:
            raise Dropped("no notification")
        return pdu

    def _content(self, datagram: bytes) -> Pdu:
        version = version_of(datagram)
        if (version == VERSIONS["3"]) != (self.access.version == "3"):
            raise Dropped("another version")
        if version == VERSIONS["3"]:
            return self._believe_user(datagram)
        _, community, pdu = decode_community(datagram)
        if not hmac.compare_digest(community, self.access.community.reveal().encode()):
            raise Dropped("another community")
        return pdu

    def _believe_user(self, datagram: bytes) -> Pdu:
        envelope = unpack(datagram)
        if envelope.user != self.access.user.encode():
            raise Dropped("another user")
        if self.access.privacy and not envelope.flags & ENCRYPTED:
            raise Dropped("not encrypted")
        if not self.access.authentication:
            return content(envelope, UserKeys("", b"", b""))
        known = self._engines.get(envelope.engine.engine_id)
        keys = known.keys if known else self._keys_of(envelope.engine)
        if not is_signed(datagram, envelope, keys):
            raise Dropped("not signed with its key")
        pdu = content(envelope, keys)
        self._keep_time(envelope, keys, known)
        return pdu

    def _keys_of(self, engine: Engine) -> UserKeys:
        """Make the keys for an engine id that was never heard of: some ms of hashing."""
        now = self.monotonic()
        if self._new_engine_at is not None and now - self._new_engine_at < _NEW_ENGINE_SECONDS:
            raise Dropped("too many engine ids")
        self._new_engine_at = now
        return keys_for(self.access, engine.engine_id)

    def _keep_time(self, envelope: Envelope, keys: UserKeys, known: _Engine | None) -> None:
        """Refuse what was said before (RFC 3414 §3.2, 7b), and keep the engine's newest time."""
        engine, now = envelope.engine, self.monotonic()
        if known is not None:
            expected = known.time + int(now - known.heard_at)
            if engine.boots < known.boots or (
                engine.boots == known.boots and engine.time < expected - _TIME_WINDOW_SECONDS
            ):
                raise Dropped("from the past")
            if (engine.boots, engine.time) <= (known.boots, known.time):
                return
        while known is None and len(self._engines) >= _ENGINES_LIMIT:
            del self._engines[next(iter(self._engines))]
        self._engines[engine.engine_id] = _Engine(keys, engine.boots, engine.time, now)
