"""SNMP version 3: keys, signatures, what is learnt from a device, and what is not believed.

Real devices (net-snmp) are asked in tests/e2e/test_snmp_real.py.
"""

import socket
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest
from pyasn1.codec.ber import decoder
from pysnmp.proto.mpmod.rfc3412 import SNMPv3Message
from pysnmp.proto.secmod.rfc3414.service import UsmSecurityParameters

from agent.probe import snmp
from agent.probe.outcome import Outcome, PeerError
from agent.probe.snmp_keys import PRIVACY, UserKeys, keys_for, localised
from agent.probe.snmp_message import pdu_of
from agent.probe.snmp_pdu import NotForUsError, NotSnmpError, Oid, Question
from agent.probe.snmp_usm import AskAgain, UsmSecurity
from agent.probe.snmp_v3 import Engine, content, is_signed, pack, unpack
from govnet.errors import CheckError
from govnet.settings import Secret, SnmpAccess

ENGINE_ID = bytes.fromhex("80001f8880a1b2c3d4e5f60718")
SYS_NAME: Oid = (1, 3, 6, 1, 2, 1, 1, 5, 0)
ACCESS = SnmpAccess(
    version="3",
    user="giam-sat",
    authentication="sha256",
    authentication_key=Secret("authentication-key"),
    privacy="aes128",
    privacy_key=Secret("privacy-key"),
)
NOBODY = UserKeys("", b"", b"")
QUESTION = Question("get", 77, (SYS_NAME,))


def test_a_password_becomes_the_key_of_the_rfc():
    """RFC 3414 §A.3.2: SHA of "maplesyrup" for the engine 00 … 02."""
    key = localised("sha1", b"maplesyrup", bytes(11) + b"\x02")

    assert key.hex() == "6695febc9288e36282235fc7151f128497b38f3f"


def test_keys_show_nothing_of_themselves():
    keys = keys_for(ACCESS, ENGINE_ID)

    assert keys.authentication.hex() not in repr(keys)
    assert "privacy" not in repr(keys)


@pytest.mark.parametrize("privacy", ["", *PRIVACY])
@pytest.mark.parametrize("authentication", ["", "sha", "sha224", "sha256", "sha384", "sha512"])
def test_messages_are_what_others_read_and_come_back(authentication: str, privacy: str):
    if privacy and not authentication:
        privacy = ""
    access = replace(ACCESS, authentication=authentication, privacy=privacy)
    keys = keys_for(access, ENGINE_ID)
    data = pack(
        pdu_of(QUESTION),
        message_id=1234,
        reportable=True,
        engine=Engine(ENGINE_ID, 3, 4567),
        context_engine_id=ENGINE_ID,
        context="ngữ cảnh",
        user="giam-sat",
        keys=keys,
    )
    envelope = unpack(data)
    theirs, _ = decoder.decode(data, asn1Spec=SNMPv3Message())
    parameters, _ = decoder.decode(theirs[2].asOctets(), asn1Spec=UsmSecurityParameters())

    assert content(envelope, keys).values[0][0] == SYS_NAME
    assert is_signed(data, envelope, keys) == bool(authentication)
    assert (1234, ENGINE_ID, 3, 4567, b"giam-sat") == (
        int(theirs[1][0]),
        parameters[0].asOctets(),
        int(parameters[1]),
        int(parameters[2]),
        parameters[3].asOctets(),
    )
    assert bool(privacy) == (b"\x06\x08\x2b\x06\x01\x02\x01\x01\x05\x00" not in data)


# --- a device


@dataclass
class Device:
    """The other side: answers any question, tells its time and id as RFC 3414 §3.2 wants it."""

    keys: UserKeys
    engine: Engine = field(default_factory=lambda: Engine(ENGINE_ID, 5, 1000))

    def pdu(self, kind: str, request_id: int, oids: Sequence[Oid]) -> object:
        """Return a response or report with these OIDs."""
        return pdu_of(Question(kind, request_id, oids))

    def say(self, kind: str, to: bytes, oid: Oid = SYS_NAME, *, signed: bool = True) -> bytes:
        """Return a message that answers the message `to`."""
        return pack(
            self.pdu(kind, QUESTION.request_id, (oid,)),
            message_id=unpack(to).message_id,
            reportable=False,
            engine=self.engine,
            context_engine_id=self.engine.engine_id,
            context="",
            user="giam-sat",
            keys=self.keys if signed else NOBODY,
        )

    def report(self, number: int, to: bytes, *, signed: bool = False) -> bytes:
        """Return a report of one counter of usmStats."""
        return self.say("report", to, (1, 3, 6, 1, 6, 3, 15, 1, 1, number, 0), signed=signed)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def device() -> Device:
    return Device(keys_for(ACCESS, ENGINE_ID))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def security(device: Device, clock: Clock) -> UsmSecurity:
    """Return our side, which knows the device already."""
    ours = UsmSecurity(ACCESS, now=clock)
    with pytest.raises(AskAgain, match="the device told its engine id"):
        ours.open(device.report(4, ours.seal(QUESTION)))
    return ours


