"""SNMP version 3: what is asked, what is learnt from a device, and what is not believed.

The device is made by hand (tests/snmp_usm.py); net-snmp is asked in tests/e2e/test_snmp_real.py.
"""

import socket
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace

import pytest

from agent.probe import snmp
from agent.probe.outcome import Outcome
from agent.probe.snmp.engine import Engine as OurEngine
from agent.probe.snmp.engine import current_engine
from agent.probe.snmp.pdu import Question
from agent.probe.snmp.peer import Peer
from govnet.errors import CheckError
from govnet.settings import Secret, SnmpAccess
from tests.snmp_device import NAME, get
from tests.snmp_usm import (
    DIGEST_BYTES,
    KEY_BYTES,
    NO_CONTEXT,
    Engine,
    UsmDevice,
    localised,
    report,
    report_of,
)
from tests.unit.deadlines import LeapingClock

ACCESS = SnmpAccess(
    version="3",
    user="giam-sat",
    authentication="sha256",
    authentication_key=Secret("authentication-key"),
    privacy="aes128",
    privacy_key=Secret("privacy-key"),
)
VALUES = {NAME: b"sw"}
Start = Callable[..., UsmDevice]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:
        yield lambda access=ACCESS, **more: stack.enter_context(closing(UsmDevice(access, **more)))


def test_a_password_becomes_the_key_of_the_rfc():
    """RFC 3414 §A.3.2: SHA of "maplesyrup" for the engine 00 … 02; so the device here is one."""
    key = localised("sha1", b"maplesyrup", bytes(11) + b"\x02")

    assert key.hex() == "6695febc9288e36282235fc7151f128497b38f3f"


@pytest.mark.usefixtures("asked_once")
@pytest.mark.parametrize("privacy", ["", *KEY_BYTES])
@pytest.mark.parametrize("authentication", ["", *DIGEST_BYTES])
def test_users_with_every_algorithm(start: Start, authentication: str, privacy: str):
    access = replace(
        ACCESS, authentication=authentication, privacy=privacy if authentication else ""
    )
    device = start(access)

    assert get(device, NAME).values == VALUES
    assert [0, bool(access.authentication) | 2 * bool(access.privacy)] == [
        asked.flags & 3 for asked in device.seen
    ]


@pytest.mark.usefixtures("asked_once")
def test_the_first_message_asks_only_who_the_device_is(start: Start):
    device = start()
    get(device, NAME)
    first, second = device.seen

    assert (b"", "", 4) == (first.engine.engine_id, first.user, first.flags)
    assert NAME.encode() not in first.data
    assert (device.engine, "giam-sat", 7) == (second.engine, second.user, second.flags)


@pytest.mark.parametrize("short", ["k", "ngắn"])
def test_short_keys_and_keys_of_any_letters_are_used(start: Start, short: str):
    access = replace(ACCESS, authentication_key=Secret(short), privacy_key=Secret(short))

    assert get(start(access), NAME).values == VALUES


@pytest.mark.usefixtures("asked_once")
@pytest.mark.parametrize("privacy", ["aes192", "aes256"])
def test_the_other_way_of_stretching_long_keys_is_tried(start: Start, privacy: str):
    device = start(replace(ACCESS, authentication="sha", privacy=privacy), of_others=True)

    assert get(device, NAME).values == VALUES
    device.seen.clear()
    assert get(device, NAME).values == VALUES
    assert len(device.seen) == 1


@pytest.mark.usefixtures("asked_once")
def test_a_device_that_tells_its_time_is_not_asked_in_the_other_way(start: Start):
    device = start(replace(ACCESS, authentication="sha", privacy="aes256"))
    honest = device.answers

    def answers(question: bytes) -> Sequence[bytes]:
        found = honest(question)
        if len(device.seen) == 1:
            device.engine = Engine(boots=6, time=12)
        return found

    device.answers = answers  # type: ignore[method-assign]

    assert get(device, NAME).values == VALUES
    assert len(device.seen) == 3


def test_a_silent_device_is_asked_in_both_ways_by_turns(start: Start):
    device = start(replace(ACCESS, authentication="sha", privacy="aes256"), of_others=True)
    device.mute = True

    assert get(device, NAME).values == VALUES
    assert len(device.seen) >= 3


# --- what is learnt of a device


@pytest.mark.usefixtures("asked_once")
def test_a_known_device_is_asked_at_once(start: Start):
    device = start()
    get(device, NAME)
    device.seen.clear()
    device.engine = replace(device.engine, time=device.engine.time + 60)

    assert get(device, NAME).values == VALUES
    assert len(device.seen) == 1


@pytest.mark.parametrize("engine", [Engine(boots=4, time=12), Engine(time=9000)])
def test_a_device_that_started_anew_tells_its_time(start: Start, engine: Engine):
    device = start()
    get(device, NAME)
    device.engine = engine
    lines: list[str] = []

    assert get(device, NAME, trace=lines.append).values == VALUES
    assert "the device told its time" in lines


def test_a_device_that_was_replaced_is_learnt_anew(start: Start):
    device = start()
    get(device, NAME)
    device.engine = Engine(b"\x80\x00\x00\x09\x01\x0a\x00\x00\x01", 1, 50)

    assert get(device, NAME).values == VALUES


