"""pysnmp's engine (RFC 3411), as messages in and out: it makes, reads, signs and encrypts them.

The engine opens no socket here: what it would send is handed to the caller, and the caller gives it
what came. So the agent's own threads wait, and a closed port or a stranger's datagram is seen where
it arrives. One engine serves all devices of the process, one thread at a time.
"""

import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

from pyasn1.codec.ber import decoder
from pysnmp.carrier.base import AbstractTransportDispatcher
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.proto import api, rfc1902
from pysnmp.proto.secmod.rfc3414.service import UsmSecurityParameters

from agent.probe.snmp.pdu import NotSnmpError, Question
from agent.probe.snmp.values import be_tolerant
from govnet.settings import SnmpAccess

MODELS = {"1": 0, "2c": 1, "3": 3}
"""What stands for a version in a message, and chooses pysnmp's message processing model."""
_SECURITY_MODELS = {"1": 1, "2c": 2, "3": 3}

_AUTHENTICATION = {
    "": config.USM_AUTH_NONE,
    "sha": config.USM_AUTH_HMAC96_SHA,
    "sha224": config.USM_AUTH_HMAC128_SHA224,
    "sha256": config.USM_AUTH_HMAC192_SHA256,
    "sha384": config.USM_AUTH_HMAC256_SHA384,
    "sha512": config.USM_AUTH_HMAC384_SHA512,
}
_PRIVACY = {
    "": config.USM_PRIV_NONE,
    "aes128": config.USM_PRIV_CFB128_AES,
    "aes192": config.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "aes256": config.USM_PRIV_CFB256_AES_BLUMENTHAL,
}
_PRIVACY_OF_OTHERS = _PRIVACY | {
    "aes192": config.USM_PRIV_CFB192_AES,
    "aes256": config.USM_PRIV_CFB256_AES,
}
"""Keys of AES-192 and AES-256 are stretched by the draft of Blumenthal (net-snmp), or by that of
Reeder (Cisco and others)."""

_QUESTIONS = {
    "get": "GetRequestPDU",
    "get_next": "GetNextRequestPDU",
    "get_bulk": "GetBulkRequestPDU",
}
_UDP = (1, 3, 6, 1, 6, 1, 1)
"""snmpUDPDomain (RFC 3417); a peer that must be learnt anew gets another number after it."""
_TICK_SECONDS = 10.0
_NEVER = 1e12
_WORN_AFTER = 5000

Heard = Callable[[Any, Any], None]
"""Is given the answer, or else the report that came instead of it."""


class Engine:
    """One SNMP engine, and what it was told of users and communities."""

    def __init__(self) -> None:
        self.lock = Lock()
        """Whoever shares the engine holds it while calling a method."""
        self.snmp = SnmpEngine()
        be_tolerant(self.snmp)
        self._outbox = _Outbox()
        self._outbox.set_timer_resolution(_TICK_SECONDS)
        self.snmp.register_transport_dispatcher(self._outbox)
        (self._parse_errors,) = self.snmp.get_mib_builder().import_symbols(
            "__SNMPv2-MIB", "snmpInASNParseErrs"
        )
        self._users: dict[tuple[bytes, str], tuple[Any, ...]] = {}
        self._communities: dict[str, str] = {}
        self._wear = 0

    @property
    def worn(self) -> bool:
        """Whether it is time for a new one.

        pysnmp keeps a little of each version 3 message that it cannot use, and each user for good.
        """
        return self._wear > _WORN_AFTER

    def engine_id(self, peer: "PeerAddress") -> bytes:
        """Return the engine id of a peer; empty while it is not known."""
        found, _, _ = self.snmp.message_processing_subsystems[3].get_peer_engine_info(*peer)
        return b"" if found is None else bytes(found)

    def know_user(self, engine_id: bytes, access: SnmpAccess, *, of_others: bool = False) -> None:
        """Have the user's keys with that engine, whoever had the name there before."""
        authentication = _AUTHENTICATION[access.authentication]
        privacy = (_PRIVACY_OF_OTHERS if of_others else _PRIVACY)[access.privacy]
        secret = access.authentication_key.reveal() if access.authentication else ""
        private = access.privacy_key.reveal() if access.privacy else ""
        place, keys = (engine_id, access.user), (authentication, secret, privacy, private)
        if self._users.get(place) == keys:
            return
        self._wear += 1
        config.add_v3_user(
            self.snmp,
            access.user.encode(),
            authentication,
            _master_key(authentication, secret),
            privacy,
            _master_private_key(privacy, authentication, private),
            securityEngineId=rfc1902.OctetString(engine_id),
            authKeyType=config.USM_KEY_TYPE_MASTER,
            privKeyType=config.USM_KEY_TYPE_MASTER,
        )
        self._users[place] = keys

    def know_community(self, community: str) -> str:
        """Have a community; return the name that stands for it in the engine."""
        if community not in self._communities:
            self._wear += 1
            name = f"c{len(self._communities)}"
            config.add_v1_system(self.snmp, name, community.encode(), securityName=name)
            self._communities[community] = name
        return self._communities[community]

    def ask(
        self, peer: "PeerAddress", access: SnmpAccess, question: Question, heard: Heard
    ) -> tuple[int, bytes]:
        """Return a handle and the message that asks; of an unknown version 3 peer, who it is."""
        model = MODELS[access.version]
        name = access.user if model == 3 else self.know_community(access.community.reveal())  # noqa: PLR2004 - version 3
        self._outbox.sent.clear()
        self._outbox.handle_timer_tick(time.monotonic())
        handle = self.snmp.message_dispatcher.send_pdu(
            self.snmp,
            *peer,
            model,
            _SECURITY_MODELS[access.version],
            rfc1902.OctetString(name.encode()),
            security_level(access),
            None,
            rfc1902.OctetString(access.context.encode()),
            model,
            _pdu(question, model),
            True,
            _NEVER,
            _heard_by,
            heard,
        )
        return handle, self._outbox.sent.pop()

    def forget(self, access: SnmpAccess, handles: Sequence[int]) -> None:
        """Expect no answer to these questions any more."""
        for handle in handles:
            self.snmp.message_dispatcher.release_state_information(
                self.snmp, handle, MODELS[access.version]
            )

    def take(self, peer: "PeerAddress", datagram: bytes) -> list[bytes]:
        """Give a datagram to who asked or listens for it; return what is to be sent back.

        Raises NotSnmpError for what cannot be read.
        """
        self._outbox.sent.clear()
        errors = int(self._parse_errors.syntax)
        try:
            self.snmp.message_dispatcher.receive_message(self.snmp, *peer, datagram)
        except Exception as exc:
            # pysnmp and pyasn1 let errors of any kind out for malformed bytes.
            self._wear += 1
            raise NotSnmpError("not a message of SNMP") from exc
        if int(self._parse_errors.syntax) != errors:
            self._wear += 1
            raise NotSnmpError("not a message of SNMP")
        return list(self._outbox.sent)

    def signature(self, datagram: bytes) -> tuple[bytes, str]:
        """Return engine id and user that a message of version 3 names. Raises NotSnmpError."""
        shape = self.snmp.message_processing_subsystems[3].SNMP_MSG_SPEC()
        try:
            message, _ = decoder.decode(datagram, asn1Spec=shape)
            said, _ = decoder.decode(bytes(message[2]), asn1Spec=UsmSecurityParameters())
            return bytes(said[0]), bytes(said[3]).decode()
        except Exception as exc:
            # pyasn1 lets errors of any kind out for malformed bytes.
            raise NotSnmpError("not a message of SNMP") from exc

    def tire(self) -> None:
        """Count a message that could not be used."""
        self._wear += 1


