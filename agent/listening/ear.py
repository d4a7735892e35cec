"""Notifications read by pysnmp's engine: its notification receiver (RFC 3413 §3.4), and no socket.

pysnmp judges communities, users, signatures and encryption. What it leaves to the application is
given back beside the values: with how much security a message came, and of which time of its
sender.
"""

from dataclasses import dataclass
from typing import Any

from pysnmp.entity.rfc3413.ntfrcv import NotificationReceiver
from pysnmp.proto import errind, rfc1905
from pysnmp.proto.api import verdec

from agent.probe.snmp_engine import MODELS, Engine, peer_address, security_level
from agent.probe.snmp_pdu import Missing, NotSnmpError, Oid, Value
from agent.probe.snmp_values import values_from
from govnet.settings import SnmpAccess

_WHY_NOT = {
    errind.UnknownCommunityName: "another community",
    errind.UnknownSecurityName: "another user",
    errind.AuthenticationFailure: "not signed with its key",
    errind.DecryptionError: "not encrypted with its key",
}


class Dropped(Exception):  # noqa: N818 - a result: this datagram does not count
    """A datagram that does not count; says why in a few fixed words."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a notification says, in the form of version 2 (RFC 3584 §3.1 for version 1).

    `boots` and `time` are its sender's, in version 3. An inform has an `answer` to be sent back.
    """

    values: tuple[tuple[Oid, Value | Missing], ...]
    boots: int = 0
    time: int = 0
    answer: bytes | None = None


class Ear:
    """One engine that hears notifications; used by one thread at a time."""

    def __init__(self) -> None:
        self._make()

    def _make(self) -> None:
        self._engine = Engine()
        NotificationReceiver(self._engine.snmp, self._heard)
        observe = self._engine.snmp.observer.register_observer
        observe(self._timed, "rfc3414.processIncomingMsg")
        observe(
            self._failed,
            "rfc2576.prepareDataElements:sm-failure",
            "rfc3412.prepareDataElements:sm-failure",
        )
        self._reset()

    def _reset(self) -> None:
        self._context: Any = None
        self._values: Any = ()
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
        if self._context is None:
            self._engine.tire()
            raise Dropped(self._reason)
        if bytes(self._context["securityName"]) != name.encode():
            raise Dropped("another community")
        missing = security_level(access) - int(self._context["securityLevel"])
        if missing > 0:
            encrypted_at_least = access.privacy and missing == 1
            raise Dropped("not encrypted" if encrypted_at_least else "not signed with its key")
        informs = self._context["pdu"].tagSet == rfc1905.InformRequestPDU.tagSet
        return Said(
            values_from(self._values),
            self._boots,
            self._time,
            sent[0] if informs and sent else None,
        )

    def _heard(self, snmp: Any, *said: Any) -> None:
        self._context = snmp.observer.get_execution_context("rfc3412.receiveMessage:request")
        self._values = said[3]

    def _timed(self, _snmp: Any, _point: str, said: Any, _context: Any) -> None:
        self._boots, self._time = int(said["snmpEngineBoots"]), int(said["snmpEngineTime"])

    def _failed(self, _snmp: Any, _point: str, said: Any, _context: Any) -> None:
        why = said["statusInformation"].get("errorIndication")
        self._reason = _WHY_NOT.get(type(why), self._reason)


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
