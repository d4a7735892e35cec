"""What a reflector remembers of senders, bounded: who is answered, how fast, and their counts.

Pure: every method is told the time. Whoever forges addresses can make it forget, never grow.
"""

from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TypeVar

from agent.listening.bucket import Bucket

SENDERS_LIMIT = 4096
"""Sessions and addresses that are remembered; the one heard of longest ago goes first."""
FORGET_AFTER_SECONDS = 60.0
"""A session that was silent for so long begins to count anew."""
PACKETS_PER_SECOND, BURST_PACKETS = 500.0, 1000.0
"""What one address may ask: ten trains at once from an office behind one address."""
ALL_PER_SECOND, ALL_BURST = 5000.0, 5000.0
"""What all of them together may ask: about a tenth of one core."""

_RESERVED_PORTS = 1024

K = TypeVar("K")
V = TypeVar("V")


class Refusal(StrEnum):
    """Why a packet is not answered: the values of the label `reason`."""

    SOURCE = "source"
    MALFORMED = "malformed"
    RATE = "rate"


@dataclass(slots=True)
class _Address:
    allowed: bool
    bucket: Bucket


@dataclass(slots=True)
class _Session:
    replies: int
    heard_at: float


class Senders:
    """Everybody who asks one reflector."""

    def __init__(
        self, own_port: int, networks: tuple[IPv4Network | IPv6Network, ...], now: float
    ) -> None:
        self._own_port = own_port
        self._networks = networks
        self._all = Bucket(ALL_BURST, now)
        self._addresses: OrderedDict[str, _Address] = OrderedDict()
        self._sessions: OrderedDict[tuple[str, int], _Session] = OrderedDict()

    def refuses(self, address: str, port: int, now: float) -> Refusal | None:
        """Return why a packet from there is not answered, or None.

        Never answered is a port below 1024 and the reflector's own: there sits a server, perhaps
        another reflector, that answers the answer, for ever.
        """
        known = self._addresses.get(address)
        if known is None:
            known = _Address(self._is_allowed(address), Bucket(BURST_PACKETS, now))
            _remember(self._addresses, address, known)
        else:
            self._addresses.move_to_end(address)
        if not known.allowed or port < _RESERVED_PORTS or port == self._own_port:
            return Refusal.SOURCE
        if not known.bucket.take(now, PACKETS_PER_SECOND, BURST_PACKETS):
            return Refusal.RATE
        return None if self._all.take(now, ALL_PER_SECOND, ALL_BURST) else Refusal.RATE

    def next_sequence(self, address: str, port: int, now: float) -> int:
        """Return the number of the next reply to a session, from 0 (RFC 8762 §4.3, stateful)."""
        key = (address, port)
        session = self._sessions.get(key)
        if session is None or now - session.heard_at > FORGET_AFTER_SECONDS:
            session = _Session(0, now)
            _remember(self._sessions, key, session)
        else:
            self._sessions.move_to_end(key)
        number = session.replies
        session.replies += 1
        session.heard_at = now
        return number % (1 << 32)

    def _is_allowed(self, address: str) -> bool:
        plain = ip_address(address.partition("%")[0])
        return any(plain in network for network in self._networks)


def _remember(table: OrderedDict[K, V], key: K, value: V) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > SENDERS_LIMIT:
        table.popitem(last=False)
