"""One UDP port at which a process receives the notifications of all its devices.

Whether this agent may open it has been asked before (`heard`). It answers nothing but informs of
version 2c from devices that it knows, with what they said (RFC 3416 §4.2.7).
"""

import errno
import ipaddress
import socket
import threading
from contextlib import suppress

from agent.clock import Clock
from agent.listening.bucket import Bucket
from agent.listening.ear import Dropped, Ear
from agent.listening.senders import LEAST_COST_BYTES, TOO_MANY, Sender
from govnet.errors import CheckError
from govnet.settings import SnmpAccess

_DATAGRAM_BYTES = 65535
_BYTES_PER_SECOND, _BURST_BYTES = 64 << 10, 512 << 10
"""What is read of all devices together: bursts of 2,000 notifications, and a fifth of a core for
good; the agent measures beside it."""
_FORGET_SECONDS = 86_400.0
"""Devices for which nobody has asked for a day are no longer ours."""


class Receiver:
    """The notifications that come to one port."""

    def __init__(self, sock: socket.socket, clock: Clock) -> None:
        self._sock = sock
        self._clock = clock
        self._lock = threading.Lock()
        self._senders: dict[str, Sender] = {}
        self._asked_at: dict[str, float] = {}
        self._closing = False
        self._failure: OSError | None = None
        self._ear = Ear()
        self._room = Bucket(_BURST_BYTES, clock.monotonic())
        self.strangers = 0
        """Datagrams from addresses that no settings name."""
        self._thread = threading.Thread(target=self._receive, name="notifications", daemon=True)
        self._thread.start()

    def follow(
        self, target: str, addresses: frozenset[str], access: SnmpAccess
    ) -> tuple[Sender, int]:
        """Let the device `target` count from now on; return what is known of it, and strangers.

        Under other addresses or another access its counters go on. Raises CheckError once the port
        has failed: silence would look like peace.
        """
        if self._failure is not None:
            raise CheckError(f"the port for notifications has failed: {self._failure}")
        now = self._clock.monotonic()
        with self._lock:
            sender = self._senders.get(target)
            if sender is None or (sender.addresses, sender.access) != (addresses, access):
                self._senders[target] = Sender.after(
                    sender, addresses, access, monotonic=self._clock.monotonic, ear=self._ear
                )
            self._asked_at[target] = now
            for each, asked_at in list(self._asked_at.items()):
                if now - asked_at > _FORGET_SECONDS:
                    del self._asked_at[each], self._senders[each]
            return self._senders[target], self.strangers

    def close(self) -> None:
        """Close the port."""
        self._closing = True
        with suppress(OSError), socket.socket(self._sock.family, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self._sock.getsockname())
        self._thread.join()
        self._sock.close()

    def _receive(self) -> None:
        while True:
            try:
                datagram, sender = self._sock.recvfrom(_DATAGRAM_BYTES)
            except ConnectionResetError:
                continue  # Windows: nobody was there any more for an acknowledgement.
            except OSError as exc:
                self._failure = exc
                return
            if self._closing:
                return
            answer = self._take(datagram, _plain(sender[0]))
            if answer is not None:
                with suppress(OSError):  # No way back: then the device sends it again.
                    self._sock.sendto(answer, sender)

    def _take(self, datagram: bytes, address: str) -> bytes | None:
        """Give a datagram to all devices at its address; return how to acknowledge it."""
        now = self._clock.time()
        with self._lock:
            known = [each for each in self._senders.values() if address in each.addresses]
            if not known:
                self.strangers += 1
            theirs = [each for each in known if each.has_room(datagram)]
            if theirs and not self._has_room(datagram):
                for each in theirs:
                    each.dropped[TOO_MANY] += 1
                return None
            answer = None
            for each in theirs:
                try:
                    answer = each.take(datagram, now).answer or answer
                except Dropped:
                    continue  # Counted there.
            return answer

    def _has_room(self, datagram: bytes) -> bool:
        cost = max(len(datagram), LEAST_COST_BYTES)
        return self._room.take(self._clock.monotonic(), _BYTES_PER_SECOND, _BURST_BYTES, cost)


def open_receiver(address: str, port: int, clock: Clock) -> Receiver:
    """Return a receiver at that address and UDP port. Raises CheckError if it cannot be opened."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.bind((address, port))
    except OSError as exc:
        sock.close()
        reason = _REASONS.get(exc.errno or 0, exc.strerror or str(exc))
        raise CheckError(f"UDP port {port} at {address} cannot be opened: {reason}") from exc
    return Receiver(sock, clock)


_REASONS = {
    errno.EACCES: "ports below 1024 need the right CAP_NET_BIND_SERVICE",
    errno.EADDRINUSE: "another program has it",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
}


def _plain(address: str) -> str:
    """Return an address as settings write it: IPv4 in its own form, without a zone."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return str(mapped or found)
