"""Fuzz target: bytes into everything that reads what devices say by SNMP, asked or not.

The first byte chooses the reader, the rest is its input. Each may refuse with the error that its
docstring names and with nothing else; what it accepts must be what SNMP can say.
"""

from collections.abc import Callable

from agent.listening import notification
from agent.listening.ear import Dropped, Ear
from agent.listening.senders import Sender
from agent.probe.outcome import PeerError
from agent.probe.snmp.pdu import MAX_VALUE_BYTES, NotSnmpError, Question, Values
from agent.probe.snmp.peer import AskAgain, Peer
from govnet.catalogue import TRAPS
from govnet.settings import Secret, SnmpAccess

COMMUNITY = SnmpAccess(community=Secret("public"))
USER = SnmpAccess(
    version="3",
    user="u",
    authentication="sha256",
    authentication_key=Secret("authentication-key"),
    privacy="aes128",
    privacy_key=Secret("privacy-key"),
)
QUESTION = ((1, 3, 6, 1, 2, 1, 1, 5, 0),)


def feed(data: bytes) -> None:
    """Give one input to one reader."""
    if data:
        _READERS[data[0] % len(_READERS)](data[1:])


def _answer(access: SnmpAccess) -> Callable[[bytes], None]:
    peer = Peer(access, "192.0.2.1")

    def take(data: bytes) -> None:
        peer.seal(Question("get", QUESTION))
        try:
            pdu = peer.open(data)
        except (NotSnmpError, AskAgain, PeerError):
            return
        assert access is COMMUNITY
        _sayable(pdu.values)

    return take


def _values(data: bytes) -> None:
    """Give values to the reader of answers, in a message that is in order otherwise."""
    peer = Peer(COMMUNITY, "192.0.2.1")
    asked = peer.seal(Question("get", QUESTION))
    start = asked.index(b"\xa0") + 2
    request_id = asked[start : start + 2 + asked[start + 1]]
    body = request_id + b"\x02\x01\x00\x02\x01\x00" + _tlv(0x30, data)
    message = b"\x02\x01\x01\x04\x06public" + _tlv(0xA2, body)
    try:
        pdu = peer.open(_tlv(0x30, message))
    except NotSnmpError:
        return
    finally:
        peer.forget()
    _sayable(pdu.values)


def _tlv(tag: int, content: bytes) -> bytes:
    return bytes([tag, 0x83]) + len(content).to_bytes(3, "big") + content


def _notification(access: SnmpAccess) -> Callable[[bytes], None]:
    sender = Sender(frozenset(("192.0.2.1",)), access, lambda: 0.0, _EAR)

    def take(data: bytes) -> None:
        try:
            said = sender.take(data, 1.0)
        except Dropped:
            return
        assert access is COMMUNITY
        assert notification.read(said.values).kind in TRAPS
        _sayable(said.values)

    return take


def _sayable(values: Values) -> None:
    for oid, value in values:
        assert len(oid) <= 128  # noqa: PLR2004 - RFC 2578
        assert all(0 <= arc < 1 << 32 for arc in oid)
        if isinstance(value, bytes):
            assert len(value) <= MAX_VALUE_BYTES


_EAR = Ear()
_READERS: tuple[Callable[[bytes], None], ...] = (
    _answer(COMMUNITY),
    _answer(USER),
    _notification(COMMUNITY),
    _notification(USER),
    _values,
)
