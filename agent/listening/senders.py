"""Who may notify, how a notification is believed, and what was heard of whom.

Only devices that the settings name count, each from its own address and by its own community or
user; everything else is dropped and counted. Anybody may write a sender's address on a datagram,
and a port that flaps sends thousands, so what costs time is bounded: keys for an engine id that was
never heard of are made once a second, and of one address so much is read and no more.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from agent.listening.bucket import Bucket
from agent.listening.ear import Dropped, Ear, Said, version_of
from agent.listening.notification import read
from agent.probe.snmp.pdu import NotSnmpError
from govnet.settings import SnmpAccess

_ENGINES_LIMIT = 4
_ENGINE_ID_BYTES = range(5, 33)  # RFC 3411 §5.
_NEW_ENGINE_SECONDS = 1.0
_TIME_WINDOW_SECONDS = 150  # RFC 3414 §2.2.3.
LEAST_COST_BYTES = 256
"""What a datagram costs at least: reading the shortest takes half a millisecond."""
_BYTES_PER_SECOND, _BURST_BYTES = 16 << 10, 64 << 10
"""What is read of one device: bursts of 256 notifications, 64 a second for good."""
TOO_MANY = "too many at once"
"""Why a datagram is not even read."""


@dataclass(frozen=True, slots=True)
class _Engine:
    """The newest time of an engine that has proven to have the user's keys."""

    boots: int
    time: int
    heard_at: float


@dataclass(slots=True)
class Sender:
    """One device that may notify; all but `heard` is for the receiving thread."""

    addresses: frozenset[str]
    access: SnmpAccess
    monotonic: Callable[[], float]
    ear: Ear
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
        ear: Ear,
    ) -> "Sender":
        """Return a sender; of one that was known under other settings, the counters go on."""
        if known is None:
            return cls(addresses, access, monotonic, ear)
        return cls(addresses, access, monotonic, ear, known.counts, known.newest, known.dropped)

    def has_room(self, datagram: bytes) -> bool:
        """Whether a datagram may be read; counted if not."""
        cost = max(len(datagram), LEAST_COST_BYTES)
        if self._room.take(self.monotonic(), _BYTES_PER_SECOND, _BURST_BYTES, cost):
            return True
        self.dropped[TOO_MANY] += 1
        return False

    def take(self, datagram: bytes, now: float) -> Said:
        """Count a datagram from the device's address that came at `now` (Unix seconds).

        Returns what it says. Raises Dropped, which is counted as well.
        """
        try:
            said = self._believe(datagram)
        except NotSnmpError:
            self.dropped["no SNMP"] += 1
            raise Dropped("no SNMP") from None
        except Dropped as exc:
            self.dropped[str(exc)] += 1
            raise
        kind = read(said.values).kind
        self.counts[kind] += 1
        self.newest[kind] = max(now, self.newest.get(kind, 0.0))
        return said

    def _believe(self, datagram: bytes) -> Said:
        """Return a notification that the device vouches for."""
        version = version_of(datagram)
        if (version == "3") != (self.access.version == "3"):
            raise Dropped("another version")
        if version != "3":
            return self.ear.hear(datagram, self.access, b"")
        engine_id, user = self.ear.signature(datagram)
        if user != self.access.user:
            raise Dropped("another user")
        if len(engine_id) not in _ENGINE_ID_BYTES:
            raise NotSnmpError("an engine id that is none")
        if engine_id not in self._engines:
            self._meet()
        said = self.ear.hear(datagram, self.access, engine_id)
        self._keep_time(engine_id, said)
        return said

    def _meet(self) -> None:
        """Allow the keys for an engine id that was never heard of to be made: some ms of work."""
        now = self.monotonic()
        if self._new_engine_at is not None and now - self._new_engine_at < _NEW_ENGINE_SECONDS:
            raise Dropped("too many engine ids")
        self._new_engine_at = now

    def _keep_time(self, engine_id: bytes, said: Said) -> None:
        """Refuse what was said before (RFC 3414 §3.2, 7b), and keep the engine's newest time.

        pysnmp 7.1 takes a message's own time for the engine's before it compares the two.
        """
        known, now = self._engines.get(engine_id), self.monotonic()
        if known is not None and self.access.authentication:
            expected = known.time + int(now - known.heard_at)
            if said.boots < known.boots or (
                said.boots == known.boots and said.time < expected - _TIME_WINDOW_SECONDS
            ):
                raise Dropped("from the past")
            if (said.boots, said.time) <= (known.boots, known.time):
                return
        while known is None and len(self._engines) >= _ENGINES_LIMIT:
            del self._engines[next(iter(self._engines))]
        self._engines[engine_id] = _Engine(said.boots, said.time, now)
