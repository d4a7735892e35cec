"""Messages of version 3 to bytes and back (RFC 3412 §6, RFC 3414 §2.4); no state, no policy."""

import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from agent.probe import snmp_syntax as syntax
from agent.probe.snmp_keys import UserKeys
from agent.probe.snmp_message import VERSIONS, decode, encode, fill, pdu_from
from agent.probe.snmp_pdu import NotForUsError, NotSnmpError, Pdu

AUTHENTICATED, ENCRYPTED, REPORTABLE = 1, 2, 4
"""Bits of the flags."""

_MAX_SIZE = 65507  # Largest UDP datagram: what we say we can take.
_USM_MODEL = 3
_LARGEST = (1 << 31) - 1
_ENGINE_ID_BYTES = range(33)  # RFC 3411 §5: 5 to 32; none asks who the device is.


@dataclass(frozen=True, slots=True)
class Engine:
    """Who vouches for a message, with its boots and time in seconds at the message's making."""

    engine_id: bytes
    boots: int
    time: int


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message whose security parameters are read; nothing of it is believed yet."""

    message_id: int
    flags: int
    engine: Engine
    user: bytes
    security: bytes
    digest: bytes
    salt: bytes
    plain: Any
    encrypted: bytes | None


def pack(
    pdu: Any,
    *,
    message_id: int,
    reportable: bool,
    engine: Engine,
    context_engine_id: bytes,
    context: str,
    user: str,
    keys: UserKeys,
) -> bytes:
    """Return a PDU's shape as a whole message, signed and encrypted as far as there are keys."""
    flags = REPORTABLE if reportable else 0
    scoped = fill(
        syntax.ScopedPdu(),
        {"engine_id": context_engine_id, "context": context.encode(), "pdu": pdu},
    )
    salt = b""
    message = syntax.Message3()
    data = message.setComponentByName("data").getComponentByName("data")
    if keys.privacy:
        flags |= ENCRYPTED
        encrypted, salt = keys.encrypt(engine.boots, engine.time, encode(scoped))
        data["encrypted"] = encrypted
    else:
        data["plain"] = scoped
    place = b""
    if keys.authentication:
        flags |= AUTHENTICATED
        # Random, so that it is found in one place only; zeros may stand in an engine id, too.
        place = secrets.token_bytes(keys.digest_bytes)
    parameters = {
        "engine_id": engine.engine_id,
        "boots": engine.boots,
        "time": engine.time,
        "user": user.encode(),
        "digest": place,
        "salt": salt,
    }
    header = {
        "message_id": message_id,
        "max_size": _MAX_SIZE,
        "flags": bytes([flags]),
        "security_model": _USM_MODEL,
    }
    fill(message.setComponentByName("header").getComponentByName("header"), header)
    message["version"] = VERSIONS["3"]
    message["security"] = encode(fill(syntax.UsmParameters(), parameters))
    whole = encode(message)
    if place:
        digest = keys.digest(whole.replace(place, bytes(len(place))))
        whole = whole.replace(place, digest)
    return whole


def unpack(data: bytes) -> Envelope:
    """Return a message read as far as its security parameters. Raises NotSnmpError."""
    message = decode(data, _MESSAGE)
    header = message["header"]
    flags = bytes(header["flags"])
    if int(message["version"]) != VERSIONS["3"] or len(flags) != 1:
        raise NotSnmpError("a message of another SNMP version")
    if int(header["security_model"]) != _USM_MODEL:
        raise NotSnmpError("a message of another security model")
    security = bytes(message["security"])
    parameters = decode(security, _PARAMETERS)
    engine = Engine(
        bytes(parameters["engine_id"]), int(parameters["boots"]), int(parameters["time"])
    )
    if len(engine.engine_id) not in _ENGINE_ID_BYTES or not (
        0 <= engine.boots <= _LARGEST and 0 <= engine.time <= _LARGEST
    ):
        raise NotSnmpError("an engine id or time that is none")
    held = message["data"]
    encrypted = bytes(held["encrypted"]) if held.getName() == "encrypted" else None
    return Envelope(
        message_id=int(header["message_id"]),
        flags=flags[0],
        engine=engine,
        user=bytes(parameters["user"]),
        security=security,
        digest=bytes(parameters["digest"]),
        salt=bytes(parameters["salt"]),
        plain=held["plain"] if encrypted is None else None,
        encrypted=encrypted,
    )


def is_signed(data: bytes, envelope: Envelope, keys: UserKeys) -> bool:
    """Whether the message `data`, unpacked as `envelope`, was signed with these keys."""
    if not keys.authentication or not envelope.flags & AUTHENTICATED:
        return False
    if len(envelope.digest) != keys.digest_bytes:
        return False
    start = data.find(envelope.security) + envelope.security.rfind(envelope.digest)
    end = start + len(envelope.digest)
    unsigned = data[:start] + bytes(len(envelope.digest)) + data[end:]
    return hmac.compare_digest(keys.digest(unsigned), envelope.digest)


def content(envelope: Envelope, keys: UserKeys) -> Pdu:
    """Return what a message says, decrypted where it is encrypted.

    Raises NotSnmpError, for a wrong privacy key as well: what it decrypts to is rubbish.
    """
    scoped = envelope.plain
    if envelope.encrypted is not None:
        if not keys.privacy:
            raise NotForUsError("an encrypted message, and we have no key for it")
        engine = envelope.engine
        plain = keys.decrypt(engine.boots, engine.time, envelope.salt, envelope.encrypted)
        scoped = decode(plain, _SCOPED)
    return pdu_from(scoped["pdu"])


_MESSAGE = syntax.Message3()
_PARAMETERS = syntax.UsmParameters()
_SCOPED = syntax.ScopedPdu()