PeerAddress = tuple[tuple[int, ...], tuple[str, int]]
"""Transport domain and address, as pysnmp keys what it knows of a peer."""


def peer_address(address: str, port: int, meeting: int = 0) -> PeerAddress:
    """Return how the engine knows a peer; by the number of another meeting, as one never met."""
    return (*_UDP, meeting), (address, port)


def security_level(access: SnmpAccess) -> int:
    """Return 1 for neither, 2 for authentication, 3 for encryption as well (RFC 3411)."""
    return 1 + bool(access.authentication) + bool(access.privacy)


class _Outbox(AbstractTransportDispatcher):
    """Keeps what the engine sends."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def send_message(
        self,
        outgoingMessage: bytes,  # noqa: N803 - pysnmp's names
        transportDomain: object,  # noqa: ARG002, N803 - as above
        transportAddress: object,  # noqa: ARG002, N803 - as above
    ) -> None:
        self.sent.append(bytes(outgoingMessage))


def _heard_by(*said: Any) -> None:
    """Hand on what pysnmp calls back with (RFC 3412 §4.1.2, processResponsePdu)."""
    pdu, report, heard = said[8], said[9], said[11]
    heard(pdu, report)


def _pdu(question: Question, model: int) -> Any:
    module = api.PROTOCOL_MODULES[0 if model == 0 else 1]
    pdu = getattr(module, _QUESTIONS[question.kind])()
    if question.kind == "get_bulk":
        module.apiBulkPDU.set_defaults(pdu)
        module.apiBulkPDU.set_max_repetitions(pdu, question.repetitions)
        module.apiBulkPDU.set_varbinds(pdu, [(oid, module.null) for oid in question.oids])
    else:
        module.apiPDU.set_defaults(pdu)
        module.apiPDU.set_varbinds(pdu, [(oid, module.null) for oid in question.oids])
    return pdu


@lru_cache(maxsize=512)
def _master_key(authentication: Any, secret: str) -> Any:
    """Return a password as key (RFC 3414 §A.2): a few ms, so it is kept."""
    service = config.AUTH_SERVICES[authentication]
    return service.hash_passphrase(rfc1902.OctetString(secret.encode()))


@lru_cache(maxsize=512)
def _master_private_key(privacy: Any, authentication: Any, secret: str) -> Any:
    service = config.PRIV_SERVICES[privacy]
    return service.hash_passphrase(authentication, rfc1902.OctetString(secret.encode()))


_current: Engine | None = None
_current_lock = Lock()


def current_engine() -> Engine:
    """Return the engine of this process; about 0.2 s the first time, and when one is worn."""
    global _current  # noqa: PLW0603 - one for the process
    with _current_lock:
        if _current is None or _current.worn:
            _current = Engine()
        return _current