def test_the_first_message_asks_only_who_the_device_is():
    envelope = unpack(UsmSecurity(ACCESS).seal(QUESTION))

    assert (b"", b"", 4) == (envelope.engine.engine_id, envelope.user, envelope.flags)
    assert content(envelope, NOBODY).values == ()


def test_a_known_device_is_asked_at_its_own_time(
    security: UsmSecurity, device: Device, clock: Clock
):
    clock.now += 90
    sealed = security.seal(QUESTION)
    envelope = unpack(sealed)

    assert envelope.engine == Engine(ENGINE_ID, 5, 1090)
    assert is_signed(sealed, envelope, device.keys)
    assert content(envelope, device.keys).request_id == QUESTION.request_id


def test_an_answer_that_is_signed_and_encrypted_is_believed(security: UsmSecurity, device: Device):
    assert security.open(device.say("response", security.seal(QUESTION))).kind == "response"


def test_an_answer_with_less_security_than_the_question_is_not_believed(
    security: UsmSecurity, device: Device
):
    asked = security.seal(QUESTION)
    signed_only = Device(replace(device.keys, privacy=b""), device.engine)
    for answer in (device.say("response", asked, signed=False), signed_only.say("response", asked)):
        with pytest.raises(NotForUsError, match="less security than the question"):
            security.open(answer)


def test_an_answer_signed_with_another_key_is_not_believed(security: UsmSecurity, device: Device):
    stranger = Device(replace(device.keys, authentication=bytes(32)), device.engine)

    with pytest.raises(NotForUsError, match="not signed with our key"):
        security.open(stranger.say("response", security.seal(QUESTION)))


def test_an_answer_of_another_device_with_our_key_is_not_believed(
    security: UsmSecurity, device: Device
):
    other = Device(device.keys, Engine(ENGINE_ID + b"2", 5, 1000))

    with pytest.raises(NotForUsError, match="not signed with our key"):
        security.open(other.say("response", security.seal(QUESTION)))


def test_an_answer_to_another_message_is_ignored(security: UsmSecurity, device: Device):
    asked = security.seal(QUESTION)
    security.open(device.say("response", asked))
    for _ in range(20):
        security.seal(QUESTION)

    with pytest.raises(NotForUsError, match="an answer to another question"):
        security.open(device.say("response", asked))


@pytest.mark.parametrize("engine", [Engine(ENGINE_ID, 4, 9000), Engine(ENGINE_ID, 5, 800)])
def test_an_answer_from_the_past_is_not_believed(
    security: UsmSecurity, device: Device, engine: Engine
):
    device.engine = engine

    with pytest.raises(NotForUsError, match="an answer from the past"):
        security.open(device.say("response", security.seal(QUESTION)))


def test_a_device_that_started_anew_tells_its_time(security: UsmSecurity, device: Device):
    device.engine = Engine(ENGINE_ID, 6, 12)
    with pytest.raises(AskAgain, match="the device told its time"):
        security.open(device.report(2, security.seal(QUESTION), signed=True))
    asked = security.seal(QUESTION)

    assert unpack(asked).engine == device.engine
    assert security.open(device.say("response", asked)).kind == "response"


def test_the_time_of_an_unsigned_report_is_not_believed(security: UsmSecurity, device: Device):
    with pytest.raises(NotForUsError, match="a report that says nothing to us"):
        security.open(device.report(2, security.seal(QUESTION)))


def test_a_device_that_was_replaced_is_learnt_anew(security: UsmSecurity, device: Device):
    new = Engine(b"\x80\x00\x00\x09\x01\x0a\x00\x00\x01", 1, 50)
    device.engine, device.keys = new, keys_for(ACCESS, new.engine_id)
    with pytest.raises(AskAgain, match="the device told its engine id"):
        security.open(device.report(4, security.seal(QUESTION)))

    assert security.open(device.say("response", security.seal(QUESTION))).kind == "response"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, "does not offer this security level"),
        (3, "does not know this user"),
        (5, "refuses the authentication key"),
        (6, "refuses the privacy key"),
    ],
)
def test_a_refusal_is_a_finding_that_says_what_is_wrong(
    security: UsmSecurity, device: Device, number: int, expected: str
):
    with pytest.raises(PeerError, match=expected) as raised:
        security.open(device.report(number, security.seal(QUESTION)))

    assert raised.value.outcome is Outcome.DENIED


