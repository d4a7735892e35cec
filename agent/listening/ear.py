"""Notifications read by pysnmp's engine, and no socket: a notification receiver (RFC 3413 §3.4).

pysnmp judges communities, users, signatures and encryption. What it leaves to the application is
given back beside the values: with how much security a message came, and of which time of its
sender.
"""

from dataclasses import dataclass
from typing import Any

from pysnmp.proto import errind, rfc1157, rfc1905
from pysnmp.proto.api import verdec

from agent.probe.snmp.engine import MODELS, Engine, peer_address, security_level
from agent.probe.snmp.pdu import NotSnmpError, Oid, Values, oid_text
from agent.probe.snmp.values import oid_from, readable, values_from
from govnet.settings import SnmpAccess

_WHY_NOT = {
    errind.UnknownCommunityName: "another community",
    errind.UnknownSecurityName: "another user",
    errind.AuthenticationFailure: "not signed with its key",
    errind.DecryptionError: "not encrypted with its key",
}

_NOTIFICATIONS = (rfc1157.TrapPDU, rfc1905.SNMPv2TrapPDU, rfc1905.InformRequestPDU)
_TRAP_OID: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
_GENERIC: Oid = (1, 3, 6, 1, 6, 3, 1, 1, 5)
_ENTERPRISE_SPECIFIC = 6


class Dropped(Exception):  # noqa: N818 - a result: this datagram does not count
    """A datagram that does not count; says why in a few fixed words."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a notification says, in the form of version 2 (RFC 3584 §3.1 for version 1).

    `boots` and `time` are its sender's, in version 3. An inform has an `answer` to be sent back.
    """

    values: Values
    boots: int = 0
    time: int = 0
    answer: bytes | None = None


class Ear:
    """One engine that hears notifications; used by one thread at a time."""

    def __init__(self) -> None:
        self._make()

    def _make(self) -> None:
        self._engine = Engine()
        self._engine.snmp.message_dispatcher.register_context_engine_id(
            b"", [kind.tagSet for kind in _NOTIFICATIONS], self._heard
        )
        observe = self._engine.snmp.observer.register_observer
        observe(self._timed, "rfc3414.processIncomingMsg")
        observe(
            self._failed,
            "rfc2576.prepareDataElements:sm-failure",
            "rfc3412.prepareDataElements:sm-failure",
        )
        self._reset()

    def _reset(self) -> None:
        self._name, self._level = b"", 0
        self._pdu: Any = None
        self._reason = "no notification"
        self._boots = self._time = 0

    def signature(self, datagram: bytes) -> tuple[bytes, str]:
        """Return engine id and user that a message of version 3 names. Raises NotSnmpError."""
        return self._engine.signature(datagram)

    def hear(self, datagram: bytes, access: SnmpAccess, engine_id: bytes) -> Said:
        """Return what a datagram says; `engine_id` is its sender's (of `signature`).

        Raises Dropped for one that the holder of `access` does not vouch for, NotSnmpError.
        """
        if self._engine.worn:
            self._make()
        name = access.user
        if access.version == "3":
            self._engine.know_user(engine_id, access)
        else:
            name = self._engine.know_community(access.community.reveal())
        self._reset()
        sent = self._engine.take(peer_address("", 0), datagram)
        if self._pdu is None:
            self._engine.tire()
            raise Dropped(self._reason)
        if self._name != name.encode():
            raise Dropped("another community")
        missing = security_level(access) - self._level
        if missing > 0:
            signed = access.privacy and missing == 1
            raise Dropped("not encrypted" if signed else "not signed with its key")
        with readable():
            values = _values(self._pdu)
        return Said(values, self._boots, self._time, sent[0] if sent else None)

    def _heard(self, snmp: Any, *said: Any) -> None:
        """Take a notification that the engine believes (RFC 3412 §4.2.2, processPdu)."""
        name, level, self._pdu = said[2], said[3], said[7]
        self._name, self._level = bytes(name), int(level)
        if self._pdu.tagSet == rfc1905.InformRequestPDU.tagSet:
            answer = rfc1905.ResponsePDU().clone(componentType=self._pdu.componentType)
            answer[0], answer[1], answer[2], answer[3] = self._pdu[0], 0, 0, self._pdu[3]
            snmp.message_dispatcher.return_response_pdu(snmp, *said[:7], answer, *said[8:10], {})

    def _timed(self, _snmp: Any, _point: str, said: Any, _context: Any) -> None:
        self._boots, self._time = int(said["snmpEngineBoots"]), int(said["snmpEngineTime"])

    def _failed(self, _snmp: Any, _point: str, said: Any, _context: Any) -> None:
        why = said["statusInformation"].get("errorIndication")
        self._reason = _WHY_NOT.get(type(why), self._reason)


def _values(pdu: Any) -> Values:
    """Return a notification's values; one of version 1 is given its name (RFC 3584 §3.1)."""
    if pdu.tagSet != rfc1157.TrapPDU.tagSet:
        return values_from(pdu[3])
    enterprise, generic, specific = oid_from(pdu[0]), int(pdu[2]), int(pdu[3])
    name = (
        (*enterprise, 0, specific) if generic == _ENTERPRISE_SPECIFIC else (*_GENERIC, generic + 1)
    )
    return ((_TRAP_OID, oid_text(name)), *values_from(pdu[5]))


def version_of(datagram: bytes) -> str:
    """Return the version as settings name it. Raises NotSnmpError."""
    try:
        model = int(verdec.decode_message_version(datagram))
    except Exception as exc:
        # pysnmp and pyasn1 let errors of any kind out for malformed bytes.
        raise NotSnmpError("not a message of SNMP") from exc
    for version, each in MODELS.items():
        if each == model:
            return version
    raise NotSnmpError("not a version of SNMP")
