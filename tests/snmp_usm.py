"""SNMP version 3 by hand (RFC 3412, RFC 3414): messages, and a device that knows one user.

Made from BER, hashlib and AES alone, so that neither the agent nor its library judges itself.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

from govnet.settings import SnmpAccess
from tests.snmp_device import GET, NAME, Device, elements, integer, oid, tlv

DIGEST_BYTES = {"sha": 12, "sha224": 16, "sha256": 24, "sha384": 32, "sha512": 48}
KEY_BYTES = {"aes128": 16, "aes192": 24, "aes256": 32}
REPORT = 0xA8
STATS, NO_CONTEXT = "1.3.6.1.6.3.15.1.1", "1.3.6.1.6.3.12.1.5.0"
SALT = b"saltsalt"


@dataclass(frozen=True)
class Engine:
    """Who vouches for a message, with its boots and time."""

    engine_id: bytes = bytes.fromhex("80001f8880a1b2c3d4e5f60718")
    boots: int = 3
    time: int = 1000


@cache
def localised(algorithm: str, password: bytes, engine_id: bytes) -> bytes:
    """RFC 3414 §A.2."""
    repeated = password * ((1 << 20) // len(password) + 1)
    key = hashlib.new(algorithm, repeated[: 1 << 20]).digest()
    return hashlib.new(algorithm, key + engine_id + key).digest()


@dataclass(frozen=True)
class Keys:
    """What a user has with one engine; `of_others` stretches long keys as Cisco does."""

    access: SnmpAccess
    engine_id: bytes
    of_others: bool = False

    @property
    def algorithm(self) -> str:
        name = self.access.authentication
        return "sha1" if name == "sha" else name

    def digest(self, message: bytes) -> bytes:
        key = localised(
            self.algorithm, self.access.authentication_key.reveal().encode(), self.engine_id
        )
        whole = hmac.digest(key, message, self.algorithm)
        return whole[: DIGEST_BYTES[self.access.authentication]]

    def cipher(self, engine: Engine, salt: bytes) -> Cipher[CFB]:
        size = KEY_BYTES[self.access.privacy]
        key = localised(self.algorithm, self.access.privacy_key.reveal().encode(), self.engine_id)
        while len(key) < size:
            key += (
                localised(self.algorithm, key, self.engine_id)
                if self.of_others
                else hashlib.new(self.algorithm, key).digest()
            )
        start = engine.boots.to_bytes(4, "big") + engine.time.to_bytes(4, "big") + salt
        return Cipher(algorithms.AES(key[:size]), CFB(start))


def seal(
    pdu: bytes,
    access: SnmpAccess,
    engine: Engine,
    *,
    message_id: int = 9,
    user: str | None = None,
    context: bytes = b"",
    of_others: bool = False,
) -> bytes:
    """Return a message of version 3, with as much security as `access` says."""
    keys = Keys(access, engine.engine_id, of_others)
    data = tlv(0x30, tlv(4, engine.engine_id) + tlv(4, context) + pdu)
    salt = b""
    if access.privacy:
        salt = SALT
        worker = keys.cipher(engine, salt).encryptor()
        data = tlv(4, worker.update(data) + worker.finalize())

    def whole(digest: bytes) -> bytes:
        flags = bool(access.authentication) | 2 * bool(access.privacy)
        header = integer(message_id) + integer(65507) + tlv(4, bytes([flags])) + integer(3)
        name = access.user if user is None else user
        security = tlv(4, engine.engine_id) + integer(engine.boots) + integer(engine.time)
        security += tlv(4, name.encode()) + tlv(4, digest) + tlv(4, salt)
        return tlv(0x30, integer(3) + tlv(0x30, header) + tlv(4, tlv(0x30, security)) + data)

    if not access.authentication:
        return whole(b"")
    return whole(keys.digest(whole(bytes(DIGEST_BYTES[access.authentication]))))


@dataclass(frozen=True)
class Opened:
    """A message of version 3 as it came."""

    message_id: int
    flags: int
    engine: Engine
    user: str
    digest: bytes
    salt: bytes
    data: bytes


def opened(message: bytes) -> Opened:
    _, header, security, data = elements(elements(message)[0][1])
    message_id, _, flags, _ = (content for _, content in elements(header[1]))
    engine_id, boots, time, user, digest, salt = (
        content for _, content in elements(elements(security[1])[0][1])
    )
    engine = Engine(engine_id, int.from_bytes(boots, "big"), int.from_bytes(time, "big"))
    return Opened(
        int.from_bytes(message_id, "big"), flags[0], engine, user.decode(), digest, salt, data[1]
    )


def report(number: int) -> bytes:
    """Return the PDU that reports one counter of usmStats."""
    return report_of(f"{STATS}.{number}.0")


def report_of(name: str) -> bytes:
    values = tlv(0x30, tlv(0x30, oid(name) + integer(1, 0x41)))
    return tlv(REPORT, integer(0) + integer(0) + integer(0) + values)


class UsmDevice(Device):
    """A device with one user, which answers as RFC 3414 §3.2 wants it.

    `engine` may be changed at any time; `twist` gets every answer and may return others. A `mute`
    one says nothing where it cannot decrypt, as net-snmp does.
    """

    def __init__(self, access: SnmpAccess, *, of_others: bool = False) -> None:
        self.engine = Engine()
        self.of_others = of_others
        self.mute = False
        self.user = access
        self.seen: list[Opened] = []
        self.twist: Callable[[bytes, Opened], Sequence[bytes]] = lambda pdu, asked: [
            self.say(pdu, asked)
        ]
        super().__init__(lambda _: [])
        self.access = replace(access, port=self.port)

    def say(
        self,
        pdu: bytes,
        asked: Opened,
        access: SnmpAccess | None = None,
        engine: Engine | None = None,
    ) -> bytes:
        """Return a message that answers."""
        return seal(
            pdu,
            access or self.user,
            engine or self.engine,
            message_id=asked.message_id,
            user=asked.user,
            of_others=self.of_others,
        )

    def unsigned(self, pdu: bytes, asked: Opened) -> list[bytes]:
        nobody = replace(self.user, authentication="", privacy="")
        return [self.say(pdu, asked, nobody)]

    def answers(self, question: bytes) -> Sequence[bytes]:
        asked = opened(question)
        self.seen.append(asked)
        if asked.engine.engine_id != self.engine.engine_id:
            return self.unsigned(report(4), asked)
        if asked.user != self.user.user:
            return self.unsigned(report(3), asked)
        keys = Keys(self.user, self.engine.engine_id, self.of_others)
        if self.user.authentication:
            blank = question.replace(asked.digest, bytes(len(asked.digest)))
            if not asked.flags & 1 or keys.digest(blank) != asked.digest:
                return self.unsigned(report(5), asked)
            late = abs(asked.engine.time - self.engine.time) > 150
            if late or asked.engine.boots != self.engine.boots:
                return [self.say(report(2), asked, replace(self.user, privacy=""))]
        data = asked.data
        if self.user.privacy:
            data = keys.cipher(asked.engine, asked.salt).decryptor().update(data)
        try:
            if self.user.privacy:
                data = elements(data)[0][1]
            kind, pdu = elements(data)[2]
            request_id = elements(pdu)[0][1]
        except (IndexError, ValueError):
            kind = 0
        if kind != GET:
            return [] if self.mute else self.unsigned(report(6), asked)
        return self.twist(self.response(request_id), asked)

    @staticmethod
    def response(request_id: bytes, value: bytes = b"sw", error: int = 0) -> bytes:
        values = tlv(0x30, tlv(0x30, oid(NAME) + tlv(4, value)))
        return tlv(0xA2, tlv(2, request_id) + integer(error) + integer(0) + values)
