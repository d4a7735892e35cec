"""Questions and answers with one device: sending again, ICMP refusals, what is no answer to us.

The socket is not connected, so that an answer from another address is seen and told; Linux is asked
to report ICMP errors all the same.
"""

import socket
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from agent.probe.deadline import Deadline
from agent.probe.outcome import Outcome, PeerError
from agent.probe.resolve import Endpoint, resolve
from agent.probe.snmp.access import check_access
from agent.probe.snmp.pdu import NotForUsError, NotSnmpError, Pdu, Question
from agent.probe.snmp.peer import AskAgain, Peer
from agent.probe.snmp.refusal import Refusal
from agent.probe.trace import Trace
from agent.probe.udp import check_strays, receive_from
from govnet.errors import CheckError
from govnet.settings import SnmpAccess

_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 1.0, 4.0
"""A question is sent again after 1, 2, 4, 4 … s while the time lasts."""

_ASK_AGAIN_LIMIT = 4
"""How often one question is sealed anew because the device said who it is or what its time is."""
_DEVICES_LIMIT = 4096
_USERS_LIMIT = 4
"""Of how many devices, and of how many users of one device, something is kept."""


@dataclass(slots=True)
class _Device:
    """What is kept of a device between two runs: whose turn it is, and what was learnt of it."""

    address: str
    lock: threading.Lock = field(default_factory=threading.Lock)
    peers: dict[SnmpAccess, Peer] = field(default_factory=dict)

    def peer(self, access: SnmpAccess) -> Peer:
        """Return what makes and reads messages; call it while holding the lock."""
        if access not in self.peers:
            while len(self.peers) >= _USERS_LIMIT:
                del self.peers[next(iter(self.peers))]
            self.peers[access] = Peer(access, self.address)
        return self.peers[access]


_devices: OrderedDict[tuple[str, int], _Device] = OrderedDict()
_devices_lock = threading.Lock()


def _device(endpoint: Endpoint) -> _Device:
    """Return what is kept of the device behind an address."""
    key = (endpoint.address, endpoint.sockaddr[1])
    with _devices_lock:
        device = _devices.setdefault(key, _Device(endpoint.address))
        _devices.move_to_end(key)
        while len(_devices) > _DEVICES_LIMIT:
            _devices.popitem(last=False)
        return device


class Exchange:
    """An open conversation with one device; one question at a time."""

    def __init__(
        self,
        *,
        sock: socket.socket,
        endpoint: Endpoint,
        peer: Peer,
        deadline: Deadline,
        trace: Trace,
    ) -> None:
        self._sock = sock
        self._endpoint = endpoint
        self._peer = peer
        self._deadline = deadline
        self._trace = trace
        self._strays = 0
        self._foreign = 0
        self._malformed = 0
        self._introduced = False
        self.answers = 0
        """Questions that were answered."""
        self.rtt_seconds: float | None = None
        """From the last sending of the first question to its answer."""
        self.sendings = 0
        """How often the last question was sent."""

    def ask(self, question: Question) -> Pdu:
        """Send a question until its answer is there.

        Raises PeerError, TimeoutError and other OSErrors as findings, CheckError if it cannot be
        sent from here.
        """
        self._strays = 0
        self.sendings = 0
        asked_again = 0
        wait_seconds = _FIRST_WAIT_SECONDS
        sent_at = self._send(question)
        while True:
            until_again = sent_at + wait_seconds - self._deadline.now()
            if until_again <= 0:
                self._deadline.remaining_seconds()
                self._trace(f"no answer in {wait_seconds:g} s; asking again")
                wait_seconds = min(2 * wait_seconds, _LONGEST_WAIT_SECONDS)
                sent_at = self._send(question)
                continue
            self._sock.settimeout(min(until_again, self._deadline.remaining_seconds()))
            try:
                pdu = self._receive()
            except TimeoutError:
                continue  # Either it is time to send again, or the deadline will say so.
            except AskAgain as exc:
                asked_again += 1
                if asked_again > _ASK_AGAIN_LIMIT:
                    raise PeerError(
                        Outcome.MALFORMED, "the device keeps changing its engine id or time"
                    ) from exc
                self._introduced = True
                self._trace(str(exc))
                sent_at = self._send(question)
                continue
            if pdu is not None:
                self.answers += 1
                if self.rtt_seconds is None:
                    self.rtt_seconds = self._deadline.now() - sent_at
                return pdu

    def silence(self) -> tuple[Outcome, str]:
        """Return what it means that the time is over without an answer, in words as well."""
        if self._malformed:
            return Outcome.MALFORMED, f"{self._malformed} answers came that are no SNMP"
        if self._foreign:
            text = f"no answer from this address, {self._foreign} from another one"
        elif self.answers:
            text = f"silent after {self.answers} answers"
        elif self._introduced:
            text = Refusal.INTRODUCED
        else:
            text = Refusal.AWAY
        if not self.answers:
            self._peer.give_up()
        return Outcome.TIMEOUT, text

    def _send(self, question: Question) -> float:
        message = self._peer.seal(question)
        sent_at = self._deadline.now()
        self._sock.sendto(message, self._endpoint.sockaddr)
        self.sendings += 1
        return sent_at

    def _receive(self) -> Pdu | None:
        """Wait for one datagram; return the answer, None if it is something else."""
        datagram, sender = receive_from(self._sock)
        self._strays += 1
        check_strays(self._strays)
        if not _same(sender, self._endpoint):
            self._foreign += 1
            self._trace(f"an answer from {sender[0]} port {sender[1]}, who was not asked; ignored")
            return None
        try:
            return self._peer.open(datagram)
        except NotForUsError as exc:
            self._trace(f"{exc}; ignored")
            return None
        except NotSnmpError as exc:
            self._malformed += 1
            self._trace(f"a datagram of {len(datagram)} bytes is no answer to us: {exc}")
        return None


def _same(sender: tuple[str, int], endpoint: Endpoint) -> bool:
    """Whether a datagram came from where the question went; a zone is written in two ways."""
    asked = endpoint.address.partition("%")[0]
    return sender[0].partition("%")[0] == asked and sender[1] == endpoint.sockaddr[1]


@contextmanager
def exchange(host: str, access: SnmpAccess, deadline: Deadline, trace: Trace) -> Iterator[Exchange]:
    """Resolve, wait for one's turn with the device, and open a socket of one's own.

    Raises OSErrors that are findings, CheckError when this machine could not ask.
    """
    check_access(access)
    endpoint = resolve(host, access.port, timeout_seconds=deadline.remaining_seconds())[0]
    device = _device(endpoint)
    if not device.lock.acquire(timeout=deadline.remaining_seconds()):
        raise CheckError("another question to it was under way all the time")
    try:
        with socket.socket(endpoint.family, socket.SOCK_DGRAM) as sock:
            if sys.platform == "linux":
                _report_icmp(sock, endpoint)
            trace(f"asking {endpoint.address} port {access.port} by SNMP version {access.version}")
            peer = device.peer(access)
            try:
                yield Exchange(
                    sock=sock, endpoint=endpoint, peer=peer, deadline=deadline, trace=trace
                )
            finally:
                peer.forget()
    finally:
        device.lock.release()


def _report_icmp(sock: socket.socket, endpoint: Endpoint) -> None:
    """Let a closed port or a missing way be told at once (IP_RECVERR of ip(7))."""
    if endpoint.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, 25, 1)  # IPV6_RECVERR, which the module lacks.
    else:
        sock.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR, which the module lacks.