def test_an_unknown_context_is_a_finding(security: UsmSecurity, device: Device):
    asked = security.seal(QUESTION)

    with pytest.raises(PeerError, match="does not know this context"):
        security.open(device.say("report", asked, (1, 3, 6, 1, 6, 3, 12, 1, 5, 0)))


@pytest.mark.parametrize("privacy", ["aes192", "aes256"])
def test_the_other_way_of_stretching_long_keys_is_tried(device: Device, privacy: str):
    access = replace(ACCESS, privacy=privacy)
    device.keys = keys_for(access, ENGINE_ID, alternative=True)
    security = UsmSecurity(access)
    with pytest.raises(AskAgain):
        security.open(device.report(4, security.seal(QUESTION)))
    with pytest.raises(AskAgain, match="stretching the key the other way"):
        security.open(device.report(6, security.seal(QUESTION)))
    asked = security.seal(QUESTION)

    assert content(unpack(asked), device.keys).request_id == QUESTION.request_id
    assert security.open(device.say("response", asked)).kind == "response"
    again = security.seal(QUESTION)
    assert content(unpack(again), device.keys).request_id == QUESTION.request_id


def test_a_device_that_tells_its_time_is_not_asked_in_the_other_way(device: Device):
    access = replace(ACCESS, privacy="aes256")
    device.keys = keys_for(access, ENGINE_ID)
    security = UsmSecurity(access)
    with pytest.raises(AskAgain):
        security.open(device.report(4, security.seal(QUESTION)))
    device.engine = Engine(ENGINE_ID, 6, 12)
    with pytest.raises(AskAgain, match="the device told its time"):
        security.open(device.report(2, security.seal(QUESTION), signed=True))

    assert content(unpack(security.seal(QUESTION)), device.keys).request_id == QUESTION.request_id


def test_a_silent_device_is_asked_in_both_ways_by_turns():
    access = replace(ACCESS, privacy="aes256")
    both = [keys_for(access, ENGINE_ID, alternative=way) for way in (False, True)]
    device, security = Device(both[0]), UsmSecurity(access)
    with pytest.raises(AskAgain):
        security.open(device.report(4, security.seal(QUESTION)))

    for turn in range(4):
        asked = unpack(security.seal(QUESTION))
        assert content(asked, both[turn % 2]).request_id == QUESTION.request_id


def test_a_device_that_says_nothing_is_asked_anew_who_it_is(security: UsmSecurity):
    security.give_up()

    assert unpack(security.seal(QUESTION)).engine.engine_id == b""


# --- what is no message


@pytest.mark.parametrize(
    "engine",
    [Engine(b"x" * 33, 0, 0), Engine(ENGINE_ID, -1, 0), Engine(ENGINE_ID, 0, 1 << 31)],
)
def test_impossible_engines_are_no_snmp(engine: Engine):
    data = pack(
        pdu_of(QUESTION),
        message_id=1,
        reportable=False,
        engine=engine,
        context_engine_id=b"",
        context="",
        user="",
        keys=NOBODY,
    )

    with pytest.raises(NotSnmpError, match="an engine id or time that is none"):
        unpack(data)


def test_an_encrypted_message_without_its_salt_is_no_snmp(device: Device):
    envelope = unpack(device.say("response", UsmSecurity(ACCESS).seal(QUESTION)))

    with pytest.raises(NotSnmpError, match="without its salt"):
        content(replace(envelope, salt=b""), device.keys)


def test_a_wrong_privacy_key_decrypts_to_no_snmp(device: Device):
    envelope = unpack(device.say("response", UsmSecurity(ACCESS).seal(QUESTION)))

    with pytest.raises(NotSnmpError):
        content(envelope, replace(device.keys, privacy=bytes(16)))


def test_keys_are_in_no_error_trace_or_finding():
    """Against a port that is silent, one that is closed, and with access that cannot be used."""
    lines: list[str] = []
    said: list[object] = [ACCESS]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        access = replace(ACCESS, port=silent.getsockname()[1])
        said += [_asked(access, lines) for _ in range(2)]
    said += [_asked(access, lines)]
    said += [_asked(replace(access, privacy="des"), lines)]
    said += [_asked(replace(access, user=""), lines)]

    assert len(lines) > 5
    for key in (ACCESS.authentication_key, ACCESS.privacy_key):
        assert key.reveal() not in f"{said} {lines}"


def _asked(access: SnmpAccess, lines: list[str]) -> object:
    """Return the finding, or the whole traceback of the error."""
    try:
        return snmp.get(
            "127.0.0.1",
            ["1.3.6.1.2.1.1.5.0"],
            access=access,
            timeout_seconds=0.1,
            trace=lines.append,
        )
    except CheckError as exc:
        return traceback.format_exception(exc)
