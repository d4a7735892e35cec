"""Fuzz target: bytes into everything that reads what devices say by SNMP, asked or not.

The first byte chooses the reader, the rest is its input. Each may refuse with the error that its
docstring names and with nothing else; what it accepts must be what SNMP can say.
"""

from collections.abc import Callable

from agent.listening import notification
from agent.listening.senders import Dropped, Sender
from agent.probe.snmp_keys import UserKeys, keys_for
from agent.probe.snmp_message import acknowledgement, decode_community, version_of
from agent.probe.snmp_pdu import MAX_VALUE_BYTES, NotSnmpError, Pdu
from agent.probe.snmp_v3 import content, is_signed, unpack
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
ENGINE_ID = b"\x80\x00\x1f\x88\x80\xa1\xb2\xc3\xd4"
KEYS = keys_for(USER, ENGINE_ID)
NOBODY = UserKeys("", b"", b"")


def feed(data: bytes) -> None:
    """Give one input to one reader."""
    if data:
        _READERS[data[0] % len(_READERS)](data[1:])


def _answer(data: bytes) -> None:
    try:
        assert version_of(data) < 256  # noqa: PLR2004 - one byte
        _, _, pdu = decode_community(data)
    except NotSnmpError:
        return
    _sayable(pdu)
    assert decode_community(acknowledgement(data))[2].kind == "response" or pdu.kind == "trap_v1"


def _answer_of_version_3(data: bytes) -> None:
    try:
        envelope = unpack(data)
        assert not is_signed(data, envelope, KEYS)
        _sayable(content(envelope, KEYS))
    except NotSnmpError:
        return


def _notification(access: SnmpAccess) -> Callable[[bytes], None]:
    sender = Sender(frozenset(("192.0.2.1",)), access, lambda: 0.0)

    def take(data: bytes) -> None:
        try:
            pdu = sender.take(data, 1.0)
        except Dropped:
            return
        assert access is COMMUNITY
        assert notification.read(pdu).kind in notification.KINDS
        _sayable(pdu)

    return take


def _sayable(pdu: Pdu) -> None:
    for oid, value in pdu.values:
        assert len(oid) <= 128  # noqa: PLR2004 - RFC 2578
        assert all(0 <= arc < 1 << 32 for arc in oid)
        if isinstance(value, bytes):
            assert len(value) <= MAX_VALUE_BYTES


_READERS: tuple[Callable[[bytes], None], ...] = (
    _answer,
    _answer_of_version_3,
    _notification(COMMUNITY),
    _notification(USER),
)
