"""Versions 1 and 2c: a community in clear text is all the security there is (RFC 1157, 1901)."""

from agent.probe.snmp_message import VERSIONS, decode_community, encode_question
from agent.probe.snmp_pdu import NotSnmpError, Pdu, Question
from govnet.settings import SnmpAccess


class CommunitySecurity:
    """Wraps questions of version 1 or 2c and unwraps the answers."""

    __slots__ = ("_access",)

    def __init__(self, access: SnmpAccess) -> None:
        self._access = access

    def seal(self, question: Question) -> bytes:
        """Return the message that asks it."""
        community = self._access.community.reveal()
        return encode_question(self._access.version, community, question)

    def open(self, datagram: bytes) -> Pdu:
        """Return what a datagram says. Raises NotSnmpError for what is no answer to us."""
        version, _community, pdu = decode_community(datagram)
        # The community of an answer proves nothing: whoever saw the question knows it.
        if version != VERSIONS[self._access.version]:
            raise NotSnmpError("a message of another SNMP version")
        return pdu

    def give_up(self) -> None:
        """Forget what was learnt of the device: with these versions, nothing is."""