def test_a_device_that_says_nothing_is_asked_anew_who_it_is(start: Start):
    device = start()
    get(device, NAME)
    clock = LeapingClock()
    device.twist = lambda *_: clock.leap() or []
    get(device, NAME, clock=clock)
    device.seen.clear()
    get(device, NAME, clock=clock)

    assert [b"", device.engine.engine_id] == [asked.engine.engine_id for asked in device.seen]


def test_devices_of_one_name_and_one_engine_id_have_their_own_keys(start: Start):
    """Copies of one image call themselves alike."""
    one, other = start(), start(replace(ACCESS, authentication_key=Secret("another key")))

    found = [get(device, NAME).values for device in (one, other) * 2]

    assert found == [VALUES] * 4


@pytest.mark.parametrize("engine_id", [b"", b"\x80", b"x" * 32 + b"y"])
def test_an_engine_id_that_is_none_is_a_finding(start: Start, engine_id: bytes):
    device = start()
    device.engine = Engine(engine_id)

    found = get(device, NAME, seconds=0.2)

    assert {} == found.values
    assert found.outcome in (Outcome.MALFORMED, Outcome.TIMEOUT)


# --- what is not believed


def believed(device: UsmDevice) -> bool:
    """Return whether the device's answer gave a value; the device is waited for until it came."""
    clock = LeapingClock()
    heed = clock.leap_at("; ignored", "is no answer to us")
    return get(device, NAME, clock=clock, trace=heed).values == VALUES


def test_an_answer_with_less_security_than_the_question_is_not_believed(start: Start):
    for less in ({"authentication": "", "privacy": ""}, {"privacy": ""}):
        device = start()
        device.twist = lambda pdu, asked, device=device, less=less: [
            device.say(pdu, asked, replace(ACCESS, **less))
        ]

        assert not believed(device)


def test_an_answer_signed_with_another_key_is_not_believed(start: Start):
    device = start()
    forged = replace(ACCESS, authentication_key=Secret("another key"))
    device.twist = lambda pdu, asked: [device.say(pdu, asked, forged)]

    assert not believed(device)


def test_an_answer_encrypted_with_another_key_is_not_believed(start: Start):
    device = start()
    forged = replace(ACCESS, privacy_key=Secret("another key"))
    device.twist = lambda pdu, asked: [device.say(pdu, asked, forged)]

    assert not believed(device)


def test_an_answer_of_another_device_with_our_key_is_not_believed(start: Start):
    device = start()
    other = Engine(b"\x80\x00\x00\x09\x01\x0a\x00\x00\x01")
    device.twist = lambda pdu, asked: [device.say(pdu, asked, engine=other)]

    assert not believed(device)


def test_an_answer_to_another_message_is_not_believed(start: Start):
    device = start()
    device.twist = lambda pdu, asked: [
        device.say(pdu, replace(asked, message_id=asked.message_id ^ 1)),
        device.say(pdu, asked),
    ]

    assert get(device, NAME).values == VALUES


@pytest.mark.parametrize("place", range(20, 180, 4))
def test_no_byte_of_a_signed_answer_can_be_changed(start: Start, place: int):
    device = start()

    def twist(pdu: bytes, asked: object) -> list[bytes]:
        whole = bytearray(device.say(pdu, asked))  # type: ignore[arg-type]
        whole[place % len(whole)] ^= 0x55
        return [bytes(whole)]

    device.twist = twist

    assert not believed(device)


# --- refusals


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (report(1), "does not offer this security level"),
        (report(3), "does not know this user"),
        (report(5), "refuses the authentication key"),
        (report(6), "refuses the privacy key"),
        (report_of(NO_CONTEXT), "does not know this context"),
    ],
)
def test_a_refusal_is_a_finding_that_says_what_is_wrong(start: Start, name: bytes, expected: str):
    device = start()
    device.twist = lambda _, asked: device.unsigned(name, asked)
    found = get(device, NAME)

    assert found.outcome is Outcome.DENIED
    assert expected in found.detail


def test_a_device_that_keeps_changing_is_a_finding(start: Start):
    device = start()
    device.twist = lambda _, asked: device.unsigned(report(2), asked)
    found = get(device, NAME)

    assert (Outcome.MALFORMED, "the device keeps changing its engine id or time") == (
        found.outcome,
        found.detail,
    )


# --- this machine


def test_encryption_without_its_package_is_told_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.decrepit.ciphers.modes", None)

    with pytest.raises(CheckError, match="needs the Python package cryptography, 47 or newer"):
        snmp.get("127.0.0.1", [NAME], access=ACCESS, timeout_seconds=1)


def test_what_pysnmp_cannot_ask_is_told_without_secrets():
    with pytest.raises(CheckError, match="pysnmp cannot ask so") as raised:
        Peer(SnmpAccess(community=Secret("c" * 70_000)), "192.0.2.1").seal(Question("get", ()))

    assert "ccc" not in "".join(traceback.format_exception(raised.value))


def test_an_engine_that_has_seen_much_rubbish_is_replaced():
    """Of every message of version 3 that it cannot use, pysnmp keeps a little."""
    first = current_engine()
    assert current_engine() is first
    while not first.worn:
        first.tire()

    assert isinstance(current_engine(), OurEngine)
    assert current_engine() is not first


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
